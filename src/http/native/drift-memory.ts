import type { Micros } from '../../core/time.ts'
import type { DriftReport } from '../../monitoring/index.ts'
import type { Platform } from '../../platform.ts'

interface Kept { from: Micros; upTo: Micros; predictions: number; periods: DriftReport['periods'] }

/**
 * Drift by period, where what lies behind is measured once: a year by week takes many seconds, and its weeks stay as they were unless a
 * prediction with an earlier event time arrives, which the count of predictions shows.
 */
export function rememberDrift({ monitoring, production }: Pick<Platform, 'monitoring' | 'production'>): Platform['monitoring']['drift'] {
  const kept = new Map<string, Kept>()
  const last = new Map<string, Promise<unknown>>()
  const count = async (endpoint: string, from: Micros, to: Micros): Promise<number> => (await production.latencies({ endpoint, from, to })).rows

  const measure: Platform['monitoring']['drift'] = async query => {
    const { endpoint, by, from, to } = query
    const key = `${by} ${endpoint}`
    const before = kept.get(key)
    const holds = before !== undefined && before.from === from && await count(endpoint, from, before.upTo) === before.predictions
    const known = holds ? before.periods.filter(p => p.to <= to) : []
    const start = known.at(-1)?.to ?? from
    const periods = start < to ? [...known, ...(await monitoring.drift({ ...query, from: start })).periods] : known
    // The last period is cut by `to`: it goes on.
    const whole = periods.filter(p => p.to < to)
    const upTo = whole.at(-1)?.to
    if (upTo !== undefined && (!holds || upTo > before.upTo)) kept.set(key, { from, upTo, predictions: await count(endpoint, from, upTo), periods: whole })
    return { endpoint, by, periods }
  }

  // One after the other: the second finds what the first has measured.
  return async query => {
    if (query.features !== undefined) return monitoring.drift(query)
    const key = `${query.by} ${query.endpoint}`
    const turn = (last.get(key) ?? Promise.resolve()).catch(() => undefined).then(() => measure(query))
    last.set(key, turn)
    return turn
  }
}
