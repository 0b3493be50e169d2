import { aucEstimate } from '../core/statistics/auc.ts'
import { measureCalibration } from '../core/statistics/calibration.ts'
import { brierScore, logLoss } from '../core/statistics/scores.ts'
import { checkInputs, loadModel } from '../models/index.ts'
import type { BlobStore } from '../store/index.ts'
import { readVectors, type LabelledRows } from './labelled-rows.ts'
import type { Metrics } from './records.ts'

/** Probabilities of a stored artifact for these rows. */
export async function scoreRows(blobs: Pick<BlobStore, 'get'>, digest: string, rows: LabelledRows): Promise<Float64Array> {
  const model = await loadModel(await blobs.get(digest), { digest })
  checkInputs(model, rows.features.schema)
  return (await model.predict(readVectors(rows.features))).output
}

/** Needs both outcomes among the labels. */
export function measureScores(probabilities: Float64Array, labels: Uint8Array, alpha: number): Metrics {
  let positives = 0
  for (const label of labels) positives += label
  return {
    rows: labels.length, positives,
    auc: aucEstimate(probabilities, labels, alpha) ?? { value: Number.NaN, low: 0, high: 1 },
    logLoss: logLoss(probabilities, labels),
    brier: brierScore(probabilities, labels),
    calibration: measureCalibration(probabilities, labels, { alpha })!,
  }
}
