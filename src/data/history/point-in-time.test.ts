// Point in time, one rule a test: what a training set says of its rows, read off by hand and held against the oracle, in both modes.
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AggregateFeature, EntityDefinition, ExamplesDefinition, SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { DAY, HOUR, MINUTE, SECOND, type Micros } from '../../core/time.ts'
import { compileService } from '../compiled-service.ts'
import { importDataset, loadDataset, withSession } from '../dataset.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { assertSame, readService } from '../fixtures/definition-oracle.ts'
import { versionOf } from '../fixtures/journal-versions.ts'
import { joinAsMany } from '../fixtures/join-size.ts'
import { openMemoryContext, writeParquet, type MemoryContext } from '../fixtures/memory-context.ts'
import { definitions, ENTITIES, EVENTS, SIGNALS, SOURCES, THINGS } from '../fixtures/random-definitions.ts'
import { input, rowOf, sourceOf, START, THING_ROWS } from '../fixtures/random-events.ts'
import { literal } from '../sql.ts'
import { createTrainingSet } from './training-set.ts'

let context: MemoryContext
let files = 0
const actor = { kind: 'user', name: 'ada' } as const
beforeAll(async () => {
  context = await openMemoryContext()
  await joinAsMany(context.engine, true)
})
afterAll(async () => { await context.close() })

const MODES: readonly HistoryMode[] = ['knownAt', 'eventTime']
const T = START
const WITHOUT_KNOWN: SourceDefinition = { ...EVENTS, name: 'plain', dataset: 'plain', knownAt: undefined }
const ASKED: Column[] = [{ name: 't', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'j', type: 'int64' }, { name: 'q', type: 'float64' }, { name: 'y', type: 'float64' }]
const EXAMPLES: ExamplesDefinition = { dataset: 'asked', time: { column: 't' }, entities: { thing: 'k', group: 'j' }, request: { q: 'q' }, label: { name: 'y', column: 'y', above: 0 } }

async function take(source: Pick<SourceDefinition, 'dataset' | 'columns'>, rows: readonly Row[]): Promise<void> {
  const file = `${source.dataset}-${files++}.parquet`
  await writeParquet(context, join(context.dir, file), source.columns, [...rows])
  await importDataset(context, { name: source.dataset, files: [file] }, context.dir, actor)
}

/** A file that the engine writes from SQL: types that rows in memory do not have. */
async function takeSql(dataset: string, sql: string): Promise<void> {
  const file = `${dataset}-${files++}.parquet`
  await withSession(context.engine, session => session.run(`COPY (${sql}) TO ${literal(join(context.dir, file))} (FORMAT parquet)`))
  await importDataset(context, { name: dataset, files: [file] }, context.dir, actor)
}

interface Question { t: Micros; k?: Value; j?: Value; y?: Value }
interface World { views: ViewDefinition[]; sources?: readonly SourceDefinition[]; entities?: EntityDefinition[]; /** By source; those left out are as they were taken before. */ rows?: Record<string, readonly Row[]>; asked: readonly Question[]; mode?: HistoryMode; /** The oracle is not asked: the rows are not in memory. */ unchecked?: boolean }

