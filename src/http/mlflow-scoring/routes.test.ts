import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT } from '../fixtures/small-home.ts'

const { home, server, close } = await openServedHome()
afterAll(close)

interface Body { predictions: number[]; prediction_ids: string[]; error_code: string; message: string }
const JSON_TYPE = { 'content-type': 'application/json' }
async function send(body: unknown, headers: Record<string, string> = JSON_TYPE, path = '/invocations'): Promise<{ status: number; body: Body }> {
  const payload = body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const reply = await fetch(server.url + path, { method: 'POST', body: payload, headers })
  return { status: reply.status, body: JSON.parse(await reply.text()) as Body }
}
const NAMES = ['country', 'items', 'extra', 'express', 'weight', 'shop']
const ROWS = [['DE', 3, 'x', true, 2.4, 'north'], ['FR', 4, 'y', false, null, 'south']]
const RECORDS = ROWS.map(row => Object.fromEntries(NAMES.map((name, k) => [name, row[k]])))
const COLUMNS = Object.fromEntries(NAMES.map((name, k) => [name, ROWS.map(row => row[k])]))
const CSV = 'country,items,extra,express,weight,shop\r\nDE,3,"x ""quoted"", with\nlines",True,2.4,north\nFR,4.0,y,false,,south\n'
const expectedOf = async (): Promise<number[]> => {
  const { status, body } = await send({ dataframe_records: RECORDS })
  expect(status, JSON.stringify(body)).toBe(200)
  return body.predictions
}

