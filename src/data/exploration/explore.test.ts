import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Aggregate, EntityDefinition, ExamplesDefinition, ServiceDefinition, SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import type { Exploration, ExplorationRequest } from '../../core/ports/exploration.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { createGenerator } from '../../core/statistics/generator.ts'
import { columnOf, getValue, tableRows, type Table } from '../../core/table.ts'
import { HOUR, MINUTE, type Micros } from '../../core/time.ts'
import { importDataset, loadDataset } from '../dataset.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { createTrainingSet } from '../history/training-set.ts'
import { exploreFeatures } from './explore.ts'
import { GRID_AGGREGATES, OTHER_AGGREGATES } from './grid.ts'

const START = 1_700_000_000_000_000
const actor = { kind: 'user', name: 'ada' } as const
const ALL: Aggregate[] = [...GRID_AGGREGATES, ...OTHER_AGGREGATES]

const ENTITIES: EntityDefinition[] = [{ name: 'shop', key: 'shop', type: 'string' }, { name: 'courier', key: 'courier', type: 'string' }]
const SALES: SourceDefinition = {
  name: 'sales', dataset: 'sales', id: ['sale'], eventTime: 'at', knownAt: 'known',
  columns: [{ name: 'sale', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'courier', type: 'string' }, { name: 'amount', type: 'float64' }, { name: 'items', type: 'int64' }, { name: 'kind', type: 'string' }],
}
const VIEWS: ViewDefinition[] = [{ name: 'recent', kind: 'aggregate', entity: 'shop', source: 'sales', features: [{ name: 'mean', aggregate: 'mean', column: 'amount', window: '1h' }] }]
const SERVICE: ServiceDefinition = { name: 'order', entities: ['shop', 'courier'], request: [{ name: 'weight', type: 'float64' }, { name: 'country', type: 'string' }], features: ['recent.mean'] }
const DEFINITIONS = { entities: ENTITIES, sources: [SALES], views: VIEWS }
const CONTENT = buildFeatureContent(SERVICE, DEFINITIONS, null)
const ASKED: Column[] = [{ name: 'at', type: 'timestamp' }, { name: 'done', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'courier', type: 'string' }, { name: 'weight', type: 'float64' }, { name: 'country', type: 'string' }, { name: 'late', type: 'boolean' }]
const EXAMPLES: ExamplesDefinition = { dataset: 'orders', time: { column: 'at', offset: '-5m' }, entities: { shop: 'shop', courier: 'courier' }, request: { weight: 'weight', country: 'country' }, label: { name: 'late', column: 'late', equals: true, knownAt: 'done' } }
const ORDERS = 400
const END = START + ORDERS * 10 * MINUTE

let context: MemoryContext
let files = 0
const take = async (name: string, schema: Column[], rows: Row[]): Promise<void> => {
  const file = `${name}-${files++}.parquet`
  await writeParquet(context, `${context.dir}/${file}`, schema, rows)
  await importDataset(context, { name, files: [file] }, context.dir, actor)
}
const random = createGenerator(7)
const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]
const sale = (i: number, at: Micros): Row => ({
  sale: `s${i % 970}`, at, known: at + pick([0, 0, MINUTE, HOUR]), shop: pick(['a', 'b', 'c']), courier: pick(['x', 'y', null]),
  amount: random() < 0.1 ? null : Math.round(random() * 1e4) / 100, items: Math.floor(random() * 9), kind: at < START ? pick(['food', 'food', 'toys', 'books']) : pick(['food', 'novel', 'novel', 'novel']),
})
const sales = Array.from({ length: 1_200 }, (_, i) => sale(i, START - 24 * HOUR + i * 4 * MINUTE))
const orders: Row[] = Array.from({ length: ORDERS }, (_, i) => ({ at: START + i * 10 * MINUTE, done: START + i * 10 * MINUTE + pick([HOUR, 3 * HOUR]), shop: pick(['a', 'b', 'c', 'new']), courier: pick(['x', 'y']), weight: random(), country: pick(['DE', 'FR']), late: i % 29 === 0 ? null : random() < 0.3 }))

beforeAll(async () => {
  context = await openMemoryContext()
  await take('sales', SALES.columns, sales)
  await take('orders', ASKED, orders)
})
afterAll(async () => { await context.close() })

const explore = (wish: Partial<ExplorationRequest> = {}): Promise<Exploration> => exploreFeatures(context, DEFINITIONS, CONTENT, {
  service: 'order', examples: EXAMPLES, from: START, to: END, labelsKnownBy: END, windows: ['1h', '1d'], aggregates: ['count', 'mean'], most: 1_000, rows: 10_000, seed: 1, early: 0.5, actor, purpose: 'a reason', ...wish,
})
/** As plain values: what stands behind a missing one is nobody's business. */
const plain = ({ table, ...rest }: Exploration): object => ({ ...rest, parents: [], rows: tableRows(table) })
const columnOfRows = (table: Table, name: string): Value[] => { const c = columnOf(table, name); if (c === undefined) throw new Error(`no column ${name}`); return Array.from({ length: table.rows }, (_, i) => getValue(c, i)) }

