// What happens to an airline in the order in which it becomes known, read from the Parquet files a month at a time.
import type { Platform } from 'slipway'
import { WEEK, type Micros, type TourPlan } from './plan.ts'

type Engine = Platform['engine']
type Row = Record<string, string | number | boolean | bigint | null>

export type Happening =
  | { kind: 'push'; at: Micros; source: 'departures' | 'weather'; key: string; values: Row }
  | { kind: 'predict'; at: Micros; key: string; entities: Row; request: Row }
  | { kind: 'label'; at: Micros; key: string; late: boolean }

/** Facts come before questions of the same microsecond: a window includes its end. */
const ORDER = { push: 0, label: 1, predict: 2 } as const

/** Rows that are read at once. */
const PIECE = 4 * WEEK

export interface Timeline {
  /** Happenings in [from, to), in order. */
  read(from: Micros, to: Micros): Promise<Happening[]>
  /** Flights that are asked about in the whole tour. */
  asked: number
}

/** Predictions 30 minutes before each scheduled departure in [lifeFrom, lifeTo); a push when a flight leaves or weather is observed; a truth when a predicted flight arrives (never, for a cancelled one). */
export async function openTimeline(engine: Engine, plan: TourPlan, folder: string): Promise<Timeline> {
  const session = await engine.connect()
  const file = (name: string): string => `'${folder.replaceAll("'", "''")}/${name}.parquet'`
  const { lifeFrom, lifeTo } = plan
  try {
    const count = await session.query(`SELECT count(*) AS n FROM ${file('flights')} WHERE ${ASKED} >= ${lifeFrom} AND ${ASKED} < ${lifeTo}`)
    const pieces = new Map<Micros, Promise<Happening[]>>()
    const piece = (start: Micros): Promise<Happening[]> => {
      let found = pieces.get(start)
      if (found === undefined) {
        found = readPiece(engine, file, { from: start, to: start + PIECE }, plan)
        found.catch(() => pieces.delete(start))
        pieces.set(start, found)
      }
      return found
    }
    return {
      asked: Number(count.columns[0].values[0]),
      async read(from, to) {
        const out: Happening[] = []
        for (let start = lifeFrom + Math.floor((from - lifeFrom) / PIECE) * PIECE; start < to; start += PIECE) {
          for (const old of pieces.keys()) if (old < start) pieces.delete(old)
          out.push(...(await piece(start)).filter(h => h.at >= from && h.at < to))
          // The next month is read while this one is lived.
          if (start + PIECE < plan.until) void piece(start + PIECE)
        }
        return out
      },
    }
  } finally { await session.close() }
}

const micros = (column: string): string => `epoch_us(${column})`
const ASKED = `(${micros('scheduled_departure')} - 1800000000)`

async function readPiece(engine: Engine, file: (name: string) => string, { from, to }: { from: Micros; to: Micros }, { lifeFrom, lifeTo, until }: TourPlan): Promise<Happening[]> {
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
  const end = Math.min(to, until)
  const within = (time: string): string => `${time} >= ${from} AND ${time} < ${end}`
  try {
    const flights = await rows(`SELECT flight_id, origin, dest, carrier, tailnum, distance, ${micros('scheduled_departure')} AS scheduled, ${ASKED} AS asked
      FROM ${file('flights')} WHERE ${within(ASKED)} AND ${ASKED} < ${lifeTo}`)
    const departures = await rows(`SELECT flight_id, origin, carrier, dest, tailnum, dep_delay, ${micros('departed_at')} AS at FROM ${file('flights')} WHERE ${within(micros('departed_at'))}`)
    const truths = await rows(`SELECT flight_id, arr_delay > 15 AS late, ${micros('arrived_at')} AS at
      FROM ${file('flights')} WHERE ${ASKED} >= ${lifeFrom} AND ${ASKED} < ${lifeTo} AND arr_delay IS NOT NULL AND ${within(micros('arrived_at'))}`)
    const weather = await rows(`SELECT * REPLACE (${micros('observed_at')} AS observed_at) FROM ${file('weather')} WHERE ${within(micros('observed_at'))}`)
    const happenings: Happening[] = [
      ...flights.map((f): Happening => ({
        kind: 'predict', at: f.asked as number, key: f.flight_id as string,
        entities: { flight: f.flight_id, origin: f.origin, carrier: f.carrier, plane: f.tailnum },
        request: { origin: f.origin, dest: f.dest, carrier: f.carrier, distance: f.distance, scheduled_departure: f.scheduled },
      })),
      ...departures.map((d): Happening => ({
        kind: 'push', at: d.at as number, source: 'departures', key: d.flight_id as string,
        values: { flight_id: d.flight_id, departed_at: d.at, origin: d.origin, carrier: d.carrier, dest: d.dest, tailnum: d.tailnum, dep_delay: d.dep_delay },
      })),
      ...truths.map((t): Happening => ({ kind: 'label', at: t.at as number, key: t.flight_id as string, late: t.late === 1 })),
      ...weather.map((w): Happening => ({ kind: 'push', at: w.observed_at as number, source: 'weather', key: `${w.origin}@${w.observed_at}`, values: w })),
    ]
    return happenings.sort(inOrder)
  } finally { await session.close() }
}

type Place = Pick<Happening, 'at' | 'kind' | 'key'>

/** Negative when `a` comes before `b`. */
export function inOrder(a: Place, b: Place): number {
  return a.at - b.at || ORDER[a.kind] - ORDER[b.kind] || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
}