/** Every row of the training set, in order. Each set of rows is held against the oracle. */
async function train({ views, sources = [EVENTS, SIGNALS, THINGS, WITHOUT_KNOWN], rows = {}, asked, mode = 'knownAt', unchecked = false }: World): Promise<Row[]> {
  const service = { name: 's', entities: ENTITIES.map(e => e.name), request: [{ name: 'q', type: 'float64' as const, optional: true }], features: views.flatMap(v => v.features.map(f => `${v.name}.${f.name}`)) }
  const content = buildFeatureContent(service, { entities: ENTITIES, sources, views }, null)
  for (const source of content.sources) if (rows[source.name] !== undefined) await take(source, rows[source.name])
  await take({ dataset: 'asked', columns: ASKED }, asked.map(({ t, k = null, j = null, y = 1 }) => ({ t, k, j, q: 0.5, y })))
  const made = await createTrainingSet(context, content, { name: `train-${files}`, service: 's', examples: EXAMPLES, from: T - 1_000 * DAY, to: T + 1_000 * DAY, mode, actor, purpose: 'test' })
  const got = tableRows(await loadDataset(context, made.version))
  if (!unchecked) {
    const compiled = compileService(content)
    const inOrder = asked.map((a, i) => ({ ...a, i })).sort((a, b) => a.t - b.t || a.i - b.i)
    expect(got.map(r => [r.time, r['entity.thing'], r['entity.group']])).toEqual(inOrder.map(a => [a.t, a.k ?? null, a.j ?? null]))
    const seen = (name: string): ReturnType<typeof versionOf>[] => {
      const source = content.sources.find(s => s.name === name)!
      return (rows[name] ?? []).map((row, i) => versionOf(source, row, 0, i)).filter((_, i) => source.eventTime === undefined || (rows[name][i][source.eventTime] !== null && (source.knownAt === undefined || rows[name][i][source.knownAt] !== null)))
    }
    inOrder.forEach(({ t, k = null, j = null }, i) => {
      const entities = { thing: k, group: j }
      assertSame(`by ${mode}`, compiled, { at: t, entities }, compiled.outputs.map(o => got[i][o.name]), readService(compiled, seen, entities, t, mode))
    })
  }
  return got
}

let ids = 0
/** A row of events, known when it happens unless it is said. */
function event(at: Micros | null, values: Row = {}): Row {
  return { id: `row-${ids++}`, at, known: at, k: 'a', j: 1, x: null, n: null, s: null, b: null, w: null, ...values }
}

/** One feature of one view, over time. */
async function over(times: readonly Micros[], view: Partial<ViewDefinition>, rows: readonly Row[], mode: HistoryMode = 'knownAt', keys: { k?: Value; j?: Value } = { k: 'a', j: 1 }): Promise<Value[]> {
  const whole = { name: 'v', kind: 'latest', entity: 'thing', source: 'events', features: [{ name: 'f', column: 's' }], ...view } as ViewDefinition
  const got = await train({ views: [whole], rows: { [whole.source]: rows }, asked: times.map(t => ({ t, ...keys })), mode })
  expect(got).toHaveLength(times.length)
  return got.map(r => r['v.f'])
}
const aggregate = (f: Omit<AggregateFeature, 'name'>): Partial<ViewDefinition> => ({ kind: 'aggregate', features: [{ name: 'f', ...f }] } as Partial<ViewDefinition>)
const LAST = aggregate({ aggregate: 'lastN', n: 9, column: 's', window: 'lifetime' })

