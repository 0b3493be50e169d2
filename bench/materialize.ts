// A million rows of five features into online state, durable where it is kept, beside the same rows written by plain node:sqlite in one transaction.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { localActor } from '../src/core/actor.ts'
import { resolveConfig } from '../src/core/config.ts'
import { parseTime } from '../src/core/time.ts'
import { applyProject, openFeatureStore } from '../src/data/index.ts'
import { openFoundation } from '../src/foundation.ts'
import { openEngine } from '../src/platform.ts'
import { median, type BenchResult } from './result.ts'

const ROWS = 1_000_000
const ROUNDS = 3
const FEATURES = ['conv_rate', 'acc_rate', 'trips', 'rating', 'hours']
const END = parseTime('2024-06-01T00:00Z')!

const PROJECT = {
  name: 'bench', entities: [{ name: 'driver', key: 'driver', type: 'int64' }], datasets: [{ name: 'stats', files: ['stats.parquet'] }],
  sources: [{ name: 'stats', dataset: 'stats', id: ['driver', 'event_time'], eventTime: 'event_time', columns: [{ name: 'driver', type: 'int64' }, { name: 'event_time', type: 'timestamp' }, ...FEATURES.map(name => ({ name, type: 'float64' }))] }],
  views: [{ name: 'driver', kind: 'latest', entity: 'driver', source: 'stats', features: FEATURES.map(name => ({ name, column: name })) }],
  services: [{ name: 'all', entities: ['driver'], request: [], features: FEATURES.map(f => `driver.${f}`) }], models: [], endpoints: [],
}

interface Round { materialize: number; processor: number; start: number; startProcessor: number; memory: number; kept: number; estimate: number }

export async function run(): Promise<BenchResult[]> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-materialize-'))
  try {
    const engine = await openEngine({ engine: resolveConfig().config.engine })
    const session = await engine.connect()
    await session.run(`COPY (SELECT i AS driver, make_timestamptz(${END} - (i % 86400) * 1000000) AS event_time, ${FEATURES.map((f, k) => `random() * ${k + 1} AS ${f}`).join(', ')} FROM range(${ROWS}) t(i)) TO '${join(dir, 'stats.parquet')}' (FORMAT parquet)`)
    await session.close()
    await engine.close()
    const rounds: Round[] = []
    const plain: { seconds: number; processor: number }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(writePlainly(join(dir, `plain-${round}.db`)))
      rounds.push(await measure(dir, join(dir, `home-${round}`)))
    }
    const perSecond = rounds.map(r => ROWS / r.materialize)
    const of = (pick: (r: Round) => number): number => median(rounds.map(pick))
    const size = `${ROWS.toLocaleString('en')} rows of as many keys × ${FEATURES.length} features`
    return [
      { name: 'materialize into online state', value: median(perSecond), unit: 'rows/s', runs: perSecond, note: `${size}, from Parquet; checked, readable, and durable in SQLite` },
      { name: '  beside: the same rows by plain node:sqlite', value: median(plain.map(p => ROWS / p.seconds)), unit: 'rows/s', runs: plain.map(p => ROWS / p.seconds), note: 'one prepared INSERT a row, one transaction, WAL, synchronous = FULL; nothing is read or checked' },
      { name: '  for each second of all processors', value: ROWS / of(r => r.processor), unit: 'rows/s', runs: rounds.map(r => ROWS / r.processor), note: `what others leave of the machine does not matter here; plain node:sqlite writes ${Math.round(ROWS / median(plain.map(p => p.processor))).toLocaleString('en')}` },
      { name: 'start with that state', value: of(r => r.start), unit: 's', runs: rounds.map(r => r.start), note: `all of it read back from SQLite, and nothing of the journal: ${of(r => r.startProcessor).toFixed(1)} s of all processors` },
      { name: 'state in memory', value: of(r => r.memory), unit: 'bytes/key', runs: rounds.map(r => r.memory), note: `measured; slipway features status estimates ${Math.round(of(r => r.estimate))}` },
      { name: 'state in SQLite', value: of(r => r.kept), unit: 'bytes/key', runs: rounds.map(r => r.kept), note: `the whole file; 56 bytes a row are its ${FEATURES.length} features, time and key` },
    ]
  } finally { await rm(dir, { recursive: true, force: true }) }
}

/** Seconds and bytes of one home, from nothing. */
async function measure(dir: string, home: string): Promise<Round> {
  const foundation = await openFoundation({ home, config: resolveConfig({ flags: { log: { level: 'warn' } } }).config })
  foundation.clock.freeze(END)
  try {
    const data = await openFeatureStore(foundation)
    await applyProject({ ...foundation, data }, { project: PROJECT, bundles: {}, projectDir: dir, actor: localActor() })
    const before = memory()
    const began = performance.now()
    const processor = process.cpuUsage()
    const { rows } = await data.materialize({ source: 'stats' })
    const materialize = (performance.now() - began) / 1_000
    const { user, system } = process.cpuUsage(processor)
    if (rows !== ROWS) throw new Error(`${rows} rows were materialized`)
    const used = memory() - before
    const { sources: [{ bytesPerKey }], kept } = await data.status()
    await data.close()
    const starting = performance.now()
    const spent = process.cpuUsage()
    const again = await openFeatureStore(foundation)
    const start = (performance.now() - starting) / 1_000
    const { user: startUser, system: startSystem } = process.cpuUsage(spent)
    const { digest } = await again.prepare((await again.describe('all')).content)
    const { vectors: [[value]] } = await again.read(digest, [{ entities: { driver: ROWS - 1 }, request: {}, at: END }])
    if (typeof value !== 'number') throw new Error('the last row is not there')
    await again.close()
    return { materialize, processor: (user + system) / 1e6, start, startProcessor: (startUser + startSystem) / 1e6, memory: used / ROWS, kept: (kept.bytes ?? 0) / ROWS, estimate: bytesPerKey }
  } finally { await foundation.close() }
}

function writePlainly(file: string): { seconds: number; processor: number } {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE stats (driver INTEGER PRIMARY KEY, event_time INTEGER, ${FEATURES.map(f => `${f} REAL`).join(', ')}) STRICT`)
  const values = Array.from({ length: 1_000 }, () => FEATURES.map(() => Math.random()))
  const began = performance.now()
  const processor = process.cpuUsage()
  db.exec('BEGIN')
  const insert = db.prepare(`INSERT INTO stats VALUES (?, ?${', ?'.repeat(FEATURES.length)}) ON CONFLICT DO UPDATE SET event_time = excluded.event_time${FEATURES.map(f => `, ${f} = excluded.${f}`).join('')} WHERE excluded.event_time >= event_time`)
  for (let i = 0; i < ROWS; i++) insert.run(i, END - i, ...values[i % 1_000])
  db.exec('COMMIT')
  const { user, system } = process.cpuUsage(processor)
  const took = { seconds: (performance.now() - began) / 1_000, processor: (user + system) / 1e6 }
  db.close()
  return took
}

/** Bytes that are in use once what nobody needs is gone. */
function memory(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
