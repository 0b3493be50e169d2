// Entity rows in, the same rows with their features out: against the definition, whatever form the rows come in.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import type { Engine } from '../../core/ports/engine.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { tableFromRows, tableRows, type Table } from '../../core/table.ts'
import { formatTime, MINUTE, parseTime } from '../../core/time.ts'
import { compileService } from '../compiled-service.ts'
import { withSession } from '../dataset.ts'
import { assertSame, readService, serviceOf } from '../fixtures/definition-oracle.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'
import { versionOf } from '../fixtures/journal-versions.ts'
import { definitions, ENTITIES, EVENTS, SOURCES, THINGS } from '../fixtures/random-definitions.ts'
import { asked, input, rowOf, sourceOf, START, THING_ROWS } from '../fixtures/random-events.ts'
import { bundleOnDemand } from '../on-demand/bundle.ts'
import type { GivenRows } from './given-rows.ts'
import type { HistoryFacts, HistoryRequest } from './read-history.ts'

let engine: Engine
let dir: string
let home: FeatureHome
beforeAll(async () => {
  engine = await openDuckdb({ memory: '1GB', threads: 2 })
  dir = await mkdtemp(join(tmpdir(), 'slipway-given-'))
  home = await openFeatureHome(START, {}, engine)
})
afterAll(async () => { await home.close(); await engine.close(); await rm(dir, { recursive: true, force: true }) })

let files = 0
async function write(sql: string, options = 'FORMAT parquet'): Promise<string> {
  const path = join(dir, `given-${files++}`)
  await withSession(engine, session => session.run(`COPY (${sql}) TO '${path}' (${options})`))
  return path
}
async function ask(rows: GivenRows, features: HistoryRequest['features'], more: Partial<HistoryRequest> = {}): Promise<{ facts: HistoryFacts; rows: Row[]; table: Table }> {
  const items = home.features.readHistory({ rows, features, format: 'tables', actor: ACTOR, purpose: 'a test', ...more })
  const all: (HistoryFacts | Uint8Array | Table)[] = []
  for await (const item of items) all.push(item)
  const [facts, ...rest] = all
  if (more.format === 'parquet') {
    const path = join(dir, `answer-${files++}`)
    await writeFile(path, Buffer.concat(rest as Uint8Array[]))
    const table = await withSession(engine, session => session.query(`SELECT * FROM read_parquet('${path}')`))
    return { facts: facts as HistoryFacts, rows: tableRows(table), table }
  }
  return { facts: facts as HistoryFacts, rows: (rest as Table[]).flatMap(tableRows), table: rest[0] as Table }
}

const GIVEN: Column[] = [{ name: 'note', type: 'int64' }, { name: 'j', type: 'int64' }, { name: 'event_timestamp', type: 'timestamp' }, { name: 'k', type: 'string' }, { name: 'text', type: 'string' }]

describe.each(['knownAt', 'eventTime'] as const)('by %s', mode => {
  it.each([0, 1, 2, 3])('every row has its features and its place, keys and times missing or not (windows %i)', async rotation => {
    const question = fc.record({ asked, minute: fc.integer({ min: 0, max: 95 }), timeless: fc.constantFrom(false, false, false, true) })
    await fc.assert(fc.asyncProperty(definitions(rotation), fc.array(fc.record({ event: input(false), minute: fc.integer({ min: 0, max: 90 }) }), { minLength: 10, maxLength: 50, size: 'max' }), fc.array(question, { minLength: 1, maxLength: 30 }), async (views, given, questions) => {
      await home.register({ entities: ENTITIES, sources: [...SOURCES], views, services: [serviceOf(views)] })
      const rowsOf = new Map(SOURCES.map(s => [s.name, s === THINGS ? THING_ROWS[0] : given.filter(i => sourceOf(i.event) === s).map(i => rowOf(i.event, START + i.minute * MINUTE))]))
      for (const source of SOURCES) await home.take(source.dataset, source.columns, [...rowsOf.get(source.name)!])
      const service = compileService((await home.features.describe(serviceOf(views).features)).content)
      const rows: Row[] = questions.flatMap(({ asked: a, minute, timeless }, i) => { const row: Row = { note: i, j: a.j, event_timestamp: timeless ? null : START + minute * MINUTE + a.grain, k: a.k, text: i % 3 === 0 ? null : `row ${i}` }; return i % 4 === 0 ? [row, row] : [row] })
      const got = await ask({ table: tableFromRows(GIVEN, rows) }, service.lookups.map(l => l.name), { mode, format: 'parquet' })
      expect(got.rows.map(r => GIVEN.map(c => r[c.name]))).toEqual(rows.map(r => GIVEN.map(c => r[c.name])))
      expect(got.facts.columns).toEqual([...GIVEN.map(c => c.name), ...service.lookups.map(l => l.name)])
      const versions = new Map(SOURCES.map(s => [s.name, rowsOf.get(s.name)!.map((row, i) => versionOf(s, row, 0, i))]))
      rows.forEach((row, i) => {
        const none = row.event_timestamp === null
        const entities = none ? { thing: null, group: null } : { thing: row.k, group: row.j }
        const at = none ? START : row.event_timestamp as number
        // The oracle's service has a request feature first.
        assertSame(`by ${mode}`, service, { at, entities }, service.lookups.map(l => got.rows[i][l.name]), readService(service, source => versions.get(source)!, entities, at, mode).slice(1))
      })
    }), { numRuns: Number(process.env.MEANING_RUNS ?? 1), endOnFailure: true })
  }, 240_000)
})

