// Windowed aggregates of history: 500,000 labels × 2,000,000 events of 10,000 keys; count, sum and mean over 1 hour, 1 day and 30 days, beside the plain SQL of
// the same engine in the same run: a range join with GROUP BY, and window functions over labels and events together. The plain sums are of doubles, in whatever
// order they come; ours are exact. Then the same where a fifth of the events came to be known late, which plain SQL has no window function for; the aggregates
// that cannot be taken away; and the flights of a year at three airports, where a window of 30 days holds thousands of rows.
import { fileURLToPath } from 'node:url'
import { openDuckdb } from '../src/adapters/engines/duckdb/index.ts'
import type { AggregateFeature, SourceDefinition, ViewDefinition } from '../src/core/definition.ts'
import type { EngineSession } from '../src/core/ports/engine.ts'
import { seededRandom } from '../src/core/seeded-random.ts'
import { emptyColumn, tableRows, type Table } from '../src/core/table.ts'
import { DAY, HOUR } from '../src/core/time.ts'
import { compileService } from '../src/data/compiled-service.ts'
import { buildFeatureContent } from '../src/data/feature-content.ts'
import { createAggregates } from '../src/data/history/aggregates.ts'
import { median, type BenchResult } from './result.ts'

const LABELS = 500_000
const EVENTS = 2_000_000
const KEYS = 10_000
const SPAN = 90 * DAY
const WINDOWS = { '1h': HOUR, '1d': DAY, '30d': 30 * DAY }
const ROUNDS = 3

const SOURCE: SourceDefinition = { name: 'events', dataset: 'events', id: ['id'], eventTime: 'at', columns: [{ name: 'id', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'x', type: 'float64' }] }

type Aggregate = Pick<AggregateFeature, 'aggregate' | 'column' | 'p' | 'n'>
const ADDED: Aggregate[] = [{ aggregate: 'count' }, { aggregate: 'sum', column: 'x' }, { aggregate: 'mean', column: 'x' }]
const OTHERS: Aggregate[] = [
  { aggregate: 'stddev', column: 'x' }, { aggregate: 'max', column: 'x' }, { aggregate: 'last', column: 'x' }, { aggregate: 'lastN', column: 'x', n: 5 },
  { aggregate: 'percentile', column: 'x', p: 0.5 }, { aggregate: 'countDistinct', column: 'x' }, { aggregate: 'approxCountDistinct', column: 'x' },
]

/** Keys as text, times in [0, SPAN), values of two decimals. */
function makeTable(rows: number, seed: number, late: number): Table {
  const random = seededRandom(seed)
  const schema = [{ name: 'n', type: 'int64' }, { name: 'k', type: 'string' }, { name: 't', type: 'int64' }, { name: 'x', type: 'float64' }, { name: 'known', type: 'int64' }] as const
  const columns = schema.map(c => emptyColumn(c.type, rows))
  const [n, k, t, x, known] = columns.map(c => c.values)
  for (let i = 0; i < rows; i++) {
    const at = BigInt(Math.floor(random() * SPAN))
    n[i] = BigInt(i)
    k[i] = `customer ${Math.floor(random() * KEYS)}`
    t[i] = at
    x[i] = Math.round(random() * 10_000) / 100
    known[i] = random() < late ? at + BigInt(Math.floor(random() * DAY)) : at
  }
  return { rows, schema: [...schema], columns }
}

async function compute(session: EngineSession, aggregates: readonly Aggregate[], windows: readonly string[], source: string): Promise<void> {
  const features = aggregates.flatMap((a, i) => windows.map((window): AggregateFeature => ({ ...a, name: `f${i}_${window}`, window })))
  const view: ViewDefinition = { name: 'v', kind: 'aggregate', entity: 'customer', source: 'events', features }
  const content = buildFeatureContent({ name: 's', entities: ['customer'], request: [], features: features.map(f => `v.${f.name}`) }, { entities: [{ name: 'customer', key: 'k', type: 'string' }], sources: [SOURCE], views: [view] }, null)
  await createAggregates(session, 'ours', compileService(content).views[0], 'e0', () => Promise.resolve(source))
}

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1_000
}

/** Seconds of each, one after the other in every round, and the ratios of each round to its first. */
async function race(works: Record<string, () => Promise<void>>): Promise<Record<string, { value: number; runs: number[]; ratio: number }>> {
  const names = Object.keys(works)
  const runs = names.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) for (const [i, name] of names.entries()) runs[i].push(await seconds(works[name]))
  return Object.fromEntries(names.map((name, i) => [name, { value: median(runs[i]), runs: runs[i], ratio: median(runs[i].map((s, r) => s / runs[0][r])) }]))
}

export async function run(): Promise<BenchResult[]> {
  const engine = await openDuckdb({ memory: '4GB', threads: 2 })
  try {
    const session = await engine.connect()
    return [...await runCustomers(session), ...await runFlights(session)]
  } finally { await engine.close() }
}