describe.each(MODES)('by %s', mode => {
  it('a row counts from its own microsecond on', async () => {
    const rows = [event(T, { s: 'p' })]
    expect(await over([T - 1, T, T + 1], {}, rows, mode)).toEqual([null, 'p', 'p'])
    expect(await over([T - 1, T, T + 1], aggregate({ aggregate: 'count', window: '1h' }), rows, mode)).toEqual([0, 1, 1])
  })

  it('a row exactly ttl old is out, one microsecond younger is in', async () => {
    const rows = [event(T, { s: 'p' })]
    expect(await over([T + HOUR - 1, T + HOUR, T + HOUR + 1], { ttl: '1h' }, rows, mode)).toEqual(['p', null, null])
    expect(await over([T, T + 1], { ttl: '1us' }, rows, mode)).toEqual(['p', null])
  })

  it('without a ttl a row never expires', async () => {
    expect(await over([T, T + 900 * DAY], {}, [event(T, { s: 'p' })], mode)).toEqual(['p', 'p'])
  })

  it('an expired row does not let an older one answer', async () => {
    expect(await over([T + HOUR], { ttl: '1h' }, [event(T - MINUTE, { s: 'old' }), event(T, { s: 'p' })], mode)).toEqual([null])
  })

  it('windows are half open, to the microsecond', async () => {
    const rows = [T, T + 1, T + HOUR].map(at => event(at, { x: 1 }))
    expect(await over([T + HOUR - 1, T + HOUR, T + HOUR + 1], aggregate({ aggregate: 'count', window: '1h' }), rows, mode)).toEqual([2, 2, 1])
    const day = T - (T % DAY)
    const tumbling = [day - 1, day, day + DAY - 1].map(at => event(at, { x: 1 }))
    expect(await over([day - 1, day, day + DAY - 1, day + DAY], aggregate({ aggregate: 'count', window: { tumbling: '1d' } }), tumbling, mode)).toEqual([1, 1, 2, 0])
    const session = [T, T + HOUR - 1, T + 2 * HOUR - 1].map(at => event(at, { x: 1 }))
    expect(await over([T + HOUR - 2, T + HOUR - 1, T + 2 * HOUR - 2, T + 2 * HOUR - 1, T + 3 * HOUR - 2, T + 3 * HOUR - 1], aggregate({ aggregate: 'count', window: { session: '1h' } }), session, mode)).toEqual([1, 2, 2, 1, 1, 0])
    expect(await over([T - 1, T, T + 900 * DAY], aggregate({ aggregate: 'count', window: 'lifetime' }), rows, mode)).toEqual([0, 1, 3])
  })

  it('of equal event times the one that became known later answers, then the one that stands later', async () => {
    const rows = [event(T, { s: 'known later', known: T + SECOND }), event(T, { s: 'first' }), event(T, { s: 'second' })]
    expect(await over([T, T + SECOND], {}, rows, mode)).toEqual(mode === 'knownAt' ? ['second', 'known later'] : ['known later', 'known later'])
    expect(await over([T, T + SECOND], LAST, rows, mode)).toEqual(mode === 'knownAt' ? ['["second","first"]', '["known later","second","first"]'] : Array<string>(2).fill('["known later","second","first"]'))
    expect(await over([T + SECOND], { ...LAST, features: [{ name: 'f', aggregate: 'first', column: 's', window: '1h' }] } as Partial<ViewDefinition>, rows, mode)).toEqual(['first'])
  })

  it('rows without a key belong to none, and a missing key has no rows', async () => {
    const rows = [event(T, { s: 'p', k: null }), event(T, { s: 'q', j: null })]
    expect(await over([T], {}, rows, mode, { k: null, j: 1 })).toEqual([null])
    expect(await over([T], aggregate({ aggregate: 'count', window: '1h' }), rows, mode, { k: null, j: 1 })).toEqual([0])
    expect(await over([T], {}, rows, mode, { k: 'a', j: null })).toEqual(['q'])
    for (const keys of [{ k: 'a', j: null }, { k: null, j: 1 }, { k: null, j: null }]) expect(await over([T], { entity: ['thing', 'group'] }, rows, mode, keys)).toEqual([null])
    expect(await over([T], { entity: ['group', 'thing'] }, [event(T, { s: 'p' })], mode)).toEqual(['p'])
  })

  it('a missing value that answers stays missing', async () => {
    expect(await over([T, T + 1], {}, [event(T, { s: 'p' }), event(T + 1, { s: null })], mode)).toEqual(['p', null])
  })

  it('rows without an event time are no events', async () => {
    const rows = [event(null, { s: 'p', known: T }), event(T, { s: 'q' })]
    expect(await over([T + HOUR], {}, rows, mode)).toEqual(['q'])
    expect(await over([T + HOUR], aggregate({ aggregate: 'count', window: 'lifetime' }), rows, mode)).toEqual([1])
  })

  it('rows without a known-at were never known', async () => {
    const rows = [event(T, { s: 'p', known: null }), event(T - 1, { s: 'q' })]
    expect(await over([T + DAY], {}, rows, mode)).toEqual(['q'])
    expect(await over([T + DAY], aggregate({ aggregate: 'count', window: 'lifetime' }), rows, mode)).toEqual([1])
  })

  it('a source without known-at knows its rows when they happen', async () => {
    expect(await over([T - 1, T], { source: 'plain' }, [event(T, { s: 'p', known: T + 10 * DAY })], mode)).toEqual([null, 'p'])
  })

  it('whole numbers beyond 2^53 stay exact, as values and as keys', async () => {
    const [big, next] = [2n ** 53n, 2n ** 53n + 1n]
    const rows = [event(T, { n: next, j: big }), event(T + 1, { n: 2n ** 63n - 1n, j: next }), event(T + 2, { n: -(2n ** 63n), j: next })]
    const views: ViewDefinition[] = [
      { name: 'last', kind: 'latest', entity: 'group', source: 'events', features: [{ name: 'n', column: 'n' }] },
      { name: 'all', kind: 'aggregate', entity: ['group', 'thing'], source: 'events', features: [{ name: 'min', aggregate: 'min', column: 'n', window: 'lifetime' }, { name: 'max', aggregate: 'max', column: 'n', window: 'lifetime' }, { name: 'first', aggregate: 'first', column: 'n', window: 'lifetime' }, { name: 'list', aggregate: 'lastN', n: 5, column: 'n', window: 'lifetime' }, { name: 'sum', aggregate: 'sum', column: 'n', window: 'lifetime' }, { name: 'some', aggregate: 'countDistinct', column: 'n', window: 'lifetime' }] },
    ]
    const got = await train({ views, rows: { events: rows }, asked: [{ t: T + 3, k: 'a', j: big }, { t: T + 3, k: 'a', j: next }], mode })
    expect(got.map(r => [r['entity.group'], r['last.n'], r['all.min'], r['all.max'], r['all.first'], r['all.list'], r['all.sum'], r['all.some']])).toEqual([
      [big, next, next, next, next, '[9007199254740993]', 2 ** 53, 1], [next, -(2n ** 63n), -(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n - 1n, '[-9223372036854775808,9223372036854775807]', -1, 2],
    ])
  })

  it('a number that is none is refused, with its row', async () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 511, 2 ** -486]) {
      await take(EVENTS, [event(T, { x: 1 }), event(T, { x })])
      await expect(train({ views: [{ name: 'v', kind: 'latest', entity: 'thing', source: 'events', features: [{ name: 'f', column: 'x' }] }], asked: [{ t: T, k: 'a' }], mode, unchecked: true })).rejects.toMatchObject({ code: 'value_out_of_range', message: expect.stringMatching(/Dataset events, row 2, column x/) as string })
    }
  })

  it('where a source says that NaN is a missing value, it is one', async () => {
    const sources = [{ ...EVENTS, nan: 'missing' as const }]
    const views: ViewDefinition[] = [
      { name: 'last', kind: 'latest', entity: 'thing', source: 'events', features: [{ name: 'x', column: 'x' }] },
      { name: 'all', kind: 'aggregate', entity: 'thing', source: 'events', features: [{ name: 'rows', aggregate: 'count', window: '1h' }, { name: 'xs', aggregate: 'count', column: 'x', window: '1h' }, { name: 'sum', aggregate: 'sum', column: 'x', window: '1h' }, { name: 'max', aggregate: 'max', column: 'x', window: '1h' }, { name: 'missing', aggregate: 'share', of: [{ column: 'x', missing: true }], window: '1h' }] },
    ]
    await take(EVENTS, [event(T, { x: 1 }), event(T + 1, { x: Number.NaN }), event(T + 2, { x: 3 }), event(T + 3, { x: Number.NaN })])
    const got = await train({ views, sources, asked: [T, T + 1, T + 3].map(t => ({ t, k: 'a' })), mode, unchecked: true })
    expect(got.map(r => [r['last.x'], r['all.rows'], r['all.xs'], r['all.sum'], r['all.max'], r['all.missing']])).toEqual([[1, 1, 1, 1, 1, 0], [null, 2, 1, 1, 1, 0.5], [null, 4, 2, 4, 3, 0.5]])
    await take(EVENTS, [event(T, { x: 1 }), event(T, { x: Number.POSITIVE_INFINITY })])
    await expect(train({ views, sources, asked: [{ t: T, k: 'a' }], mode, unchecked: true })).rejects.toMatchObject({ code: 'value_out_of_range', message: expect.stringMatching(/row 2, column x/) as string })
  })

  it('times with an offset, without one and dates are what they say, in UTC', async () => {
    await takeSql('events', `SELECT * FROM (VALUES ('e1', TIMESTAMPTZ '2013-04-01 02:00:00.000001+02:00', TIMESTAMPTZ '2013-04-01 00:00:00.000001+00', 'a', 1::BIGINT, 1.0::DOUBLE), ('e2', TIMESTAMPTZ '2013-03-31 19:00:00.000002-05', TIMESTAMPTZ '2013-04-01 00:00:00.000002Z', 'a', 1::BIGINT, 2.0::DOUBLE))
      AS t(id, "at", known, k, j, x)`)
    const midnight = Date.UTC(2013, 3, 1) * 1_000
    const columns = EVENTS.columns.filter(c => ['id', 'at', 'known', 'k', 'j', 'x'].includes(c.name))
    const sources = [{ ...EVENTS, columns }]
    const views: ViewDefinition[] = [{ name: 'v', kind: 'latest', entity: 'thing', source: 'events', features: [{ name: 'x', column: 'x' }, { name: 'at', column: 'at' }] }]
    const read = async (): Promise<Value[][]> => (await train({ views, sources, asked: [midnight, midnight + 1, midnight + 2, midnight + DAY].map(t => ({ t, k: 'a' })), mode, unchecked: true })).map(r => [r['v.x'], r['v.at']])
    expect(await read()).toEqual([[null, null], [1, midnight + 1], [2, midnight + 2], [2, midnight + 2]])
    // Naive times are UTC, whatever their unit.
    await takeSql('events', `SELECT * FROM (VALUES ('e1', TIMESTAMP '2013-04-01 00:00:00.000001', TIMESTAMP '2013-04-01 00:00:00.000001', 'a', 1::BIGINT, 1.0::DOUBLE), ('e2', TIMESTAMP '2013-04-01 00:00:00.000002', TIMESTAMP '2013-04-01 00:00:00.000002', 'a', 1::BIGINT, 2.0::DOUBLE)) AS t(id, "at", known, k, j, x)`)
    expect(await read()).toEqual([[null, null], [1, midnight + 1], [2, midnight + 2], [2, midnight + 2]])
    await takeSql('events', `SELECT 'e' AS id, x::TIMESTAMP_NS AS "at", x::TIMESTAMP_MS AS known, 'a' AS k, 1::BIGINT AS j, 1.0::DOUBLE AS x FROM (VALUES (TIMESTAMP '2013-04-01 00:00:00.000001')) t(x)`)
    expect(await read()).toEqual([[null, null], [1, midnight + 1], [1, midnight + 1], [1, midnight + 1]])
    // A date is its midnight.
    await takeSql('events', `SELECT 'e' AS id, DATE '2013-04-02' AS "at", DATE '2013-04-01' AS known, 'a' AS k, 1::BIGINT AS j, 1.0::DOUBLE AS x`)
    expect(await read()).toEqual([[null, null], [null, null], [null, null], [1, midnight + DAY]])
  })

  it('rows that are alike but for their ids count each, and rows of one id once', async () => {
    const [one, two] = [event(T, { x: 1, s: 'p' }), event(T, { x: 1, s: 'p' })]
    expect(await over([T], aggregate({ aggregate: 'sum', column: 'x', window: '1h' }), [one, two], mode)).toEqual([2])
    expect(await over([T], aggregate({ aggregate: 'sum', column: 'x', window: '1h' }), [one, one, { ...one, x: 5 }], mode)).toEqual([5])
  })

  it('label rows that are alike are kept, each in its place', async () => {
    const asked = [{ t: T + 2, k: 'a' }, { t: T, k: 'a' }, { t: T + 2, k: 'b' }, { t: T, k: 'a' }, { t: T + 2, k: 'a' }, { t: T, k: 'never' }]
    const views: ViewDefinition[] = [{ name: 'v', kind: 'latest', entity: 'thing', source: 'events', ttl: '1h', features: [{ name: 'f', column: 'x' }] }]
    const got = await train({ views, rows: { events: [event(T, { x: 1 }), event(T + 1, { x: 2 }), event(T + 1, { x: 3, k: 'b' })] }, asked, mode })
    expect(got.map(r => [Number(r.time) - T, r['entity.thing'], r['v.f']])).toEqual([[0, 'a', 1], [0, 'a', 1], [0, 'never', null], [2, 'a', 2], [2, 'b', 3], [2, 'a', 2]])
  })

  it('a late row is seen from when it was known, or from when it happened', async () => {
    const rows = [event(T, { s: 'soon' }), event(T + MINUTE, { s: 'late', known: T + HOUR })]
    expect(await over([T, T + MINUTE, T + HOUR - 1, T + HOUR], {}, rows, mode)).toEqual(mode === 'knownAt' ? ['soon', 'soon', 'soon', 'late'] : ['soon', 'late', 'late', 'late'])
    const counted = await over([T + MINUTE - 1, T + MINUTE, T + HOUR - 1, T + HOUR, T + HOUR + MINUTE], aggregate({ aggregate: 'count', window: '1h' }), rows, mode)
    // At T + 1 h the row of T has left the window; the late one leaves by its event time.
    expect(counted).toEqual(mode === 'knownAt' ? [1, 1, 1, 1, 0] : [1, 2, 2, 1, 0])
  })

  it('a row that is known before it happens waits for its event time', async () => {
    expect(await over([T - HOUR, T - 1, T], {}, [event(T, { s: 'p', known: T - HOUR })], mode)).toEqual([null, null, 'p'])
  })

  it('a correction is seen from when it was known, or always', async () => {
    const id = 'corrected'
    const rows = [event(T, { id, x: 1, s: 'wrong' }), event(T, { id, x: 5, s: 'right', known: T + HOUR })]
    expect(await over([T, T + HOUR - 1, T + HOUR], {}, rows, mode)).toEqual(mode === 'knownAt' ? ['wrong', 'wrong', 'right'] : ['right', 'right', 'right'])
    expect(await over([T, T + HOUR - 1, T + HOUR], aggregate({ aggregate: 'sum', column: 'x', window: '1d' }), rows, mode)).toEqual(mode === 'knownAt' ? [1, 1, 5] : [5, 5, 5])
  })

  it('a correction may take a row to another key, another time or out of a condition', async () => {
    const id = 'moved'
    const count = aggregate({ aggregate: 'count', window: '1d', where: [{ column: 'b', equals: true }] })
    const times = [T, T + HOUR]
    const both = async (moved: Row, key: { k: string; j: number } = { k: 'a', j: 1 }): Promise<Value[]> => over(times, count, [event(T, { id, b: true }), event(Number(moved.at ?? T), { id, b: true, known: T + HOUR, ...moved })], mode, key)
    expect(await both({ k: 'b' })).toEqual(mode === 'knownAt' ? [1, 0] : [0, 0])
    expect(await both({ k: 'b' }, { k: 'b', j: 1 })).toEqual(mode === 'knownAt' ? [0, 1] : [1, 1])
    expect(await both({ at: T - DAY })).toEqual(mode === 'knownAt' ? [1, 0] : [0, 0])
    expect(await both({ at: T + MINUTE })).toEqual(mode === 'knownAt' ? [1, 1] : [0, 1])
    expect(await both({ b: false })).toEqual(mode === 'knownAt' ? [1, 0] : [0, 0])
    expect(await both({ k: null })).toEqual(mode === 'knownAt' ? [1, 0] : [0, 0])
    // What was hidden behind it answers again.
    const behind = [event(T - MINUTE, { s: 'behind' }), event(T, { id: 'gone', s: 'front' }), event(T, { id: 'gone', s: 'front', k: 'b', known: T + HOUR })]
    expect(await over(times, {}, behind, mode)).toEqual(mode === 'knownAt' ? ['front', 'behind'] : ['behind', 'behind'])
  })

  it('of versions known at once the last counts', async () => {
    const id = 'twice'
    expect(await over([T, T + 1], {}, [event(T, { id, s: 'first' }), event(T, { id, s: 'second' }), event(T - 1, { s: 'other' })], mode)).toEqual(['second', 'second'])
  })

  it('a static source is always known, and of two rows with one key the later counts', async () => {
    const views: ViewDefinition[] = [{ name: 'v', kind: 'latest', entity: 'thing', source: 'things', features: [{ name: 'colour', column: 'colour' }, { name: 'size', column: 'size' }] }]
    const got = await train({ views, rows: { things: THING_ROWS[1] }, asked: [{ t: T - 900 * DAY, k: 'a' }, { t: T, k: 'b' }, { t: T, k: 'never' }, { t: T, k: null }], mode })
    expect(got.map(r => [r['v.colour'], r['v.size']])).toEqual([["it's", 1], ['q', 2n ** 60n + 1n], [null, null], [null, null]])
    const where = await train({ views: [{ ...views[0], where: [{ column: 'size', missing: true }] }], rows: { things: THING_ROWS[1] }, asked: [{ t: T, k: 'a' }, { t: T, k: 'b' }], mode })
    expect(where.map(r => r['v.colour'])).toEqual(['p', null])
  })

  it('a look-up is what was known strictly before the row', async () => {
    const views: ViewDefinition[] = [
      { name: 'v', kind: 'aggregate', entity: 'thing', source: 'events', lookups: [{ name: 'then', feature: 'prices.v' }], features: [{ name: 'f', aggregate: 'lastN', n: 9, column: 'then', window: 'lifetime' }] },
      { name: 'prices', kind: 'latest', entity: 'group', source: 'signals', features: [{ name: 'v', column: 'v' }] },
    ]
    const signals = [0, 10, 20].map((m, id) => ({ id, at: T + m * MINUTE, k: 'x', j: 1, v: m, c: null }))
    const events = [event(T), event(T + 5 * MINUTE), event(T + 10 * MINUTE), event(T + 10 * MINUTE + 1), event(T + 15 * MINUTE, { known: T + HOUR })]
    const got = await train({ views, rows: { events, signals }, asked: [0, 5, 11, 30, 60].map(m => ({ t: T + m * MINUTE, k: 'a' })), mode })
    expect(got.map(r => r['v.f'])).toEqual(mode === 'knownAt' ? ['[]', '[0]', '[10,0,0]', '[10,0,0]', '[10,10,0,0]'] : ['[]', '[0]', '[10,0,0]', '[10,10,0,0]', '[10,10,0,0]'])
  })
})