const CARDS: SourceDefinition = { name: 'cards', dataset: 'cards', id: ['id'], eventTime: 'at', knownAt: 'known', columns: [{ name: 'id', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'card', type: 'int64' }, { name: 'country', type: 'string' }, { name: 'amount', type: 'float64' }] }
const BIG = 2n ** 60n + 1n
const CARD_VIEWS: ViewDefinition[] = [
  { name: 'last', kind: 'latest', entity: 'card', source: 'cards', features: [{ name: 'amount', column: 'amount' }, { name: 'at', column: 'at' }, { name: 'id', column: 'id' }] },
  { name: 'day', kind: 'aggregate', entity: 'card', source: 'cards', features: [{ name: 'n', aggregate: 'count', window: '1d' }, { name: 'sum', aggregate: 'sum', column: 'amount', window: '1d' }] },
  { name: 'pair', kind: 'latest', entity: ['card', 'country'], source: 'cards', features: [{ name: 'amount', column: 'amount' }] },
]
const HOUR = 60 * MINUTE

describe('entity rows', () => {
  beforeAll(async () => {
    await writeFile(join(dir, 'module.ts'), 'export const over = (x: { limit: number; "last.amount": number | null }) => x["last.amount"] === null ? null : x["last.amount"] - x.limit\n')
    const { code } = await bundleOnDemand(join(dir, 'module.ts'))
    const digest = await home.blobs.put(Buffer.from(code))
    await home.register({
      entities: [{ name: 'card', key: 'card', type: 'int64' }, { name: 'country', key: 'country', type: 'string' }], sources: [CARDS], views: CARD_VIEWS,
      services: [{ name: 'check', entities: ['card'], request: [{ name: 'limit', type: 'float64' }, { name: 'memo', type: 'string', optional: true }], features: ['last.amount', 'day.n'], onDemand: { module: 'module.ts', functions: [{ name: 'over', export: 'over', type: 'float64', inputs: ['limit', 'last.amount'] }] }, onDemandDigest: digest } as never],
    })
    await home.take('cards', CARDS.columns, [
      { id: 1, at: START, known: START, card: BIG, country: 'DE', amount: 5 }, { id: 2n ** 61n + 1n, at: START + HOUR, known: START + 3 * HOUR, card: BIG, country: 'FR', amount: 7 }, { id: 3, at: START, known: START, card: 1, country: null, amount: null },
    ])
  })

  const FEATURES = ['last.amount', 'last.at', 'last.id', 'day.n', 'day.sum', 'pair.amount']
  const T = START + 2 * HOUR
  const expected: Value[][] = [[5, START, 1, 1, 5, null], [5, START, 1, 1, 5, 5], [null, START, 3, 1, 0, null], [null, null, null, 0, 0, null], [null, null, null, 0, 0, null]]
  const records = [
    { card: BIG, country: 'FR', event_timestamp: formatTime(T), extra: 1.5 }, { card: BIG, country: 'DE', event_timestamp: T, extra: null }, { card: 1, country: 'DE', event_timestamp: '2013-04-01T06:00:00+04:00', extra: 2 },
    { card: null, country: 'DE', event_timestamp: formatTime(T) }, { card: BIG, country: 'DE', event_timestamp: null, extra: 0 },
  ]
  const SQL = `SELECT * FROM (VALUES (${BIG}::BIGINT, 'FR', TIMESTAMP '2013-04-01 02:00:00', 1.5, 0), (${BIG}, 'DE', TIMESTAMP '2013-04-01 02:00:00', NULL, 1), (1, 'DE', TIMESTAMP '2013-04-01 02:00:00', 2, 2), (NULL, 'DE', TIMESTAMP '2013-04-01 02:00:00', NULL, 3), (${BIG}, 'DE', NULL, 0, 4)) t(card, country, event_timestamp, extra, i)`

  it('may be JSON, Parquet, bytes of it, CSV or a table, and say the same', async () => {
    expect(formatTime(START)).toBe('2013-04-01T00:00:00Z')
    const parquet = await write(`${SQL} ORDER BY i`)
    const csv = await write(`${SQL} ORDER BY i`, 'FORMAT csv, HEADER true')
    const given: GivenRows[] = [{ records }, { path: parquet, format: 'parquet' }, { parquet: await readFile(parquet) }, { path: csv, format: 'csv' }, { table: await withSession(engine, s => s.query(`SELECT card, country, event_timestamp FROM (${SQL}) ORDER BY i`)) }]
    for (const rows of given) for (const format of ['tables', 'parquet'] as const) {
      const got = await ask(rows, FEATURES, { format })
      expect(got.rows.map(r => FEATURES.map(f => r[f]))).toEqual(expected)
      expect(got.rows.map(r => r.card)).toEqual([BIG, BIG, 1, null, BIG])
    }
    const late = await ask({ records: records.slice(0, 1) }, FEATURES, { mode: 'eventTime' })
    expect(late.rows[0]).toMatchObject({ 'last.amount': 7, 'last.id': 2n ** 61n + 1n, 'day.n': 2, 'day.sum': 12, 'pair.amount': 7 })
  })

  it('are told the event time and the age of each value where that is asked for', async () => {
    const features = ['last.amount', 'day.n', 'day.sum']
    const got = await ask({ records }, features, { origins: true })
    const plain = await ask({ records }, features)
    expect(got.facts.columns.slice(-9)).toEqual([...features, ...features.flatMap(f => [`${f}__event_time`, `${f}__age`])])
    expect(got.facts.contentDigest).toBe(plain.facts.contentDigest)
    // The third card's row has no amount: it is counted, and adds nothing to the sum.
    const [first, none] = [[START, 7_200], [null, null]]
    expect(got.rows.map(r => features.map(f => [r[`${f}__event_time`], r[`${f}__age`]]))).toEqual([[first, first, first], [first, first, first], [first, first, none], [none, none, none], [none, none, none]])
  })

  it('keep the types of their columns in Parquet, whatever they are', async () => {
    const path = await write(`SELECT 1::BIGINT AS card, [1, 2] AS list, {'a': 1} AS struct, 1.50::DECIMAL(9,2) AS price, 5::UTINYINT AS small, DATE '2013-04-01' AS event_timestamp, 18446744073709551615::UBIGINT AS huge, 'x'::BLOB AS bytes, NULL AS nothing`)
    const items = home.features.readHistory({ rows: { path, format: 'parquet' }, features: ['day.n'], format: 'parquet', actor: ACTOR, purpose: 'types' })
    const parts: Uint8Array[] = []
    for await (const item of items) if (item instanceof Uint8Array) parts.push(item)
    const answer = join(dir, 'types')
    await writeFile(answer, Buffer.concat(parts))
    const described = await withSession(engine, s => s.query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('${answer}'))`))
    expect(tableRows(described).map(r => [r.column_name, r.column_type])).toEqual([['card', 'BIGINT'], ['list', 'INTEGER[]'], ['struct', 'STRUCT(a INTEGER)'], ['price', 'DECIMAL(9,2)'], ['small', 'UTINYINT'], ['event_timestamp', 'DATE'], ['huge', 'UBIGINT'], ['bytes', 'BLOB'], ['nothing', 'INTEGER'], ['day.n', 'BIGINT']])
    await expect(ask({ path, format: 'parquet' }, ['day.n'])).rejects.toMatchObject({ code: 'wrong_type', faults: [{ path: 'list' }, { path: 'struct' }, { path: 'huge' }, { path: 'bytes' }] })
  })

  it('give request features to on-demand functions, and columns of nothing have any type', async () => {
    const got = await ask({ records: [{ card: BIG, event_timestamp: T, limit: 3, memo: null }, { card: 2, event_timestamp: T, limit: 4 }] }, 'check')
    expect(got.facts.columns).toEqual(['card', 'event_timestamp', 'limit', 'memo', 'last.amount', 'day.n', 'over'])
    expect(got.rows.map(r => [r['last.amount'], r['day.n'], r.over])).toEqual([[5, 1, 2], [null, 0, null]])
    const path = await write(`SELECT NULL AS card, NULL AS event_timestamp, 5 AS "limit"`)
    expect((await ask({ path, format: 'parquet' }, 'check')).rows).toMatchObject([{ card: null, 'last.amount': null, 'day.n': 0 }])
  })

  it('may be none: the answer has every column', async () => {
    for (const rows of [{ records: [] }, { path: await write(`SELECT 1::BIGINT AS card, now() AS event_timestamp, 'x' AS country LIMIT 0`), format: 'parquet' }, { table: tableFromRows([{ name: 'card', type: 'int64' }, { name: 'event_timestamp', type: 'timestamp' }, { name: 'country', type: 'string' }], []) }] as GivenRows[]) {
      const got = await ask(rows, FEATURES)
      expect([got.facts.rows, got.rows]).toEqual([0, []])
      expect(got.table.schema.slice(3).map(c => [c.name, c.type])).toEqual([['last.amount', 'float64'], ['last.at', 'timestamp'], ['last.id', 'int64'], ['day.n', 'int64'], ['day.sum', 'float64'], ['pair.amount', 'float64']])
    }
  })

  it('are recorded: who, what for, which versions, what came out', async () => {
    const { facts } = await ask({ records }, 'check', { rows: { records: records.map(r => ({ ...r, limit: 1 })) } })
    const entry = await home.metadata.ledger.get(facts.ledger)
    const { body: { version } } = (await home.metadata.get<{ version: string }>('datasetHead', 'cards'))!
    expect(entry).toMatchObject({ action: 'features.read', subject: 'service/check', actor: 'user:ada', details: { purpose: 'a test', mode: 'knownAt', rows: 5, features: ['last.amount', 'day.n', 'over'], contentDigest: facts.contentDigest, sources: { cards: version }, digest: facts.digest } })
    // The same rows on the same data are the same bytes.
    expect((await ask({ records: records.map(r => ({ ...r, limit: 1 })) }, 'check')).facts.digest).toBe(facts.digest)
  })

  const good = { card: 1, event_timestamp: T, limit: 1 }
  it.each<[string, GivenRows | (() => Promise<GivenRows>), HistoryRequest['features'], Partial<HistoryRequest>, object]>([
    ['an unknown feature', { records: [good] }, ['day.nn'], {}, { code: 'unknown_feature', message: expect.stringContaining('Did you mean "day.n"?') as string }],
    ['an unknown service', { records: [good] }, 'chek', {}, { code: 'not_found', message: expect.stringContaining('Did you mean "check"?') as string }],
    ['no features', { records: [good] }, [], {}, { code: 'invalid_request' }],
    ['a key that is missing', { records: [{ cart: 1, event_timestamp: T }] }, ['day.n'], {}, { code: 'missing_entity', message: expect.stringContaining('Did you mean "cart"?') as string, faults: [{ path: 'card' }] }],
    ['no time', { records: [{ card: 1, at: T }] }, ['day.n'], {}, { code: 'invalid_request', faults: [{ path: 'event_timestamp' }] }],
    ['a request feature that is missing', { records: [{ card: 1, event_timestamp: T }] }, 'check', {}, { code: 'missing_request_field', faults: [{ path: 'limit' }] }],
    ['text for a key', { records: [{ ...good, card: 'one' }] }, ['day.n'], {}, { code: 'wrong_type', faults: [{ path: 'rows[0].card' }] }],
    ['2^63', { records: [{ ...good, card: 2n ** 63n }] }, ['day.n'], {}, { code: 'wrong_type' }],
    ['a time that is none', { records: [{ ...good, event_timestamp: 'noon' }] }, ['day.n'], {}, { code: 'wrong_type', faults: [{ path: 'rows[0].event_timestamp' }] }],
    ['a column of two types', { records: [{ ...good, x: 1 }, { ...good, x: 'a' }] }, ['day.n'], {}, { code: 'wrong_type', faults: [{ path: 'rows[1].x' }] }],
    ['an object in a row', { records: [{ ...good, x: {} }] }, ['day.n'], {}, { code: 'wrong_type' }],
    ['rows that are no list', { records: { a: 1 } }, ['day.n'], {}, { code: 'invalid_request' }],
    ['a row that is no object', { records: [[1]] }, ['day.n'], {}, { code: 'invalid_request' }],
    ['a column with the name of a feature', { records: [{ ...good, 'Day.N': 1 }] }, ['day.n'], {}, { code: 'invalid_request', faults: [{ path: 'day.n' }] }],
    ['names that differ in case alone', { records: [{ ...good, Card: 1 }] }, ['day.n'], {}, { code: 'invalid_request', faults: [{ path: 'Card' }] }],
    ['no purpose', { records: [good] }, ['day.n'], { purpose: undefined }, { code: 'invalid_request', faults: [{ path: 'purpose' }] }],
    ['another mode', { records: [good] }, ['day.n'], { mode: 'both' as never }, { code: 'invalid_request', faults: [{ path: 'mode' }] }],
    ['one column with two roles', { records: [good] }, ['day.n'], { timestamp: 'card' }, { code: 'invalid_request' }],
    ['no Parquet', async () => ({ parquet: Buffer.from('PAR1 this is none PAR1') }), ['day.n'], {}, { code: 'invalid_request' }],
    ['half a Parquet file', async () => { const whole = await readFile(await write(SQL)); return { parquet: whole.subarray(0, whole.length / 2) } }, ['day.n'], {}, { code: 'invalid_request' }],
    ['floats for whole numbers', async () => ({ path: await write(`SELECT 1.0::DOUBLE AS card, now() AS event_timestamp`), format: 'parquet' }), ['day.n'], {}, { code: 'wrong_type', message: expect.stringContaining('Int64') as string }],
    ['an unsigned number beyond 2^63', async () => ({ path: await write(`SELECT 9223372036854775808::UBIGINT AS card, now() AS event_timestamp`), format: 'parquet' }), ['day.n'], { format: 'parquet' }, { code: 'value_out_of_range', message: expect.stringContaining('Row 1, column card') as string }],
    ['text for a time', async () => ({ path: await write(`SELECT 1::BIGINT AS card, '2013-04-01' AS event_timestamp`), format: 'parquet' }), ['day.n'], {}, { code: 'wrong_type' }],
    ['a time beyond all', async () => ({ path: await write(`SELECT 1::BIGINT AS card, TIMESTAMP '290000-01-01 00:00:00' AS event_timestamp`), format: 'parquet' }), ['day.n'], {}, { code: 'value_out_of_range' }],
    ['a number that is none', async () => ({ path: await write(`SELECT 1::BIGINT AS card, now() AS event_timestamp, 'nan'::DOUBLE AS "limit"`), format: 'parquet' }), 'check', {}, { code: 'value_out_of_range', message: expect.stringContaining('column limit') as string }],
    ['two columns of one name in CSV', async () => { const path = join(dir, 'twice.csv'); await writeFile(path, 'card,event_timestamp,card\n1,2013-04-01,2\n'); return { path, format: 'csv' } }, ['day.n'], {}, { code: 'invalid_request', faults: [{ path: 'card' }] }],
    ...([['words for numbers', 'one', '2013-04-01'], ['fractions for whole numbers', '1.5', '2013-04-01'], ['2^63', '9223372036854775808', '2013-04-01'], ['words for times', '1', 'noon'], ['times that are not of this calendar', '1', '2013-02-30'], ['times the other way round', '1', '31/12/2013']] as const).map(([name, card, when], i): [string, () => Promise<GivenRows>, HistoryRequest['features'], Partial<HistoryRequest>, object] =>
      [`CSV with ${name}`, async () => { const path = join(dir, `words-${i}.csv`); await writeFile(path, `card,event_timestamp\n5,2013-04-01T00:00Z\n${card},${when}\n`); return { path, format: 'csv' } }, ['day.n'], {}, { code: 'wrong_type', message: expect.stringContaining('Row 2, column') as string }]),
    ['an empty file', async () => { const path = join(dir, 'empty.csv'); await writeFile(path, ''); return { path, format: 'csv' } }, ['day.n'], {}, { code: expect.stringMatching(/^(invalid_request|missing_entity)$/) as string }],
  ])('refuse %s', async (_name, rows, features, more, error) => {
    const before = home.metadata.ledger.size
    await expect(ask(typeof rows === 'function' ? await rows() : rows, features, more)).rejects.toMatchObject(error)
    await expect(ask(typeof rows === 'function' ? await rows() : rows, features, more)).rejects.not.toThrow(/SELECT|given-\d|\/tmp/)
    expect(home.metadata.ledger.size).toBe(before)
  })

  it('may have times of every ISO form and zone in CSV, in another column too', async () => {
    const path = join(dir, 'zones.csv')
    const times: [string, number][] = [
      ['2013-04-01 04:00:00+02:00', T], ['2013-04-01T02:00:00Z', T], ['2013-03-31 20:00', START - 4 * HOUR], ['2013-04-01T02:00Z', T], ['2013-04-01 04:00+02', T], ['2013-04-01T07:30:00.000001+0530', T + 1], ['2013-04-01', START], ['2013-04-01T02:00:00.123456789Z', T + 123_456],
    ]
    await writeFile(path, `card,when,memo\n${times.map(([text]) => `${BIG},${text},x`).join('\n')}\n,,\n`)
    const got = await ask({ path, format: 'csv' }, ['last.amount', 'day.n'], { timestamp: 'when' })
    expect(got.rows.map(r => r.when)).toEqual([...times.map(([, t]) => t), null])
    expect(got.rows.map(r => r['last.amount'])).toEqual([...times.map(([, t]) => (t < START ? null : 5)), null])
    for (const [text, t] of times) expect(parseTime(text)).toBe(t)
  })
})

it('is told of a source that reads NaN as missing, and of one that does not', async () => {
  const columns = EVENTS.columns
  const view = (source: string): ViewDefinition => ({ name: source, kind: 'latest', entity: 'thing', source, features: [{ name: 'x', column: 'x' }] })
  const sources: SourceDefinition[] = [{ ...EVENTS, name: 'strict', dataset: 'holes' }, { ...EVENTS, name: 'lenient', dataset: 'holes', nan: 'missing' }]
  await home.register({ entities: ENTITIES, sources, views: [view('strict'), view('lenient'), { name: 'counts', kind: 'aggregate', entity: 'thing', source: 'lenient', features: [{ name: 'xs', aggregate: 'count', column: 'x', window: '1d' }, { name: 'n', aggregate: 'count', window: '1d' }, { name: 'total', aggregate: 'sum', column: 'x', window: '1d' }] }] })
  await home.take('holes', columns, [{ id: 'a', at: START, known: START, k: 'a', x: 1 }, { id: 'b', at: START + 1, known: START + 1, k: 'a', x: Number.NaN }])
  const records = [{ k: 'a', event_timestamp: START }, { k: 'a', event_timestamp: START + 1 }]
  await expect(ask({ records }, ['strict.x'])).rejects.toMatchObject({ code: 'value_out_of_range', message: expect.stringContaining('Dataset holes, row 2, column x') as string })
  expect((await ask({ records }, ['lenient.x', 'counts.xs', 'counts.n', 'counts.total'])).rows).toMatchObject([{ 'lenient.x': 1, 'counts.xs': 1, 'counts.n': 1, 'counts.total': 1 }, { 'lenient.x': null, 'counts.xs': 1, 'counts.n': 2, 'counts.total': 1 }])
})
