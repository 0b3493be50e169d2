// What training measures of itself. The evaluation of candidates has its own, with intervals.
import { log, sigmoid } from '../../models/index.ts'

/** Mean negative log-likelihood of labels under raw scores (log odds) of rows [from, to). */
export function logloss(raw: Float64Array, label: Uint8Array, from = 0, to = raw.length): number {
  let sum = 0
  for (let i = from; i < to; i++) {
    const p = sigmoid(label[i] === 1 ? raw[i] : -raw[i])
    sum -= log(p > 1e-300 ? p : 1e-300)
  }
  return sum / (to - from)
}

/** Area under the ROC curve of rows [from, to): the share of (positive, negative) pairs in the right order, ties half. NaN with one outcome. */
export function auc(raw: Float64Array, label: Uint8Array, from = 0, to = raw.length): number {
  const positives: number[] = []
  const negatives: number[] = []
  for (let i = from; i < to; i++) (label[i] === 1 ? positives : negatives).push(raw[i])
  const pos = Float64Array.from(positives).sort()
  const neg = Float64Array.from(negatives).sort()
  let below = 0
  let upTo = 0
  let wins = 0
  for (const v of pos) {
    while (below < neg.length && neg[below] < v) below++
    while (upTo < neg.length && neg[upTo] <= v) upTo++
    wins += (below + upTo) / 2
  }
  return wins / (pos.length * neg.length)
}
