// The data of the comparison with Feast, made by DuckDB from row numbers: the same every time, but for its end, which is now.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEngine } from '../src/platform.ts'
import { resolveConfig } from '../src/core/config.ts'

export const DRIVERS = 10_000
export const MANY = 1_000_000
export const FEW = 30_000
export const LABELS = 100_000
const HISTORY = 1_000_000
/** Ten rows a key in each history: Feast's file store pairs every label with every row of its key, so that more rows a key only slow it down. */
const KEYS = 100_000

/** Parquet files for both, and Slipway's project beside them. `many.parquet` has `MANY` keys for Slipway; Feast's folder gets `FEW` of them. */
export async function writeFeastData(dir: string, feastDir: string): Promise<void> {
  const engine = await openEngine(resolveConfig({}).config)
  const session = await engine.connect()
  const random = (salt: number): string => `((hash(i, ${salt}) % 1000000)::DOUBLE / 1000)`
  const now = "date_trunc('second', now())"
  const columns = (prefix: string, n: number): string => Array.from({ length: n }, (_, k) => `${random(k)} AS ${prefix}${k}`).join(', ')
  const rows = (time: string): string => `${time} AS event_timestamp, ${now} AS created`
  try {
    const copy = (sql: string, ...paths: string[]): Promise<void[]> => Promise.all(paths.map(path => session.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`)))
    for (const folder of [dir, feastDir]) {
      await copy(`SELECT i % ${DRIVERS} AS driver, ${rows(`${now} - INTERVAL 1 HOUR - to_minutes((i // ${DRIVERS}) * 10)`)}, ${columns('f', 10)} FROM range(${DRIVERS * 5}) t(i)`, join(folder, 'drivers.parquet'))
      await copy(`SELECT i AS driver, ${rows(`${now} - INTERVAL 1 HOUR`)}, ${columns('m', 5)} FROM range(${folder === dir ? MANY : FEW}) t(i)`, join(folder, 'many.parquet'))
      // A tenth of the keys is missing in each history, another tenth each time.
      for (const [v, prefix] of ['a', 'b', 'c'].entries()) {
        await copy(`SELECT * FROM (SELECT (hash(i, 7) % ${KEYS})::BIGINT AS driver, ${rows(`${now} - INTERVAL 1 DAY - to_seconds((hash(i, 8) % 2592000)::BIGINT)`)}, ${columns(prefix, 5)} FROM range(${Math.ceil(HISTORY / 0.9)}) t(i)) WHERE driver % 10 <> ${v} LIMIT ${HISTORY}`, join(folder, `history_${v}.parquet`))
      }
      await copy(`SELECT i AS row_id, (hash(i, 9) % ${KEYS})::BIGINT AS driver, ${now} - INTERVAL 1 DAY - to_seconds((hash(i, 10) % 2592000)::BIGINT) AS event_timestamp, hash(i, 11) % 2 = 0 AS late FROM range(${LABELS}) t(i)`, join(folder, 'labels.parquet'))
    }
  } finally {
    await session.close()
    await engine.close()
  }
  writeFileSync(join(dir, 'slipway.json'), JSON.stringify(project()))
}

function project(): object {
  const names = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, k) => `${prefix}${k}`)
  const all: [string, string, string, string[]][] = [['drivers', 'driver_stats', 'drivers', names('f', 10)], ['many', 'many', 'many', names('m', 5)], ...['a', 'b', 'c'].map((p, v): [string, string, string, string[]] => [`history_${v}`, `history_${v}`, `history_${v}`, names(p, 5)])]
  return {
    name: 'drivers', entities: [{ name: 'driver', key: 'driver', type: 'int64' }],
    datasets: [...all.map(([, , dataset]) => ({ name: dataset, files: [`${dataset}.parquet`] })), { name: 'labels', files: ['labels.parquet'] }],
    sources: all.map(([name, , dataset, features]) => ({
      name, dataset, id: ['driver', 'event_timestamp'], eventTime: 'event_timestamp', ...(name.startsWith('history') ? {} : { knownAt: 'created' }),
      columns: [{ name: 'driver', type: 'int64' }, { name: 'event_timestamp', type: 'timestamp' }, ...(name.startsWith('history') ? [] : [{ name: 'created', type: 'timestamp' }]), ...features.map(f => ({ name: f, type: 'float64' }))],
    })),
    views: all.map(([source, name, , features]) => ({ name, kind: 'latest', entity: 'driver', source, features: features.map(f => ({ name: f, column: f })) })),
    services: [{ name: 'histories', entities: ['driver'], request: [], features: all.filter(([name]) => name.startsWith('history')).flatMap(([, view, , features]) => features.map(f => `${view}.${f}`)) }],
    models: [], endpoints: [],
  }
}
