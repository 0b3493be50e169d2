import type { DriftMonitor } from '../core/definition.ts'
import type { Micros } from '../core/time.ts'
import { driftsBeyond } from './drift.ts'
import { formatWindow, type Finding, type Seen } from './look.ts'
import type { FeatureDrift, Look } from './records.ts'

/** Fires for each input that has moved by the limit beyond noise, with evidence; each is a series of its own. */
export function lookAtDrift(monitor: DriftMonitor, drifts: readonly FeatureDrift[], at: Micros, window: Look['window']): Seen {
  const { limit = 0.25, fewest = 200 } = monitor
  const findings = drifts.map((d): Finding => ({
    fingerprint: `${monitor.name}/${d.feature}`, metric: 'drift', value: d.beyondNoise, interval: null, limit, n: d.rows,
    state: d.state === 'few' || d.rows < fewest ? 'few' : driftsBeyond(d, limit) ? 'firing' : 'ok',
    summary: `${d.feature} of ${monitor.endpoint} moved by ${d.beyondNoise.toFixed(2)}${d.type === 'number' ? ' standard deviations' : ' (Jensen-Shannon)'} beyond noise, limit ${limit}, q ${d.qValue < 1e-4 ? '< 0.0001' : d.qValue.toPrecision(2)}, on ${d.rows.toLocaleString('en')} rows, ${formatWindow(window)}`,
  }))
  const firing = drifts.filter((_, i) => findings[i].state === 'firing')
  const state = firing.length > 0 ? 'firing' : findings.some(f => f.state === 'ok') ? 'ok' : 'few'
  const short = (all: readonly FeatureDrift[]): NonNullable<Look['features']> => all.map(({ feature, beyondNoise, qValue }) => ({ feature, beyondNoise, qValue }))
  const value = drifts.length === 0 ? null : Math.max(...drifts.map(d => d.beyondNoise))
  return { look: { at, window, state, value, interval: null, limit, n: Math.max(0, ...drifts.map(d => d.rows)), features: short(firing) }, findings, inputs: short(drifts) }
}
