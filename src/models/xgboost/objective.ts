import { classOutputs, PROBABILITY, valueOutputs, writeEach, writeIdentity } from '../links.ts'
import type { Objective, OutputWriter } from '../native.ts'
import { refuse } from '../reading.ts'
import { expSingle, logSingle, sigmoidSingle } from '../single.ts'

export interface XgboostObjective extends Objective {
  /** From the base score, which files give after the link, to the raw score. */
  margin(base: number): number
}

const PLAIN = new Set([
  'reg:squarederror', 'reg:linear', 'reg:squaredlogerror', 'reg:pseudohubererror', 'reg:absoluteerror', 'reg:quantileerror', 'reg:expectileerror', 'rank:ndcg', 'rank:pairwise', 'rank:map', 'binary:logitraw',
])
const LOG = new Set(['count:poisson', 'reg:gamma', 'reg:tweedie', 'survival:cox', 'survival:aft'])

const itself = (base: number): number => base

/** Objectives of XGBoost; outputs are the single precision numbers that XGBoost answers. */
export function readObjective(name: string, width: number): XgboostObjective {
  if (name === 'multi:softprob' || name === 'multi:softmax') return { task: 'multiclass', link: 'softmax', outputs: classOutputs(width), finish: writeSoftmaxSingle(width), margin: itself }
  if (name === 'binary:logistic' || name === 'reg:logistic' || name === 'binary:hinge') {
    if (width !== 1) refuse('learner.learner_model_param', `must give one score a row for ${name}`)
    if (name === 'binary:hinge') return { task: 'binary', link: 'other', outputs: PROBABILITY, finish: writeEach(x => (x > 0 ? 1 : 0)), margin: itself }
    return { task: 'binary', link: 'logit', outputs: PROBABILITY, finish: writeEach(sigmoidSingle), margin: base => -logSingle(Math.fround(Math.fround(1 / base) - 1)) }
  }
  if (LOG.has(name)) return { task: 'regression', link: 'log', outputs: valueOutputs(width), finish: writeEach(expSingle), margin: logSingle }
  if (PLAIN.has(name)) return { task: 'regression', link: 'identity', outputs: valueOutputs(width), finish: writeIdentity, margin: itself }
  return refuse('learner.objective.name', `is ${JSON.stringify(name.slice(0, 40))}, which is not known`)
}

/** The exponentials are added in double precision, as XGBoost does. */
function writeSoftmaxSingle(width: number): OutputWriter {
  return (raw, output, length) => {
    for (let at = 0; at < length; at += width) {
      let most = raw[at]
      for (let s = at + 1; s < at + width; s++) if (raw[s] > most) most = raw[s]
      let sum = 0
      for (let s = at; s < at + width; s++) sum += output[s] = expSingle(Math.fround(raw[s] - most))
      sum = Math.fround(sum)
      for (let s = at; s < at + width; s++) output[s] = Math.fround(output[s] / sum)
    }
  }
}
