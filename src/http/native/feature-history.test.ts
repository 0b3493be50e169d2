// Historical features over the wire: every form of rows in, every form of answer out, and whatever is wrong with them.
import { tableFromIPC, tableToIPC, Table as ArrowTable, vectorFromArray, Int32, Timestamp, TimeUnit, Utf8, makeVector } from 'apache-arrow'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { tableRows } from '../../core/table.ts'
import { openServedHome } from '../fixtures/served-home.ts'

const PARQUET = 'application/vnd.apache.parquet'
const ARROW = 'application/vnd.apache.arrow.stream'
const { home, server, logged, close } = await openServedHome({ config: { server: { rowsLimit: 20_000, requestTimeout: 2 } } })
afterAll(close)

type Bytes = Uint8Array<ArrayBuffer>
interface Reply { status: number; headers: Headers; bytes: Bytes; json(): Record<string, unknown> }
async function send(query: Record<string, string>, body: string | Bytes | ReadableStream, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${server.url}/api/v1/features/history?${new URLSearchParams(query)}`, { method: 'POST', headers: { authorization: `Bearer ${home.viewerToken}`, 'content-type': 'application/json', ...headers }, body, duplex: 'half' } as RequestInit)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes, json: () => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> }
}

const ASK = { features: 'recent.count_1h,recent.mean_1h', purpose: 'a test of history' }
const TIMES = ['2026-01-01T00:00:00Z', '2026-01-01T12:00:00+01:00', '2026-01-02T00:00']
const records = TIMES.flatMap((t, i) => [{ shop: 'north', event_timestamp: t, n: i }, { shop: 'nowhere', event_timestamp: t, n: 2 ** 40 }])
let paths = 0
async function engineBytes(sql: string): Promise<Bytes> {
  const path = join(tmpdir(), `slipway-history-test-${process.pid}-${paths++}`)
  const session = await home.platform.engine.connect()
  try { await session.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`) } finally { await session.close() }
  const bytes = new Uint8Array(await readFile(path))
  rmSync(path)
  return bytes
}
async function parquetRows(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const path = join(tmpdir(), `slipway-history-test-${process.pid}-${paths++}`)
  const { writeFile } = await import('node:fs/promises')
  await writeFile(path, bytes)
  const session = await home.platform.engine.connect()
  try { return tableRows(await session.query(`SELECT * FROM read_parquet('${path}')`)) } finally { await session.close(); rmSync(path) }
}
const SQL = `SELECT shop, event_timestamp, n FROM (VALUES ${records.map((r, i) => `('${r.shop}', TIMESTAMPTZ '${new Date(r.event_timestamp.endsWith('00:00') && !r.event_timestamp.includes('+') ? `${r.event_timestamp}Z` : r.event_timestamp).toISOString()}', ${r.n}::BIGINT, ${i})`).join(', ')}) t(shop, event_timestamp, n, i) ORDER BY i`

