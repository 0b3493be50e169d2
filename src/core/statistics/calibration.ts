import type { Estimate } from '../ports/registry.ts'
import type { Numbers } from './auc.ts'
import { wilsonInterval } from './proportion.ts'

export interface Calibration {
  /** Mean probability. */
  predicted: number
  /** Share of positives with its Wilson interval. */
  observed: Estimate
  /** Expected calibration error: mean |mean probability − share of positives| over bins, weighted by rows. */
  ece: number
  /** Of the logistic recalibration logit P(y) = intercept + slope · logit p: 0 and 1 when calibrated. Null when it has no finite solution. */
  line: { intercept: number; slope: number } | null
}

/** Null without rows. ECE uses `bins` of equal width, (0, 1/bins] and so on, 0 in the first (Guo et al. 2017). */
export function measureCalibration(probabilities: Numbers, labels: Numbers, options: { alpha?: number; bins?: number } = {}): Calibration | null {
  const n = labels.length
  if (n === 0) return null
  const { alpha = 0.05, bins = 15 } = options
  const sums = new Float64Array(bins)
  const hits = new Float64Array(bins)
  let sum = 0
  let positives = 0
  for (let i = 0; i < n; i++) {
    const p = probabilities[i]
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1))
    const y = labels[i] !== 0 ? 1 : 0
    sums[bin] += p
    hits[bin] += y
    sum += p
    positives += y
  }
  let gap = 0
  for (let b = 0; b < bins; b++) gap += Math.abs(sums[b] - hits[b])
  const observed = { value: positives / n, ...wilsonInterval(positives, n, alpha) }
  return { predicted: sum / n, observed, ece: gap / n, line: fitCalibrationLine(probabilities, labels) }
}

/** Cox's recalibration line by Newton's method; null when it does not converge (one class only, separable, or constant scores). */
export function fitCalibrationLine(probabilities: Numbers, labels: Numbers): { intercept: number; slope: number } | null {
  const n = labels.length
  const logits = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const p = Math.min(Math.max(probabilities[i], Number.EPSILON), 1 - Number.EPSILON)
    logits[i] = Math.log(p) - Math.log1p(-p)
  }
  let intercept = 0
  let slope = 1
  for (let step = 0; step < 50; step++) {
    let g0 = 0
    let g1 = 0
    let h00 = 0
    let h01 = 0
    let h11 = 0
    for (let i = 0; i < n; i++) {
      const x = logits[i]
      const p = 1 / (1 + Math.exp(-(intercept + slope * x)))
      const residual = (labels[i] !== 0 ? 1 : 0) - p
      const weight = p * (1 - p)
      g0 += residual
      g1 += residual * x
      h00 += weight
      h01 += weight * x
      h11 += weight * x * x
    }
    const determinant = h00 * h11 - h01 * h01
    if (!(determinant > 1e-10 * h00 * h11)) return null
    const d0 = (h11 * g0 - h01 * g1) / determinant
    const d1 = (h00 * g1 - h01 * g0) / determinant
    intercept += d0
    slope += d1
    if (Math.abs(intercept) > 1e3 || Math.abs(slope) > 1e3) return null
    if (Math.abs(d0) + Math.abs(d1) < 1e-10) return { intercept, slope }
  }
  return null
}
