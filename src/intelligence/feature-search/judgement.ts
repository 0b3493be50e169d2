// The honest figure: the model's own learner, with and without the survivors, on rows that have chosen nothing.
import type { LearnerDefinition } from '../../core/definition.ts'
import type { Estimate } from '../../core/ports/registry.ts'
import type { Column } from '../../core/schema.ts'
import { compareClusteredAuc } from '../../core/statistics/clustered-auc.ts'
import { normalQuantile } from '../../core/statistics/normal.ts'
import { loadModel } from '../../models/index.ts'
import { readVectors, type LabelledRows } from '../labelled-rows.ts'
import { withLabel } from '../learning.ts'
import { train } from '../learners/index.ts'
import { stretchesOf } from './workbench.ts'

export interface Judgement {
  learner: LearnerDefinition
  rows: number
  positives: number
  /** AUC with the existing features, with the survivors too, and the difference: intervals at the policy's level, for stretches of time that share their fate. */
  before: Estimate
  after: Estimate
  difference: Estimate
  /** Two-sided, of no difference. */
  pValue: number
}

type Rows = Pick<LabelledRows, 'features' | 'labels'>

/** Training looks at the newest tenth of its rows to know when to stop, as `slipway train` does. */
const VALIDATION_FRACTION = 0.1

/** Trains twice on all that was known when the last slice began, and judges once. */
export async function judgeSurvivors({ taught, asked }: { taught: Rows; asked: Rows }, existing: readonly Column[], survivors: readonly Column[], { learner, seed, alpha }: { learner: LearnerDefinition; seed: number; alpha: number }): Promise<Judgement> {
  const { labels } = asked
  const { rows } = asked.features
  const scoresWith = async (features: readonly Column[]): Promise<Float64Array> => {
    // Nothing to read: all rows are alike.
    if (features.length === 0) return new Float64Array(rows)
    const { artifact } = train({ learner: learner.name, params: learner.params, ...withLabel(taught), features, seed, validationFraction: VALIDATION_FRACTION })
    const columns = features.map(f => asked.features.columns[asked.features.schema.findIndex(c => c.name === f.name)])
    return (await (await loadModel(artifact)).predict(readVectors({ rows, schema: [...features], columns }))).output
  }
  const before = await scoresWith(existing)
  const after = await scoresWith([...existing, ...survivors])
  const stretches = stretchesOf(rows)
  const quantile = normalQuantile(1 - alpha / 2)
  const estimate = (value: number, standardError: number, [least, most]: readonly [number, number]): Estimate => ({ value, low: Math.max(least, value - quantile * standardError), high: Math.min(most, value + quantile * standardError) })
  // A score that is the same for all has an AUC of a half without error.
  const same = new Float64Array(rows)
  const alone = (scores: Float64Array): Estimate => { const { first, standardError } = compareClusteredAuc(scores, same, labels, stretches); return estimate(first, standardError, [0, 1]) }
  const { difference, standardError, pValue } = compareClusteredAuc(after, before, labels, stretches)
  return { learner, rows, positives: labels.reduce((n, y) => n + y, 0), before: alone(before), after: alone(after), difference: estimate(difference, standardError, [-1, 1]), pValue }
}
