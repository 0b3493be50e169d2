import { encodeTrees, log, sigmoid, TREES_FORMAT } from '../../models/index.ts'
import type { Examples, Feature } from './examples.ts'
import type { Learner } from './learner.ts'
import { auc, logloss } from './metrics.ts'

/** Knows only the share of positives: its AUC is one half. What cannot beat it has learnt nothing. The artifact is a `slipway-trees/1` without trees. */
export const constant: Learner = {
  name: 'constant', parameters: {},
  train({ examples, params, seed, validationRows }) {
    const trainRows = examples.rows - validationRows
    const base = logOdds(examples, trainRows)
    const raw = new Float64Array(examples.rows).fill(base)
    return {
      artifact: encodeTrees({ inputs: examples.features.map(inputOf), base, trees: [] }),
      format: TREES_FORMAT,
      summary: {
        learner: 'constant', params, seed, trainRows, validationRows, iterations: 0, tried: 0,
        metrics: {
          trainLogloss: logloss(raw, examples.label, 0, trainRows), share: sigmoid(base),
          ...(validationRows > 0 ? { validationLogloss: logloss(raw, examples.label, trainRows, examples.rows), validationAuc: auc(raw, examples.label, trainRows, examples.rows) } : {}),
        },
        importance: examples.features.map(f => ({ feature: f.name, share: 0 })),
      },
    }
  },
}

function logOdds({ label }: Examples, rows: number): number {
  let positives = 0
  for (let i = 0; i < rows; i++) positives += label[i]
  return log(positives / (rows - positives))
}

/** It reads what the others read, so that it fits the same features, and remembers no category. */
function inputOf({ name, type }: Feature): { name: string; type: Feature['type']; categories?: string[] } {
  return type === 'category' ? { name, type, categories: [] } : { name, type }
}
