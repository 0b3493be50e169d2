// Gradient-boosted trees for yes-or-no labels: logloss, Newton steps, histograms.
import { SlipwayError } from '../../../core/errors.ts'
import { encodeTrees, TREES_FORMAT } from '../../../models/index.ts'
import type { Learner, TrainInput, TrainOutput } from '../learner.ts'
import { auc, logloss } from '../metrics.ts'
import { binExamples } from './bins.ts'
import { boost, importanceOf } from './boost.ts'
import { MAX_ROWS } from './histogram.ts'
import { GBDT_PARAMETERS, type GbdtParams } from './params.ts'

/** Gradient-boosted trees; parameters in `GBDT_PARAMETERS`. Its artifact has the format `slipway-trees/1`. */
export const gbdt: Learner = { name: 'gbdt', parameters: GBDT_PARAMETERS, train: trainTrees }

function trainTrees(input: TrainInput): TrainOutput {
  const { examples, seed, validationRows, onProgress } = input
  const { rows, label } = examples
  const params = input.params as GbdtParams
  const trainRows = rows - validationRows
  if (trainRows > MAX_ROWS) throw new SlipwayError('invalid_request', `gbdt takes at most ${MAX_ROWS} rows, and there are ${trainRows}; take a sample.`)
  const binned = binExamples(examples, trainRows, params.bins)
  const onTree = (iteration: number, metric: number | null): void => { onProgress?.({ iteration, of: params.trees, metric }) }
  const { base, trees, tried, raw } = boost(binned, label, params, { seed, validationRows, onTree })
  const importance = importanceOf(trees, binned.features.length)
  return {
    artifact: encodeTrees({ inputs: binned.features.map(f => f.input), base, trees }),
    format: TREES_FORMAT,
    summary: {
      learner: 'gbdt', params, seed, trainRows, validationRows, iterations: trees.length, tried,
      metrics: {
        trainLogloss: logloss(raw, label, 0, trainRows),
        ...(validationRows > 0 ? { validationLogloss: logloss(raw, label, trainRows, rows), validationAuc: auc(raw, label, trainRows, rows) } : {}),
      },
      importance: binned.features.map((f, i) => ({ feature: f.input.name, share: importance[i] })).sort((a, b) => b.share - a.share),
    },
  }
}