describe('the grid over the examples of a service', () => {
  it('has the values that a training set has when its candidates are declared as views', async () => {
    const found = await explore({ aggregates: ALL, windows: ['1h', 'lifetime'] })
    const kept = found.candidates.filter(c => c.dropped === null).map(c => c.name)
    expect(kept.length).toBeGreaterThan(40)
    expect(found.table.schema.map(c => c.name)).toEqual([...found.content.outputs.map(o => o.name), ...kept])
    const content = buildFeatureContent({ ...SERVICE, features: [...SERVICE.features, ...kept] }, { ...DEFINITIONS, views: [...VIEWS, ...found.views] }, null)
    const made = await createTrainingSet(context, content, { name: 'declared', service: 'order', examples: EXAMPLES, from: START, to: END, labelsKnownBy: END, actor, purpose: 'test' })
    const set = await loadDataset(context, made.version)
    expect([[...found.times], [...found.labels].map(y => y === 1)]).toEqual([columnOfRows(set, 'time'), columnOfRows(set, 'label')])
    for (const name of ['weight', 'country', 'recent.mean', ...kept]) expect(columnOfRows(found.table, name), name).toEqual(columnOfRows(set, name))
    expect(found).toMatchObject({ examples: set.rows, from: START, to: END, leftOut: 0 })
    expect(found.candidates.find(c => c.dropped?.reason === 'known')).toMatchObject({ name: 'shop_sales.mean_amount_1h', dropped: { detail: 'the service reads it as recent.mean' } })
  })
  it('does not see what comes to be known later', async () => {
    const wish = { to: START + 200 * 10 * MINUTE, labelsKnownBy: START + 250 * 10 * MINUTE, aggregates: ['count', 'mean', 'last', 'share', 'countDistinct'] as Aggregate[] }
    const before = await explore(wish)
    const late = Array.from({ length: 300 }, (_, i) => ({ ...sale(i, START + i * MINUTE), known: START + 200 * 10 * MINUTE + 1 + i, amount: 1e6, kind: 'late' }))
    await take('sales', SALES.columns, [...late, ...sales, ...late])
    const after = await explore(wish)
    expect(after.parents).not.toEqual(before.parents)
    expect(plain(after)).toEqual(plain(before))
    await take('sales', SALES.columns, sales)
  })
  it('takes rows evenly, and the same for the same seed', async () => {
    const all = await explore()
    const few = await explore({ rows: 100 })
    expect(few.table.rows).toBe(100)
    expect(few.examples).toBe(all.table.rows)
    expect(all.times).toEqual(all.times.slice().sort())
    const place = new Map([...all.times].map((t, i) => [t, i]))
    few.times.forEach((t, i) => { expect(Math.abs((place.get(t) ?? 0) - i * all.table.rows / 100)).toBeLessThanOrEqual(all.table.rows / 100) })
    expect(plain(await explore({ rows: 100 }))).toEqual(plain(few))
    expect((await explore({ rows: 100, seed: 2 })).times).not.toEqual(few.times)
  })
  it('begins where a tenth of the examples has gone by when nothing is said, and ends after the last', async () => {
    const { from, to, examples, times } = await explore({ from: undefined, to: undefined })
    const all = await explore()
    expect(examples).toBe(all.examples - Math.floor(all.examples / 10))
    expect([from, to]).toEqual([times[0], times[times.length - 1] + 1])
  })
  it('tells the ledger who read history, and why', async () => {
    const { candidates, parents } = await explore({ rows: 150 })
    expect(context.entries.at(-1)).toMatchObject({ actor, action: 'features.explored', subject: 'service/order', details: { purpose: 'a reason', rows: 150, candidates: candidates.length, parents } })
  })
  it('stops when it is told to', async () => {
    await expect(explore({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
  it.each<[string, Partial<ExplorationRequest>, string]>([
    ['a window that is no duration', { windows: ['1h', '3 hours'] }, "windows[1] must be a duration such as '3h' or '7d', or 'lifetime', and is '3 hours'"], ['no window', { windows: [] }, 'windows must name at least one'],
    ['a window of no time', { windows: ['0h'] }, 'windows[0]'], ['an aggregate that is none', { aggregates: ['maen' as Aggregate] }, 'Did you mean "mean"?'], ['text of values', { aggregates: ['lastN'] }, 'no learner reads'],
    ['no candidates', { most: 0 }, 'most must be a whole number from 1 to 5000, and is 0'], ['few rows', { rows: 99 }, 'rows must be'], ['a seed that is no number', { seed: 0.5 }, 'seed'], ['an empty range', { from: END, to: START }, 'from must be before'],
    ['a range without examples', { from: END, to: END + HOUR }, 'no examples from'], ['labels that are not known yet', { labelsKnownBy: START }, 'with labels known by'],
  ])('refuses %s', async (_what, wish, message) => {
    await expect(explore(wish)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining(message) as string })
  })
})
