// Every aggregate over every kind of window against the oracle, from tables in the engine: late rows, corrections, ties, values of every kind.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { AggregateFeature, Condition, EntityDefinition, SourceDefinition, ViewDefinition, Window } from '../../core/definition.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { seededRandom } from '../../core/seeded-random.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { SECOND } from '../../core/time.ts'
import { compileService, type CompiledService } from '../compiled-service.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { joinAsMany } from '../fixtures/join-size.ts'
import { readOracle, type Version } from '../fixtures/oracle.ts'
import { SQL_TYPE } from '../sql.ts'
import { createAggregates } from './aggregates.ts'
import { addExampleKeys } from './view-key.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const START = 1_356_998_400_000_000
const STEP = 60_000_000
const COLUMNS: Column[] = [
  { name: 'id', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' },
  { name: 'x', type: 'float64' }, { name: 'i', type: 'int64' }, { name: 's', type: 'string' }, { name: 'b', type: 'boolean' }, { name: 'w', type: 'timestamp' },
]
const SOURCE: SourceDefinition = { name: 'events', dataset: 'events', id: ['id'], eventTime: 'at', knownAt: 'known', columns: COLUMNS }
const ENTITIES: EntityDefinition[] = [{ name: 'thing', key: 'k', type: 'string' }, { name: 'group', key: 'j', type: 'int64' }]

const WINDOWS: Window[] = ['2m', '90s', '1us', 'lifetime', { tumbling: '2m' }, { tumbling: '3m', offset: '-50s' }, { session: '61s', longest: '4m' }, { session: '2m' }]
const WHERE: (Condition[] | undefined)[] = [undefined, [{ column: 's', equals: 'p' }], [{ column: 'i', atLeast: 0 }, { column: 'b', missing: false }]]
const AGGREGATES: Partial<AggregateFeature>[] = [
  { aggregate: 'count' }, { aggregate: 'count', column: 'x' }, { aggregate: 'sum', column: 'x' }, { aggregate: 'sum', column: 'i' }, { aggregate: 'mean', column: 'x' }, { aggregate: 'mean', column: 'i' },
  { aggregate: 'stddev', column: 'x' }, { aggregate: 'stddev', column: 'i' }, { aggregate: 'share', of: [{ column: 'x', above: 0.1 }] },
  { aggregate: 'min', column: 'x' }, { aggregate: 'max', column: 'i' }, { aggregate: 'max', column: 'w' }, { aggregate: 'first', column: 's' }, { aggregate: 'last', column: 'i' }, { aggregate: 'last', column: 'b' }, { aggregate: 'first', column: 'w' },
  { aggregate: 'lastN', column: 's', n: 2 }, { aggregate: 'lastN', column: 'i', n: 5 }, { aggregate: 'lastN', column: 'w', n: 1 }, { aggregate: 'timeSince' }, { aggregate: 'timeSince', column: 'x' },
  { aggregate: 'countDistinct', column: 's' }, { aggregate: 'countDistinct', column: 'i' }, { aggregate: 'countDistinct', column: 'x' }, { aggregate: 'approxCountDistinct', column: 'x' }, { aggregate: 'approxCountDistinct', column: 's' },
  { aggregate: 'percentile', column: 'x', p: 0.5 }, { aggregate: 'percentile', column: 'i', p: 0.9 }, { aggregate: 'percentile', column: 'x', p: 0 },
]

const feature = fc.record({ what: fc.constantFrom(...AGGREGATES), window: fc.constantFrom(...WINDOWS), where: fc.constantFrom(...WHERE) })
const features = fc.array(feature, { minLength: 4, maxLength: 12, size: 'max' })

const moment = fc.integer({ min: 0, max: 10 }).map(n => START + n * (STEP / 2))
const time = fc.oneof({ weight: 4, arbitrary: moment }, moment.map(t => t + 1), moment.map(t => t - 1))
const number = fc.oneof(fc.constantFrom(null, 0, 0.1, 0.2, 0.3, -0.1, 1e-3, 1e3 / 3), fc.integer({ min: -40, max: 400 }).map(n => n / 3))
const wild = fc.constantFrom(null, 1e-100, 1e100, -1e100, 1e-3, 1, 3e17, 2 ** 53, 1.1, 2 ** -485, -(2 ** 510), 1.5 * 2 ** -485)
const rowsOf = (late: boolean, x: fc.Arbitrary<number | null>): fc.Arbitrary<Row[]> => fc.array(fc.record({
  id: late ? fc.integer({ min: 0, max: 60 }).map(n => `e${n}`) : fc.uuid(), at: time, delay: late ? fc.constantFrom(0, 0, 0, 0, -STEP, STEP, 3 * STEP, 1) : fc.constant(0),
  k: fc.constantFrom('a', 'a', 'a', 'a|b', null), j: fc.constantFrom(1, 1, 1, 2, null), x, i: fc.oneof(fc.constantFrom(null, 0, 1, -7, 9007199254740991, 2n ** 62n + 1n, -(2n ** 63n)), fc.integer({ min: -100, max: 100 })),
  s: fc.constantFrom(null, 'p', 'q', 'p"\\ü\n'), b: fc.constantFrom(null, true, false), w: fc.constantFrom(null, START + 1, -5),
}), { minLength: 20, maxLength: 60, size: 'max' }).map(rows => rows.map(({ delay, ...row }) => ({ ...row, known: Number(row.at) + delay })))
const asked = fc.array(fc.record({ t: time, k: fc.constantFrom('a', 'a', 'a', 'a|b', 'never', null), j: fc.constantFrom(1, 1, 1, 2, 3, null) }), { minLength: 1, maxLength: 40, size: 'max' })

interface Feature { what: Partial<AggregateFeature>; window: Window; where: Condition[] | undefined }
function serviceOf(list: readonly Feature[], entity: string | string[]): CompiledService {
  const view: ViewDefinition = { name: 'v', kind: 'aggregate', entity, source: 'events', features: list.map(({ what, window, where }, n) => ({ ...what, name: `f${n}`, window, where })) as AggregateFeature[] }
  return compileService(buildFeatureContent({ name: 's', entities: ['thing', 'group'], request: [], features: view.features.map(f => `v.${f.name}`) }, { entities: ENTITIES, sources: [SOURCE], views: [view] }, null))
}

async function loadSource(rows: Row[]): Promise<void> {
  await session.load('raw_source', tableFromRows([{ name: 'row', type: 'int64' }, ...COLUMNS.map(c => ({ name: `v.${c.name}`, type: c.type }))], rows.map((row, n) => ({ row: n, ...Object.fromEntries(COLUMNS.map(c => [`v.${c.name}`, row[c.name]])) }))))
  await session.run(`CREATE OR REPLACE TEMP TABLE source AS SELECT *, "v.id" AS id, epoch_us("v.at") AS "time", epoch_us("v.known") AS known, lead(epoch_us("v.known")) OVER (PARTITION BY "v.id" ORDER BY epoch_us("v.known"), "row") AS superseded FROM raw_source`)
}

async function compute(service: CompiledService, examples: Row[]): Promise<Value[][]> {
  await session.load('examples', tableFromRows([{ name: 'n', type: 'int64' }, { name: 't', type: 'int64' }, { name: 'e0', type: 'string' }, { name: 'e1', type: 'int64' }], examples.map(({ t, k, j }, n) => ({ n: 3 * n, t, e0: k, e1: j }))))
  const keyOf = await addExampleKeys(session, service)
  await createAggregates(session, 'computed', service.views[0], keyOf(service.views[0]), () => Promise.resolve('source'))
  const typed = service.lookups.map((l, i) => `CAST(f${i} AS ${SQL_TYPE[l.type]}) AS f${i}`)
  const got = tableRows(await session.query(`SELECT ${typed.join(', ')} FROM computed ORDER BY n`))
  return got.map(row => service.lookups.map((_, i) => row[`f${i}`]))
}

function expected(service: CompiledService, rows: Row[], { t, k, j }: Row): Value[] {
  const view = service.views[0]
  const versions = rows.map((row, n): Version => ({ id: String(row.id), eventTime: Number(row.at), knownAt: Number(row.known), sequence: 0, order: n, values: row }))
  const key = view.entities.map(e => (e.name === 'thing' ? k : j))
  const values = readOracle(view, versions, key, Number(t))
  return service.lookups.map(l => values.get(l.feature.name) ?? null)
}

const entity = fc.constantFrom<string | string[]>('thing', 'group', ['thing', 'group'])

describe('aggregates in history', () => {
  it.each([['late rows and corrections', true, number], ['rows known as they happen', false, number], ['values over 300 decades', true, wild]] as const)('are what the definition says: %s', async (_name, late, x) => {
    await fc.assert(fc.asyncProperty(features, entity, rowsOf(late, x), asked, fc.boolean(), async (list, of, rows, examples, asMany) => {
      await joinAsMany(engine, asMany)
      const service = serviceOf(list, of)
      await loadSource(rows)
      const got = await compute(service, examples)
      expect(got).toEqual(examples.map(e => expected(service, rows, e)))
    }), { numRuns: 12 })
  })

  it('are what the definition says of many rows: percentiles of several digits, sketches, distinct values, late rows among them', async () => {
    const random = seededRandom(7)
    const rows = Array.from({ length: 1_500 }, (_, n): Row => {
      const at = START + Math.floor(random() * 600) * SECOND
      return { id: `e${Math.floor(random() * 1_450)}`, at, known: at + (random() < 0.1 ? Math.floor(random() * 90) * SECOND : 0), k: 'a', j: 1, x: Math.exp(random() * 12 - 4), i: Math.floor(random() * 1e6), s: `text ${Math.floor(random() * 700)}`, b: null, w: n }
    })
    const list = AGGREGATES.filter(a => ['approxCountDistinct', 'countDistinct', 'percentile', 'stddev', 'lastN'].includes(a.aggregate!)).flatMap(what => (['5m', 'lifetime', { session: '10s', longest: '2m' }] as const).map(window => ({ what, window, where: undefined })))
    const service = serviceOf([...list, ...[0.01, 0.25, 0.75, 0.99, 1].map(p => ({ what: { aggregate: 'percentile' as const, column: 'x', p }, window: '5m', where: undefined }))], 'thing')
    await loadSource(rows)
    const examples = Array.from({ length: 6 }, (_, n) => ({ t: START + (60 + n * 110) * SECOND + n, k: 'a', j: 1 }))
    expect(await compute(service, examples)).toEqual(examples.map(e => expected(service, rows, e)))
  }, 120_000)

  it('are the same whether examples come in one portion or in several', async () => {
    // Two portions of what JavaScript makes, and n with gaps.
    await session.run(`CREATE OR REPLACE TEMP TABLE source AS SELECT i AS "row", CAST(i AS VARCHAR) AS id, ${START} + i * 1000 AS "time", ${START} + i * 1000 AS known, NULL::BIGINT AS superseded, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS "v.k", i AS "v.i", i / 8 AS "v.x" FROM range(100_000) AS r(i)`)
    await session.run(`CREATE OR REPLACE TEMP TABLE examples AS SELECT i * 3 + 5 AS n, ${START} + i * 2000 AS t, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS e0 FROM range(50_000) AS r(i)`)
    const service = serviceOf([{ what: { aggregate: 'lastN', column: 'i', n: 3 }, window: '1m', where: undefined }, { what: { aggregate: 'stddev', column: 'x' }, window: '1m', where: undefined }, { what: { aggregate: 'count' }, window: '1m', where: undefined }], 'thing')
    await createAggregates(session, 'computed', service.views[0], 'e0', () => Promise.resolve('source'))
    const [found] = tableRows(await session.query(`SELECT count(*) AS rows, count(DISTINCT n) AS ns, count(*) FILTER (WHERE f0 = '[' || a || ',' || a - 2 || ',' || a - 4 || ']') AS lists, count(*) FILTER (WHERE f2 = 30_000 AND abs(f1 - 2165.1) < 0.1) AS full
      FROM (SELECT *, 2 * ((n - 5) // 3) + CASE WHEN ((n - 5) // 3) % 2 = 0 THEN 0 ELSE -1 END AS a FROM computed)`))
    expect(found).toEqual({ rows: 50_000, ns: 50_000, lists: 49_998, full: 20_000 })
  }, 120_000)

  it('leaves no tables behind', async () => {
    await loadSource([])
    await compute(serviceOf(AGGREGATES.flatMap(what => WINDOWS.map(window => ({ what, window, where: undefined }))), 'thing'), [{ t: START, k: 'a', j: 1 }])
    const names = tableRows(await session.query('SELECT table_name AS name FROM duckdb_tables() WHERE temporary ORDER BY name')).map(r => r.name)
    expect(names).toEqual(['computed', 'examples', 'raw_source', 'source'])
  })
})
