import type { FallbackMonitor } from '../core/definition.ts'
import type { Outcomes } from '../core/ports/predictions.ts'
import { wilsonInterval } from '../core/statistics/proportion.ts'
import type { Micros } from '../core/time.ts'
import { formatWindow, seenOne, type Seen } from './look.ts'
import { answered } from './outcome-rows.ts'
import type { Look } from './records.ts'

/** The share of answers that came from the fallback, each of which is a fact: no evidence beyond the count is asked for. */
export function lookAtFallback(monitor: FallbackMonitor, outcomes: Outcomes, at: Micros, window: Look['window']): Seen {
  const rows = answered(outcomes)
  const fallen = rows.filter(i => outcomes.fallback[i] !== 0).length
  const n = rows.length
  const limit = monitor.limit ?? 0
  const value = n === 0 ? null : fallen / n
  const state = value === null ? 'few' : value > limit ? 'firing' : 'ok'
  return seenOne(at, window, {
    fingerprint: monitor.name, metric: 'fallback_share', state, value, interval: n === 0 ? null : wilsonInterval(fallen, n), limit, n,
    summary: `${fallen.toLocaleString('en')} of ${n.toLocaleString('en')} answers of ${monitor.endpoint} came from the fallback, limit ${percent(limit)}, ${formatWindow(window)}`,
  })
}

function percent(share: number): string { return share === 0 ? 'none' : `${(share * 100).toPrecision(3)} %` }
