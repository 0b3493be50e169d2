import { classOutputs, PROBABILITY, valueOutputs, writeExp, writeIdentity, writeLog1pExp, writeMean, writeScaledSigmoid, writeSignedSquare, writeSoftmax } from '../links.ts'
import type { Link } from '../model.ts'
import type { Objective, OutputWriter } from '../native.ts'
import { refuse } from '../reading.ts'
import { readNumber } from './lines.ts'

/** Names of LightGBM whose output is the raw score. */
const PLAIN = new Set(['regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape', 'lambdarank', 'rank_xendcg', 'custom', 'none', ''])
const LOG = new Set(['poisson', 'gamma', 'tweedie'])

/**
 * @param text the `objective` line, such as `binary sigmoid:1`.
 * @param iterations of a forest whose output is the mean over them, else 0.
 */
export function readObjective(text: string, width: number, iterations: number): Objective {
  const [name, ...options] = text.split(' ')
  const option = (wanted: string): string | undefined => options.find(o => o.startsWith(`${wanted}:`))?.slice(wanted.length + 1)
  const sigmoid = (): number => readNumber(option('sigmoid') ?? '1', 'objective.sigmoid')
  const made = ((): Objective => {
    if (name === 'multiclass') return { task: 'multiclass', link: 'softmax', outputs: classOutputs(width), finish: writeSoftmax(width) }
    if (name === 'multiclassova') return { task: 'multiclass', link: 'other', outputs: classOutputs(width), finish: writeScaledSigmoid(sigmoid()) }
    if (name === 'binary' || name === 'cross_entropy') {
      if (width !== 1) refuse('num_tree_per_iteration', `must be 1 for ${name}`)
      const scale = name === 'binary' ? sigmoid() : 1
      return { task: 'binary', link: scale === 1 ? 'logit' : 'other', outputs: PROBABILITY, finish: writeScaledSigmoid(scale) }
    }
    const regression = (link: Link, finish: OutputWriter): Objective => ({ task: 'regression', link, outputs: valueOutputs(width), finish })
    if (LOG.has(name)) return regression('log', writeExp)
    if (name === 'cross_entropy_lambda') return regression('other', writeLog1pExp)
    if (PLAIN.has(name)) return options.includes('sqrt') ? regression('other', writeSignedSquare) : regression('identity', writeIdentity)
    return refuse('objective', `is ${JSON.stringify(name.slice(0, 40))}, which is not known`)
  })()
  return iterations === 0 ? made : { ...made, link: 'other', finish: writeMean(iterations, made.finish) }
}