async function parquet(sql: string): Promise<Buffer> {
  const path = join(tmpdir(), `slipway-test-${process.pid}-${Math.random()}.parquet`)
  const session = await home.platform.engine.connect()
  try { await session.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`); return readFileSync(path) } finally { await session.close(); rmSync(path, { force: true }) }
}

describe('every form gives the same predictions', () => {
  it.each<[string, unknown, Record<string, string>]>([
    ['dataframe_split', { dataframe_split: { columns: NAMES, index: [7, 8], data: ROWS } }, JSON_TYPE],
    ['instances as objects', { instances: RECORDS, params: { temperature: 0.5 } }, JSON_TYPE],
    ['inputs by column', { inputs: COLUMNS }, { 'content-type': 'application/json; charset=utf-8' }],
    ['inputs as records', { inputs: RECORDS }, JSON_TYPE],
    ['NaN as Python writes it', JSON.stringify({ dataframe_records: RECORDS }).replace('null', 'NaN'), JSON_TYPE],
    ['a fraction for a whole number, cut as pandas cuts it', { dataframe_records: RECORDS.map(r => ({ ...r, items: (r.items as number) + 0.5 })) }, JSON_TYPE],
    ['no content type', { dataframe_records: RECORDS }, {}],
    ['CSV', CSV, { 'content-type': 'text/csv' }], ['CSV with a charset', `\ufeff${CSV}`, { 'content-type': 'text/csv; charset=UTF-8; header=present' }], ['CSV without a type', CSV, {}],
    ['gzip', gzipSync(JSON.stringify({ dataframe_records: RECORDS })), { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ])('%s', async (_, body, headers) => {
    const reply = await send(body, headers)
    expect(reply.status, JSON.stringify(reply.body)).toBe(200)
    expect(reply.body.predictions).toEqual(await expectedOf())
    expect(await home.platform.production.getPrediction(reply.body.prediction_ids[1])).toMatchObject({ request: { items: 4, weight: null, express: false }, entities: { shop: 'south' } })
  })

  it('Parquet, integers and floats of any width', async () => {
    const file = await parquet("SELECT 'DE' AS country, 3::UTINYINT AS items, [1, 2] AS extra, true AS express, 2.4::DOUBLE AS weight, 'north' AS shop UNION ALL SELECT 'FR', 4, [3], false, NULL, 'south'")
    for (const headers of [{ 'content-type': 'application/vnd.apache.parquet' }, {}] as Record<string, string>[]) {
      const reply = await send(file, headers)
      expect(reply.body.predictions, JSON.stringify(reply.body)).toEqual(await expectedOf())
    }
  })

  it('at the address of the endpoint too', async () => {
    for (const prefix of ['endpoints', 'serving-endpoints', 'gateway']) expect((await send({ inputs: COLUMNS }, JSON_TYPE, `/${prefix}/${ENDPOINT}/invocations`)).body.predictions).toEqual(await expectedOf())
  })

  it('with a key once only', async () => {
    const body = { dataframe_records: RECORDS, params: { idempotency_key: 'ml-a' } }
    expect((await send(body)).body.prediction_ids).toEqual((await send(body)).body.prediction_ids)
  })
})

describe('what is wrong is {"error_code", "message"}', () => {
  it.each<[string, unknown, Record<string, string>, number, RegExp]>([
    ['two forms', { inputs: COLUMNS, instances: RECORDS }, JSON_TYPE, 400, /exactly one of .* has instances and inputs/], ['no form', { columns: NAMES, data: ROWS }, JSON_TYPE, 400, /has none/], ['a list', RECORDS, JSON_TYPE, 400, /object/], ['no JSON', '{', JSON_TYPE, 400, /JSON/], ['nothing', '', {}, 400, /empty/],
    ['missing columns, all named', { dataframe_split: { columns: ['shop', 'items'], data: [['north', 3]] } }, JSON_TYPE, 400, /express, country/], ['a null in a whole number', { dataframe_records: [{ ...RECORDS[0], items: null }] }, JSON_TYPE, 400, /items/], ['text for a number', { dataframe_records: [{ ...RECORDS[0], items: 'three' }] }, JSON_TYPE, 400, /items/],
    ['lists without names', { instances: ROWS }, JSON_TYPE, 400, /by entities/], ['rows of two lengths', { dataframe_split: { columns: NAMES, data: [ROWS[0], [1]] } }, JSON_TYPE, 400, /data\[1\] must have 6 values/], ['columns of two lengths', { inputs: { ...COLUMNS, items: [1] } }, JSON_TYPE, 400, /inputs\.items must have 2 values/],
    ['a name twice', { dataframe_split: { columns: ['shop', 'shop'], data: [['a', 'b']] } }, JSON_TYPE, 400, /twice/], ['params that are no object', { inputs: COLUMNS, params: 5 }, JSON_TYPE, 400, /params/],
    ['CSV without rows', 'a,b\n', { 'content-type': 'text/csv' }, 400, /no rows/], ['CSV of two widths', 'a,b\n1\n', { 'content-type': 'text/csv' }, 400, /row 1 has 1 values/], ['CSV with an open quote', 'a\n"x', { 'content-type': 'text/csv' }, 400, /quote/], ['CSV with words for numbers', CSV.replace('3', 'three'), { 'content-type': 'text/csv' }, 400, /items/],
    ['no Parquet', 'PAR1xxxxxxxxPAR1', { 'content-type': 'application/vnd.apache.parquet' }, 400, /Parquet/], ['another type', '{}', { 'content-type': 'application/x-www-form-urlencoded' }, 415, /application\/x-www-form-urlencoded/], ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }, 415, /charset/],
  ])('%s', async (_, body, headers, status, message) => {
    const reply = await send(body, headers)
    expect([reply.status, Object.keys(reply.body)], JSON.stringify(reply.body)).toEqual([status, ['error_code', 'message']])
    expect(reply.body.message).toMatch(message)
  })

  it('endpoints that are not there, and paths', async () => {
    expect(await send({ inputs: COLUMNS }, JSON_TYPE, '/endpoints/none/invocations')).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } })
    expect(await (await fetch(`${server.url}/invocations`)).json()).toMatchObject({ error_code: 'BAD_REQUEST' })
    expect(await (await fetch(`${server.url}/nothing/invocations`)).json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