describe('by knownAt', () => {
  it('is what a training set goes by where nothing is said', async () => {
    const views: ViewDefinition[] = [{ name: 'v', kind: 'latest', entity: 'thing', source: 'events', features: [{ name: 'f', column: 's' }] }]
    const rows = { events: [event(T, { s: 'late', known: T + HOUR })] }
    expect((await train({ views, rows, asked: [{ t: T, k: 'a' }, { t: T + HOUR, k: 'a' }] })).map(r => r['v.f'])).toEqual([null, 'late'])
    expect((await train({ views, rows, asked: [{ t: T, k: 'a' }], mode: undefined })).map(r => r['v.f'])).toEqual([null])
  })
})

describe('whatever is defined', () => {
  const events = fc.array(fc.record({ event: input(true), minute: fc.integer({ min: 0, max: 60 }) }), { minLength: 5, maxLength: 40, size: 'max' })
  const questions = fc.array(fc.record({ minute: fc.integer({ min: 0, max: 60 }), grain: fc.constantFrom(0, 1, -1), k: fc.constantFrom('a', 'b', null), j: fc.constantFrom(1, 2, null) }), { minLength: 1, maxLength: 20 })
  const OPTIONS = { numRuns: Number(process.env.MEANING_RUNS ?? 1), endOnFailure: true }
  const worldOf = (inputs: (typeof events extends fc.Arbitrary<infer V> ? V : never)): Record<string, Row[]> => Object.fromEntries(SOURCES.map(s => [s.name, s === THINGS ? [...THING_ROWS[0]] : inputs.filter(i => sourceOf(i.event) === s).map(i => rowOf(i.event, START + i.minute * MINUTE))]))
  const asked = (all: (typeof questions extends fc.Arbitrary<infer V> ? V : never)): Question[] => all.map(({ minute, grain, k, j }) => ({ t: START + minute * MINUTE + grain, k, j }))
  /** Rows of new ids among the others. */
  const renamed = (row: Row, i: number): Row => ({ ...row, id: typeof row.id === 'number' ? 1_000 + i : `new-${i}` })
  const mixed = (a: readonly Row[], b: readonly Row[]): Row[] => [...b.slice(0, b.length / 2), ...a, ...b.slice(b.length / 2)]
  const any = fc.integer({ min: 0, max: 3 }).chain(rotation => definitions(rotation))

  it.each(MODES)('rows of the future change nothing (by %s)', async mode => {
    await fc.assert(fc.asyncProperty(any, events, events, questions, async (views, inputs, more, wanted) => {
      const world = worldOf(inputs)
      const before = await train({ views, rows: world, asked: asked(wanted), mode })
      const end = Math.max(...wanted.map(w => START + w.minute * MINUTE + w.grain))
      // By known-at a row is of the future that happens or becomes known later, corrections of earlier rows too; by event time one that happens later.
      const future = Object.fromEntries(Object.entries(worldOf(more)).map(([name, rows]) => [name, name === 'things' ? [] : rows.map((row, i) => {
        const happens = name === 'signals' || mode === 'eventTime' || i % 2 === 0
        const at = happens ? end + 1 + i * MINUTE : Number(row.at)
        return { ...(happens ? renamed(row, i) : row), at, ...(name === 'events' ? { known: happens ? at - (i % 3) * HOUR : end + 1 + i * SECOND } : {}) }
      })]))
      const after = await train({ views, rows: Object.fromEntries(Object.entries(world).map(([name, rows]) => [name, mixed(rows, future[name])])), asked: asked(wanted), mode })
      expect(after).toEqual(before)
    }), OPTIONS)
  }, 240_000)

  it.each(MODES)('rows of other keys change nothing (by %s)', async mode => {
    await fc.assert(fc.asyncProperty(any, events, events, questions, async (views, inputs, more, wanted) => {
      const world = worldOf(inputs)
      const before = await train({ views, rows: world, asked: asked(wanted), mode })
      const others = Object.fromEntries(Object.entries(worldOf(more)).map(([name, rows]) => [name, rows.map((row, i) => ({ ...row, ...(name === 'things' ? { row: 1_000 + i } : renamed(row, i)), k: i % 5 === 0 ? null : 'another', ...(name === 'things' ? {} : { j: i % 7 === 0 ? null : 99 }) }))]))
      const after = await train({ views, rows: Object.fromEntries(Object.entries(world).map(([name, rows]) => [name, mixed(rows, others[name])])), asked: asked(wanted), mode })
      expect(after).toEqual(before)
    }), OPTIONS)
  }, 240_000)
})
