import type { QualityMonitor } from '../core/definition.ts'
import type { Outcomes } from '../core/ports/predictions.ts'
import { parseDuration, type Micros } from '../core/time.ts'
import { formatWindow, seenOne, type Seen } from './look.ts'
import { answered, labelledRows, pairs } from './outcome-rows.ts'
import { levelOfLook, qualityInterval } from './quality-interval.ts'
import type { Look } from './records.ts'

const NAMES = { auc: 'AUC', brier: 'Brier score', ece: 'Calibration error' }

/**
 * Fires when the whole interval lies beyond the limit. Its level is the chance that is allowed for a year, shared out to the looks of a year
 * (Bonferroni): at a quality that is the limit, a year stays quiet with at least that confidence.
 */
export function lookAtQuality(monitor: QualityMonitor, outcomes: Outcomes, at: Micros, window: Look['window']): Seen {
  const { metric, limit, fewest = 200, falseAlarmsPerYear = 0.05 } = monitor
  const rows = labelledRows(outcomes, answered(outcomes))
  const { scores, truth } = pairs(outcomes, rows)
  const level = levelOfLook(parseDuration(monitor.every) as Micros, falseAlarmsPerYear)
  const estimate = rows.length < fewest ? null : qualityInterval(metric, scores, truth, level)
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
