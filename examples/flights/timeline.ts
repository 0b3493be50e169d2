// The year as it happened: one ordered list of pushes, predictions and truths.
import type { Platform, Row } from 'slipway'

type Engine = Platform['engine']
type Micros = number

/** One thing that happened at `at`. */
export type Happening =
  | { kind: 'push'; at: Micros; source: 'departures' | 'weather'; key: string; values: Row }
  | { kind: 'predict'; at: Micros; key: string; entities: Row; request: Row }
  | { kind: 'label'; at: Micros; key: string; late: boolean }

/** Facts come before questions of the same microsecond: a window includes its end. */
const ORDER = { push: 0, label: 1, predict: 2 } as const

export interface Span { from: Micros; to: Micros; /** Departures, weather and truths go on until here. */ until: Micros; folder: string }

/**
 * Reads the happenings of a span from the Parquet files: a prediction 30 minutes before each scheduled departure in [from, to), a push when a
 * flight leaves or weather is observed, a truth when a predicted flight arrives (never, for a cancelled one).
 */
export async function readTimeline(engine: Engine, span: Span): Promise<Happening[]> {
  const session = await engine.connect()
  const rows = async (sql: string): Promise<Row[]> => {
    const table = await session.query(sql)
    return Array.from({ length: table.rows }, (_, i) => Object.fromEntries(table.schema.map((c, k) => {
      const column = table.columns[k]
      if (column.valid !== undefined && column.valid[i] === 0) return [c.name, null]
      const value = column.values[i]
      return [c.name, typeof value === 'bigint' ? Number(value) : value]
    })))
  }
  try {
    const file = (name: string) => `'${span.folder.replaceAll("'", "''")}/${name}.parquet'`
    const micros = (column: string) => `epoch_us(${column})`
    const asked = `${micros('scheduled_departure')} - 1800000000`
    const flights = await rows(`SELECT flight_id, origin, dest, carrier, tailnum, distance, ${micros('scheduled_departure')} AS scheduled, ${asked} AS asked
      FROM ${file('flights')} WHERE ${asked} >= ${span.from} AND ${asked} < ${span.to}`)
    const departures = await rows(`SELECT flight_id, origin, carrier, dep_delay, ${micros('departed_at')} AS at
      FROM ${file('flights')} WHERE ${micros('departed_at')} >= ${span.from} AND ${micros('departed_at')} < ${span.until}`)
    const truths = await rows(`SELECT flight_id, arr_delay > 15 AS late, ${micros('arrived_at')} AS at
      FROM ${file('flights')} WHERE ${asked} >= ${span.from} AND ${asked} < ${span.to} AND arr_delay IS NOT NULL AND ${micros('arrived_at')} < ${span.until}`)
    const weather = await rows(`SELECT * REPLACE (${micros('observed_at')} AS observed_at)
      FROM ${file('weather')} WHERE ${micros('observed_at')} >= ${span.from} AND ${micros('observed_at')} < ${span.until}`)
    const happenings: Happening[] = [
      ...flights.map((f): Happening => ({
        kind: 'predict', at: f.asked as number, key: f.flight_id as string,
        entities: { flight: f.flight_id, origin: f.origin, carrier: f.carrier, plane: f.tailnum },
        request: { origin: f.origin, dest: f.dest, carrier: f.carrier, distance: f.distance, scheduled_departure: f.scheduled },
      })),
      ...departures.map((d): Happening => ({
        kind: 'push', at: d.at as number, source: 'departures', key: d.flight_id as string,
        values: { flight_id: d.flight_id, departed_at: d.at, origin: d.origin, carrier: d.carrier, dep_delay: d.dep_delay },
      })),
      ...truths.map((t): Happening => ({ kind: 'label', at: t.at as number, key: t.flight_id as string, late: t.late === 1 })),
      ...weather.map((w): Happening => ({ kind: 'push', at: w.observed_at as number, source: 'weather', key: `${w.origin}@${w.observed_at}`, values: w })),
    ]
    return happenings.sort((a, b) => a.at - b.at || ORDER[a.kind] - ORDER[b.kind] || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  } finally { await session.close() }
}