async function runCustomers(session: EngineSession): Promise<BenchResult[]> {
  await session.load('labels', makeTable(LABELS, 1, 0))
  await session.run('CREATE OR REPLACE TEMP TABLE examples AS SELECT n, t, k AS e0 FROM labels')
  for (const [name, late] of [['events', 0], ['late_events', 0.2]] as const) {
    await session.load('made', makeTable(EVENTS, 2, late))
    await session.run(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT n AS "row", t AS "time", known, NULL::BIGINT AS superseded, k AS "v.k", x AS "v.x" FROM made`)
  }
  const sizes = Object.values(WINDOWS)
  const join = `SELECT x.n, ${sizes.map((w, i) => ['count(*)', 'sum(e."v.x")', 'avg(e."v.x")'].map((f, k) => `${f} FILTER (WHERE e."time" > x.t - ${w}) AS a${i}_${k}`).join(', ')).join(', ')}
    FROM examples AS x LEFT JOIN events AS e ON e."v.k" = x.e0 AND e."time" <= x.t AND e."time" > x.t - ${30 * DAY} GROUP BY x.n`
  const functions = `SELECT * FROM (SELECT n, ${sizes.map((_, i) => ['count(x)', 'sum(x)', 'avg(x)'].map((f, k) => `${f} OVER w${i} AS a${i}_${k}`).join(', ')).join(', ')}
    FROM (SELECT n, e0 AS k, t, NULL::DOUBLE AS x FROM examples UNION ALL SELECT NULL, "v.k", "time", "v.x" FROM events) WINDOW ${sizes.map((w, i) => `w${i} AS (PARTITION BY k ORDER BY t RANGE BETWEEN ${w - 1} PRECEDING AND CURRENT ROW)`).join(', ')}) WHERE n IS NOT NULL`
  const windows = Object.keys(WINDOWS)
  const { ours, joined, windowed, late } = await race({
    ours: () => compute(session, ADDED, windows, 'events'),
    joined: () => session.run(`CREATE OR REPLACE TEMP TABLE joined AS ${join}`),
    windowed: () => session.run(`CREATE OR REPLACE TEMP TABLE windowed AS ${functions}`),
    late: () => compute(session, ADDED, windows, 'late_events'),
  })
  await compute(session, ADDED, windows, 'events')
  const [{ off }] = tableRows(await session.query('SELECT count(*) FILTER (WHERE o.f0 <> w.a0_0 OR o.f1 <> w.a1_0 OR o.f2 <> w.a2_0) AS off FROM ours AS o JOIN windowed AS w USING (n)'))
  if (Number(off) > 0) throw new Error(`${off} counts differ from those of the window functions`)
  const what = `${LABELS.toLocaleString('en')} labels × ${EVENTS.toLocaleString('en')} events, ${KEYS.toLocaleString('en')} keys; count, sum and mean over 1h, 1d, 30d`
  const results: BenchResult[] = [
    { name: 'windows.added', value: ours.value, unit: 's', runs: ours.runs, note: `${what}; sums exact` },
    { name: '  plain range join with GROUP BY', value: joined.value, unit: 's', runs: joined.runs, note: `${joined.ratio.toFixed(2)} × ours; sums of doubles` },
    { name: '  plain window functions', value: windowed.value, unit: 's', runs: windowed.runs, note: `${windowed.ratio.toFixed(2)} × ours; sums of doubles` },
    { name: '  a fifth of the events known up to a day late', value: late.value, unit: 's', runs: late.runs, note: `${late.ratio.toFixed(2)} × without; plain window functions cannot` },
  ]
  for (const a of OTHERS) {
    const runs: number[] = []
    for (let round = 0; round < ROUNDS; round++) runs.push(await seconds(() => compute(session, [a], windows, 'events')))
    results.push({ name: `windows.${a.aggregate}`, value: median(runs), unit: 's', runs, note: 'the same labels and events, over 1h, 1d, 30d' })
  }
  return results
}

/** Every flight of a year asks about its airport. */
async function runFlights(session: EngineSession): Promise<BenchResult[]> {
  const file = fileURLToPath(new URL('../examples/flights/data/flights.parquet', import.meta.url))
  await session.run(`CREATE OR REPLACE TEMP TABLE examples AS SELECT row_number() OVER () - 1 AS n, epoch_us(scheduled_departure) - 1800000000 AS t, origin AS e0 FROM read_parquet('${file}')`)
  await session.run(`CREATE OR REPLACE TEMP TABLE departures AS SELECT row_number() OVER () - 1 AS "row", epoch_us(departed_at) AS "time", epoch_us(departed_at) AS known, NULL::BIGINT AS superseded, origin AS "v.k", CAST(dep_delay AS DOUBLE) AS "v.x" FROM read_parquet('${file}') WHERE departed_at IS NOT NULL`)
  const results: BenchResult[] = []
  for (const a of [...ADDED.slice(1, 2), ...OTHERS]) {
    for (const window of ['1h', '1d', '30d']) {
      const value = await seconds(() => compute(session, [a], [window], 'departures'))
      results.push({ name: `windows.flights.${a.aggregate}.${window}`, value, unit: 's', note: '336,776 flights, 3 airports' })
    }
  }
  return results
}
