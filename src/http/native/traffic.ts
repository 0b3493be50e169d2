import { FALLBACKS, ROLES, type Outcomes } from '../../core/ports/predictions.ts'
import type { Micros } from '../../core/time.ts'

/** Predictions of one endpoint over time, in `buckets` parts of equal length. */
export interface Traffic {
  endpoint: string
  from: Micros
  to: Micros
  /** Microseconds a bucket. */
  step: number
  total: number
  fallbacks: number
  /** Predictions by bucket. */
  counts: number[]
  /** Of those, answered by a fallback. */
  fallbackCounts: number[]
  /** By bucket, for each release in each role that answered. */
  releases: { release: number; role: string; total: number; counts: number[] }[]
  /** How many came from each kind of fallback. */
  kinds: Record<string, number>
  /** Milliseconds from the request to its frame, by bucket (null without predictions) and in all. */
  latency?: { p50: (number | null)[]; p99: (number | null)[]; total: { p50: number | null; p99: number | null } }
}

/** Quantiles of what answers took (microseconds), by bucket. */
export function measureLatency({ eventTime, latency }: { eventTime: Float64Array; latency: Float64Array }, from: Micros, step: number, buckets: number): Traffic['latency'] {
  const places: number[][] = Array.from({ length: buckets }, () => [])
  for (let i = 0; i < latency.length; i++) places[Math.floor((eventTime[i] - from) / step)]?.push(latency[i])
  const sorted = places.map(list => Float64Array.from(list).sort())
  const all = latency.toSorted()
  const at = (q: number) => (list: Float64Array): number | null => (list.length === 0 ? null : list[Math.ceil(q * list.length) - 1] / 1_000)
  return { p50: sorted.map(at(0.5)), p99: sorted.map(at(0.99)), total: { p50: at(0.5)(all), p99: at(0.99)(all) } }
}

/** Counts what was predicted in [from, to). */
export function countTraffic(endpoint: string, outcomes: Pick<Outcomes, 'rows' | 'eventTime' | 'release' | 'role' | 'fallback'>, from: Micros, to: Micros, buckets: number): Traffic {
  const step = Math.max(1, Math.ceil((to - from) / buckets))
  const zeros = (): number[] => Array.from({ length: buckets }, () => 0)
  const counts = zeros()
  const fallbackCounts = zeros()
  const kinds: Record<string, number> = {}
  const releases = new Map<number, Traffic['releases'][number]>()
  let fallbacks = 0
  for (let i = 0; i < outcomes.rows; i++) {
    const place = Math.floor((outcomes.eventTime[i] - from) / step)
    counts[place]++
    const role = outcomes.role[i]
    const key = outcomes.release[i] * ROLES.length + role
    let one = releases.get(key)
    if (one === undefined) releases.set(key, one = { release: outcomes.release[i], role: ROLES[role], total: 0, counts: zeros() })
    one.total++
    one.counts[place]++
    const kind = FALLBACKS[outcomes.fallback[i]]
    if (kind === '') continue
    fallbacks++
    fallbackCounts[place]++
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return { endpoint, from, to, step, total: outcomes.rows, fallbacks, counts, fallbackCounts, kinds, releases: [...releases.values()].sort((a, b) => a.release - b.release || a.role.localeCompare(b.role)) }
}
