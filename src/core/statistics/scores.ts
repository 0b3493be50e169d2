import type { Numbers } from './auc.ts'

/** Probabilities are kept this far from 0 and 1: the distance that double precision has at 1. */
const EDGE = Number.EPSILON

/** Mean negative log-likelihood in nats; probabilities are clipped to [2^-52, 1 − 2^-52]. NaN without rows. */
export function logLoss(probabilities: Numbers, labels: Numbers): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++) {
    const p = Math.min(Math.max(probabilities[i], EDGE), 1 - EDGE)
    sum -= labels[i] !== 0 ? Math.log(p) : Math.log1p(-p)
  }
  return sum / labels.length
}

/** Mean squared distance of probability and outcome (Brier 1950). NaN without rows. */
export function brierScore(probabilities: Numbers, labels: Numbers): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++) {
    const d = probabilities[i] - (labels[i] !== 0 ? 1 : 0)
    sum += d * d
  }
  return sum / labels.length
}