describe('POST /api/v1/features/history', () => {
  it('takes and gives JSON, Parquet, Arrow and CSV, all the same', async () => {
    const asJson = await send(ASK, JSON.stringify(records), { accept: 'application/json' })
    expect(asJson.status, Buffer.from(asJson.bytes).toString()).toBe(200)
    const { columns, rows } = asJson.json() as { columns: string[]; rows: Record<string, unknown>[] }
    expect(columns).toEqual(['shop', 'event_timestamp', 'n', 'recent.count_1h', 'recent.mean_1h'])
    expect(rows.map(r => [r.shop, r.event_timestamp, r.n])).toEqual(records.map(r => [r.shop, `${new Date(r.event_timestamp.includes('+') || r.event_timestamp.endsWith('Z') ? r.event_timestamp : `${r.event_timestamp}Z`).toISOString().slice(0, 19)}Z`, r.n]))
    expect(rows.filter(r => r.shop === 'nowhere').map(r => [r['recent.count_1h'], r['recent.mean_1h']])).toEqual(TIMES.map(() => [0, null]))
    expect(rows.some(r => Number(r['recent.count_1h']) > 1)).toBe(true)
    const values = (list: Record<string, unknown>[]): unknown[] => list.map(r => [r.shop, Number(r.n), Number(r['recent.count_1h']), r['recent.mean_1h']])

    const parquet = await engineBytes(SQL)
    const arrow = tableToIPC(new ArrowTable({
      shop: vectorFromArray(records.map(r => r.shop), new Utf8()), event_timestamp: makeVector({ type: new Timestamp(TimeUnit.MILLISECOND, 'UTC'), data: BigInt64Array.from(rows, r => BigInt(Date.parse(String(r.event_timestamp)))) } as never), n: makeVector(BigInt64Array.from(records, r => BigInt(r.n))),
    } as never), 'stream') as Bytes
    const csv = `shop,event_timestamp,n\n${records.map(r => `${r.shop},${r.event_timestamp},${r.n}`).join('\n')}\n`
    const digests = new Set<string | null>()
    for (const [type, body] of [['application/json', JSON.stringify({ rows: records })], [PARQUET, parquet], [ARROW, arrow], ['text/csv', csv]] as const) {
      const plain = await send(ASK, body, { 'content-type': type })
      expect([plain.status, plain.headers.get('content-type'), plain.headers.get('slipway-rows')], Buffer.from(plain.bytes).toString('latin1').slice(0, 500)).toEqual([200, PARQUET, '6'])
      expect(values(await parquetRows(plain.bytes))).toEqual(values(rows))
      digests.add(plain.headers.get('slipway-digest'))
      const answer = await send(ASK, body, { 'content-type': type, accept: ARROW })
      expect(answer.headers.get('content-type')).toBe(ARROW)
      const read = tableFromIPC(answer.bytes)
      expect(read.schema.fields.map(f => f.name)).toEqual(columns)
      expect(values(read.toArray().map(r => (r as { toJSON(): Record<string, unknown> }).toJSON()))).toEqual(values(rows))
      expect(values((await send(ASK, body, { 'content-type': type, accept: 'application/json' })).json().rows as Record<string, unknown>[])).toEqual(values(rows))
    }
    // Times as the database writes them are the same whatever they came as.
    expect(digests.size).toBe(1)
  })

  it('knows services, headers in place of the query, and modes', async () => {
    const rows = [{ shop: 'north', event_timestamp: '2026-01-02T00:00Z', items: 3, express: true, country: 'DE' }]
    const reply = await send({}, JSON.stringify(rows), { accept: 'application/json', 'slipway-service': 'order', 'slipway-purpose': 'headers', 'slipway-mode': 'eventTime' })
    expect(reply.status, Buffer.from(reply.bytes).toString()).toBe(200)
    expect(reply.json().columns).toEqual(['shop', 'event_timestamp', 'items', 'express', 'country', 'recent.mean_1h', 'recent.count_1h'])
    const entry = await home.platform.metadata.ledger.get(Number(reply.headers.get('slipway-ledger')))
    expect(entry).toMatchObject({ action: 'features.read', subject: 'service/order', details: { mode: 'eventTime', purpose: 'headers', rows: 1 } })
    expect(entry?.actor).toContain('viewer')
  })

  it('answers no rows with none', async () => {
    expect((await send(ASK, '[]', { accept: 'application/json' })).json()).toEqual({ columns: ['event_timestamp', 'shop', 'recent.count_1h', 'recent.mean_1h'], rows: [] })
    const empty = await send(ASK, await engineBytes(`SELECT 'x' AS shop, now() AS event_timestamp LIMIT 0`), { 'content-type': PARQUET, accept: ARROW })
    expect([tableFromIPC(empty.bytes).numRows, tableFromIPC(empty.bytes).schema.fields.map(f => f.name)]).toEqual([0, ['shop', 'event_timestamp', 'recent.count_1h', 'recent.mean_1h']])
  })

  it.each<[string, Record<string, string>, string | (() => Promise<string | Bytes>), Record<string, string>, number, string, string]>([
    ['nobody', ASK, '[]', { authorization: '' }, 401, 'unauthenticated', 'without a token'],
    ['no features', { purpose: 'p' }, '[]', {}, 400, 'invalid_request', 'one of the two'],
    ['features and a service', { ...ASK, service: 'order' }, '[]', {}, 400, 'invalid_request', 'one of the two'],
    ['a feature that there is not', { ...ASK, features: 'recent.count_1d' }, '[]', {}, 400, 'unknown_feature', 'Did you mean'],
    ['a service that there is not', { service: 'ordre', purpose: 'p' }, '[]', {}, 404, 'not_found', 'Did you mean'],
    ['no purpose', { features: 'recent.count_1h' }, '[]', {}, 400, 'invalid_request', 'purpose'],
    ['a mode that there is not', { ...ASK, mode: 'both' }, '[]', {}, 400, 'invalid_request', 'knownAt'],
    ['a parameter that there is not', { ...ASK, limit: '3' }, '[]', {}, 400, 'unknown_feature', 'limit'],
    ['an answer that there is not', ASK, '[]', { accept: 'text/html' }, 400, 'invalid_request', 'Accept'],
    ['a body of another type', ASK, 'x', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type', ''],
    ['a list that is none', ASK, '{"a": 1}', {}, 400, 'invalid_request', 'rows'],
    ['JSON that is none', ASK, '[', {}, 400, 'invalid_json', ''],
    ['a name twice in one object', ASK, '[{"shop": "a", "shop": "b"}]', {}, 400, 'invalid_json', 'twice'],
    ['a key that is missing', ASK, '[{"event_timestamp": 1}]', {}, 400, 'missing_entity', 'shop'],
    ['a key of another type', ASK, '[{"event_timestamp": 1, "shop": 5}]', {}, 400, 'wrong_type', 'rows[0].shop'],
    ['Parquet that is none', ASK, 'PAR1', { 'content-type': PARQUET }, 400, 'invalid_request', 'Parquet'],
    ['no body at all', ASK, '', { 'content-type': PARQUET }, 400, 'invalid_request', 'missing'],
    ['Arrow that is none', ASK, 'ARROW1', { 'content-type': ARROW }, 400, 'invalid_request', 'Arrow'],
    ['Arrow of another type', ASK, async () => tableToIPC(new ArrowTable({ shop: vectorFromArray([1], new Int32()), event_timestamp: vectorFromArray([1], new Int32()) }), 'stream') as Bytes, { 'content-type': ARROW }, 400, 'wrong_type', 'event_timestamp'],
    ['more than the limit', ASK, `shop,event_timestamp\n${'north,2026-01-01\n'.repeat(2_000)}`, { 'content-type': 'text/csv' }, 413, 'body_too_large', '20000'],
  ])('refuses %s', async (_name, query, body, headers, status, code, mentions) => {
    const { authorization, ...others } = headers
    const reply = authorization === undefined ? await send(query, typeof body === 'function' ? await body() : body, headers)
      : await fetch(`${server.url}/api/v1/features/history?${new URLSearchParams(query)}`, { method: 'POST', headers: { 'content-type': 'application/json', ...others }, body: body as string }).then(async r => { const bytes = new Uint8Array(await r.arrayBuffer()); return { status: r.status, bytes, json: () => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> } })
    const text = Buffer.from(reply.bytes).toString()
    expect([reply.status, reply.json().code], text).toEqual([status, code])
    expect(text).toContain(mentions)
    expect(text).not.toMatch(/\/tmp\/|SELECT/)
  })

  it('gives up on a body that stops coming, and leaves no file behind', async () => {
    const files = (): string[] => readdirSync(tmpdir()).filter(f => /^slipway-(rows|history)-[A-Za-z0-9]{6}$/.test(f))
    const before = files()
    const body = new ReadableStream({ start(controller) { controller.enqueue(Buffer.from('shop,event')) } })
    const reply = await send(ASK, body, { 'content-type': 'text/csv' })
    expect([reply.status, reply.json().code]).toEqual([408, 'request_timeout'])
    await send(ASK, 'shop\nx\n', { 'content-type': 'text/csv' })
    await send(ASK, await engineBytes(SQL), { 'content-type': PARQUET })
    await new Promise(resolve => { setTimeout(resolve, 200) })
    expect(files().filter(f => !before.includes(f))).toEqual([])
  })

  it('logs nothing of what others did wrong', () => { expect(logged).toEqual([]) })
})
