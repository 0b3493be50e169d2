import type { QualityMonitor } from '../core/definition.ts'
import type { Outcomes } from '../core/ports/predictions.ts'
import type { Estimate } from '../core/ports/registry.ts'
import { aucEstimate } from '../core/statistics/auc.ts'
import { normalQuantile } from '../core/statistics/normal.ts'
import { DAY, parseDuration, type Micros } from '../core/time.ts'
import { formatWindow, seenOne, type Seen } from './look.ts'
import { answered, labelledRows, pairs } from './outcome-rows.ts'
import type { Look } from './records.ts'

const YEAR: Micros = 365.25 * DAY
const BINS = 15
const NAMES = { auc: 'AUC', brier: 'Brier score', ece: 'Calibration error' }

/**
 * Fires when the whole interval lies beyond the limit. Its level is the chance that is allowed for a year, shared out to the looks of a year
 * (Bonferroni): at a quality that is the limit, a year stays quiet with at least that confidence.
 */
export function lookAtQuality(monitor: QualityMonitor, outcomes: Outcomes, at: Micros, window: Look['window']): Seen {
  const { metric, limit, fewest = 200, falseAlarmsPerYear = 0.05 } = monitor
  const rows = labelledRows(outcomes, answered(outcomes))
  const { scores, truth } = pairs(outcomes, rows)
  const level = falseAlarmsPerYear / Math.max(1, YEAR / (parseDuration(monitor.every) as Micros))
  const estimate = rows.length < fewest ? null : estimateMetric(metric, scores, truth, level)
  const bad = estimate !== null && (metric === 'auc' ? estimate.high < limit : estimate.low > limit)
  const n = rows.length
  const name = NAMES[metric]
  return seenOne(at, window, {
    fingerprint: monitor.name, metric, limit, n, value: estimate?.value ?? null, interval: estimate === null ? null : { low: estimate.low, high: estimate.high },
    state: estimate === null ? 'few' : bad ? 'firing' : 'ok',
    summary: estimate === null ? `${name} of ${monitor.endpoint}: ${n.toLocaleString('en')} labels say too little, ${formatWindow(window)}`
      : `${name} of ${monitor.endpoint} is ${estimate.value.toFixed(3)} (${estimate.low.toFixed(3)} to ${estimate.high.toFixed(3)}), limit ${limit}, on ${n.toLocaleString('en')} labels, ${formatWindow(window)}`,
  })
}

/** Value with bounds that each hold at one-sided `level`; null where the rows give none. */
function estimateMetric(metric: QualityMonitor['metric'], scores: Float64Array, truth: Uint8Array, level: number): Estimate | null {
  switch (metric) {
    case 'auc': return aucEstimate(scores, truth, 2 * level)
    case 'brier': return brierEstimate(scores, truth, level)
    case 'ece': return eceEstimate(scores, truth, level)
  }
}

function brierEstimate(scores: Float64Array, truth: Uint8Array, level: number): Estimate {
  const n = truth.length
  const errors = scores.map((p, i) => (p - truth[i]) ** 2)
  const value = errors.reduce((sum, e) => sum + e, 0) / n
  const variance = errors.reduce((sum, e) => sum + (e - value) ** 2, 0) / (n - 1)
  const reach = normalQuantile(1 - level) * Math.sqrt(variance / n)
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}

/**
 * The error of an ECE is at most the sum of its bins' |errors|, which are nearly normal and independent; by Gaussian concentration that sum
 * exceeds its mean by √(2 ln(1/level) Σ sd²) with chance `level` at most. So noise alone, which makes any ECE positive, fires nothing.
 */
function eceEstimate(scores: Float64Array, truth: Uint8Array, level: number): Estimate {
  const n = truth.length
  const gaps = new Float64Array(BINS)
  const variances = new Float64Array(BINS)
  scores.forEach((p, i) => {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(p * BINS) - 1))
    gaps[bin] += p - truth[i]
    variances[bin] += p * (1 - p)
  })
  const value = gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n
  const noise = variances.reduce((sum, v) => sum + Math.sqrt(2 * v / Math.PI), 0) / n
  const reach = noise + Math.sqrt(2 * Math.log(1 / level) * variances.reduce((sum, v) => sum + v, 0)) / n
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}
