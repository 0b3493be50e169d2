import type { QualityMonitor } from '../core/definition.ts'
import type { Estimate } from '../core/ports/registry.ts'
import { aucEstimate } from '../core/statistics/auc.ts'
import { normalQuantile } from '../core/statistics/normal.ts'
import { DAY, type Micros } from '../core/time.ts'

const YEAR: Micros = 365.25 * DAY
/** Below it the tail of an AUC is not normal: with 10 positives of 200, one look at 0.01 % alarmed eight times too often; with 20 of 400, never more often. */
const FEWEST_OF_A_CLASS = 20
const BINS = 15

/** One-sided level of one look, so that all looks of a year together give a false alarm with at most this chance (Bonferroni; looks may overlap). */
export function levelOfLook(every: Micros, falseAlarmsPerYear = 0.05): number {
  return falseAlarmsPerYear / Math.max(1, YEAR / every)
}

/**
 * The metric of outputs and their truth (1 or 0), with bounds that each hold at one-sided `level`. Null where the rows give none:
 * none at all, or an AUC with fewer than 20 rows of an outcome.
 */
export function qualityInterval(metric: QualityMonitor['metric'], outputs: Float64Array, truth: Uint8Array, level: number): Estimate | null {
  if (truth.length < 2) return null
  switch (metric) {
    case 'auc': return aucInterval(outputs, truth, level)
    case 'brier': return brierInterval(outputs, truth, level)
    case 'ece': return eceInterval(outputs, truth, level)
  }
}

function aucInterval(outputs: Float64Array, truth: Uint8Array, level: number): Estimate | null {
  let positives = 0
  for (const y of truth) positives += y
  if (Math.min(positives, truth.length - positives) < FEWEST_OF_A_CLASS) return null
  return aucEstimate(outputs, truth, 2 * level)
}

function brierInterval(outputs: Float64Array, truth: Uint8Array, level: number): Estimate {
  const { mean: value, standardError } = meanOf(outputs.map((p, i) => (p - truth[i]) ** 2))
  const reach = normalQuantile(1 - level) * standardError
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}

/**
 * The error of an ECE is at most the sum of its bins' |errors|, which are nearly normal and independent; by Gaussian concentration that sum
 * exceeds its mean by √(2 ln(1/level) Σ sd²) with chance `level` at most. So noise alone, which makes any ECE positive, fires nothing.
 */
function eceInterval(outputs: Float64Array, truth: Uint8Array, level: number): Estimate {
  const n = truth.length
  const gaps = new Float64Array(BINS)
  const variances = new Float64Array(BINS)
  outputs.forEach((p, i) => {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(p * BINS) - 1))
    gaps[bin] += p - truth[i]
    variances[bin] += p * (1 - p)
  })
  const value = gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n
  const noise = variances.reduce((sum, v) => sum + Math.sqrt(2 * v / Math.PI), 0) / n
  const reach = noise + Math.sqrt(2 * Math.log(1 / level) * variances.reduce((sum, v) => sum + v, 0)) / n
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}

function meanOf(values: Float64Array): { mean: number; standardError: number } {
  const n = values.length
  let mean = 0
  for (const v of values) mean += v
  mean /= n
  let squares = 0
  for (const v of values) squares += (v - mean) ** 2
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) }
}
