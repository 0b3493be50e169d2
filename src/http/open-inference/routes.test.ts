// The protocol over a real server: what stock clients put on the wire, byte for byte, and what comes back.
import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT } from '../fixtures/small-home.ts'
import type { ModelStatistics } from './statistics.ts'

const { home, server, logged, close } = await openServedHome()

afterAll(async () => {
  await close()
  expect(logged).toEqual([])
})

const INFER = `/v2/models/${ENDPOINT}/infer`
interface Output { name: string; data?: (number | boolean)[]; parameters?: { binary_data_size: number } }
interface Body { error: string; id: string; parameters: { prediction_ids: string }; outputs: Output[]; model_stats: ModelStatistics[] }
interface Reply { status: number; headers: Headers; bytes: Buffer; body: Body }

async function send(path: string, body?: unknown, headers: Record<string, string> = {}, method = body === undefined ? 'GET' : 'POST'): Promise<Reply> {
  const payload = body === undefined || body instanceof Uint8Array ? body as Uint8Array<ArrayBuffer> | undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const response = await fetch(server.url + path, { method, body: payload, headers: { 'accept-encoding': 'identity', ...headers } })
  const bytes = Buffer.from(await response.arrayBuffer())
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length)
  const text = bytes.subarray(0, length).toString()
  return { status: response.status, headers: response.headers, bytes, body: /^[[{]/.test(text) ? JSON.parse(text) as Body : {} as Body }
}

const column = (name: string, datatype: string, data: unknown[]): Record<string, unknown> => ({ name, datatype, shape: [data.length], data })
const good = (): Record<string, unknown>[] => [column('shop', 'BYTES', ['north', 'south']), column('items', 'INT64', [3, 4]), column('weight', 'FP64', [2.4, null]), column('express', 'BOOL', [true, false]), column('country', 'BYTES', ['DE', 'FR'])]
const outputs = (reply: Reply): number[] => (expect(reply.status, JSON.stringify(reply.body)).toBe(200), reply.body.outputs[0].data as number[])
const expectError = (reply: Reply, status: number, mentions: RegExp): void => {
  expect([reply.status, Object.keys(reply.body)], JSON.stringify(reply.body)).toEqual([status, ['error']])
  expect(reply.body.error).toMatch(mentions)
}

it('columns in any order, [n] or [n, 1], flat or nested, whole numbers as floats, give the same answers', async () => {
  const expected = outputs(await send(INFER, { inputs: good() }))
  const [shop, items, weight, express, country] = good()
  expect(outputs(await send(INFER, { inputs: [country, weight, { ...shop, shape: [2, 1] }, { ...express, shape: [2, 1], data: [[true], [false]] }, { ...items, datatype: 'FP64', data: [3.0, 4.0] }] }))).toEqual(expected)
  expect(outputs(await send(INFER, { inputs: [shop, { ...items, datatype: 'UINT8' }, weight, { ...express, datatype: 'UINT8', data: [1, 0] }, country] }))).toEqual(expected)
  expect(outputs(await send(INFER, `{"inputs":${JSON.stringify(good()).replace('null', 'NaN')},"outputs":[{"name":"output"}]}`))).toEqual(expected)
})

it('journals each row, and gives its ids', async () => {
  const { body } = await send(INFER, { id: 'mine', inputs: good(), parameters: { sequence_id: 3, priority: 0, timeout: 1_000, colour: 'red' } }, { 'x-request-id': 'x', 'seldon-puid': 'y' })
  expect(body).toMatchObject({ id: 'mine', model_name: ENDPOINT, model_version: '1' })
  const ids = body.parameters.prediction_ids.split(',')
  expect(await home.platform.production.getPrediction(ids[1])).toMatchObject({ output: body.outputs[0].data?.[1], request: { items: 4, weight: null, country: 'FR' } })
  expect((await send(INFER, { inputs: good() })).body.id).toMatch(/^req_/)
})

it('event times and idempotency keys are columns; one key stands for the request', async () => {
  const timed = [...good(), column('eventTime', 'BYTES', ['2026-01-05T06:00:00Z', null]), column('idempotencyKey', 'BYTES', ['v2-a', null])]
  const first = await send(INFER, { inputs: timed })
  const ids = (reply: Reply): string[] => reply.body.parameters.prediction_ids.split(',')
  expect(await home.platform.production.getPrediction(ids(first)[0])).toMatchObject({ eventTime: Date.UTC(2026, 0, 5, 6) * 1_000, idempotencyKey: 'v2-a' })
  const again = await send(INFER, { inputs: timed })
  expect(ids(again)[0]).toBe(ids(first)[0])
  expect(ids(again)[1]).not.toBe(ids(first)[1])
  const keyed = await send(INFER, { inputs: good(), parameters: { idempotency_key: 'v2-b' } })
  expect(ids(await send(INFER, { inputs: good() }, { 'idempotency-key': 'v2-b' }))).toEqual(ids(keyed))
  expectError(await send(INFER, { inputs: good().reverse().map(c => (c.name === 'items' ? { ...c, data: [9, 9] } : c)), parameters: { idempotency_key: 'v2-b' } }), 409, /idempotency key/)
})

describe('binary tensors', () => {
  const text = (...values: string[]): Buffer => Buffer.concat(values.flatMap(v => { const b = Buffer.from(v); const l = Buffer.alloc(4); l.writeUInt32LE(b.length); return [l, b] }))
  const parts = (): { inputs: Record<string, unknown>[]; tail: Buffer } => {
    const raw = [text('north', 'south'), Buffer.from(BigInt64Array.of(3n, 4n).buffer), Buffer.from(Float64Array.of(2.4, Number.NaN).buffer), Buffer.from([1, 0]), text('DE', 'FR')]
    return { inputs: good().map(({ data: _data, ...rest }, i) => ({ ...rest, parameters: { binary_data_size: raw[i].length } })), tail: Buffer.concat(raw) }
  }
  const pack = (head: unknown, tail: Buffer): [Buffer, Record<string, string>] => {
    const json = Buffer.from(JSON.stringify(head))
    return [Buffer.concat([json, tail]), { 'inference-header-content-length': String(json.length) }]
  }

  it('in, and out where they are asked for', async () => {
    const expected = outputs(await send(INFER, { inputs: good() }))
    const { inputs, tail } = parts()
    expect(outputs(await send(INFER, ...pack({ inputs }, tail)))).toEqual(expected)
    const binary = await send(INFER, ...pack({ inputs, parameters: { binary_data_output: true } }, tail))
    expect(binary.headers.get('content-type')).toBe('application/octet-stream')
    expect(binary.body.outputs.map(o => [o.name, o.parameters?.binary_data_size, 'data' in o])).toEqual([['output', 16, false], ['decision', 2, false]])
    const raw = binary.bytes.subarray(Number(binary.headers.get('inference-header-content-length')))
    expect([raw.readDoubleLE(0), raw.readDoubleLE(8)]).toEqual(expected)
    const own = await send(INFER, ...pack({ inputs, parameters: { binary_data_output: true }, outputs: [{ name: 'decision' }, { name: 'output', parameters: { binary_data: false } }] }, tail))
    expect(own.body.outputs.map(o => [o.name, o.parameters?.binary_data_size, o.data])).toEqual([['decision', 2, undefined], ['output', undefined, expected]])
    expect((await send(INFER, { inputs: good(), outputs: [{ name: 'output', parameters: { binary_data: true } }] })).headers.get('inference-header-content-length')).not.toBeNull()
  })

  it('compressed, where the header counts what was compressed', async () => {
    const { inputs, tail } = parts()
    const [body, headers] = pack({ inputs }, tail)
    const expected = outputs(await send(INFER, { inputs: good() }))
    for (const [encoding, zip] of [['gzip', gzipSync], ['deflate', deflateSync], ['deflate', deflateRawSync]] as const) expect(outputs(await send(INFER, zip(body), { ...headers, 'content-encoding': encoding }))).toEqual(expected)
    expectError(await send(INFER, body, { ...headers, 'content-encoding': 'br' }), 415, /content encoding "br"/)
    expectError(await send(INFER, body, { ...headers, 'content-encoding': 'gzip' }), 400, /not gzip/)
    expectError(await send(INFER, gzipSync(Buffer.alloc(64 << 20)), { 'content-encoding': 'gzip' }), 413, /inflates/)
  })

  it('many rows come back compressed to who asks', async () => {
    const inputs = good().map(c => ({ ...c, shape: [200], data: Array.from({ length: 200 }, (_, i) => (c.data as unknown[])[i % 2]) }))
    const reply = await fetch(server.url + INFER, { method: 'POST', body: JSON.stringify({ inputs }), headers: { 'accept-encoding': 'gzip;q=1, br' } })
    expect([reply.status, reply.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    expect((await reply.json() as Body).outputs[0].data?.length).toBe(200)
    expect(gunzipSync(gzipSync('x')).toString()).toBe('x')
  })

  it.each<[string, (p: { inputs: Record<string, unknown>[]; tail: Buffer }) => [Buffer, Record<string, string>], RegExp]>([
    ['bytes that end too early', ({ inputs, tail }) => pack({ inputs }, tail.subarray(0, 20)), /bytes are left after the JSON/],
    ['bytes left over', ({ inputs, tail }) => pack({ inputs }, Buffer.concat([tail, Buffer.from('x')])), /take 45 bytes|bytes after the JSON/],
    ['a size that is not the shape\'s', ({ inputs, tail }) => pack({ inputs: [inputs[0], { ...inputs[1], parameters: { binary_data_size: 8 } }] }, tail), /must have 16 bytes, and has 8/],
    ['a negative size', ({ inputs, tail }) => pack({ inputs: [{ ...inputs[0], parameters: { binary_data_size: -1 } }] }, tail), /whole number/],
    ['data and a size', ({ inputs, tail }) => pack({ inputs: [{ ...inputs[0], data: ['a', 'b'] }] }, tail), /both/],
    ['a header length beyond the body', ({ inputs, tail }) => [pack({ inputs }, tail)[0], { 'inference-header-content-length': '99999' }], /Inference-Header-Content-Length is "99999"/],
    ['a header length that is none', ({ inputs, tail }) => [pack({ inputs }, tail)[0], { 'inference-header-content-length': '-5' }], /Inference-Header-Content-Length/],
    ['no header length', ({ inputs, tail }) => [pack({ inputs }, tail)[0], {}], /not UTF-8|not JSON/],
    ['a header length of 0', ({ inputs, tail }) => [pack({ inputs }, tail)[0], { 'inference-header-content-length': '0' }], /empty/],
  ])('%s', async (_, make, message) => { expectError(await send(INFER, ...make(parts())), 400, message) })
})

describe('what is wrong is named, as {"error"}', () => {
  const withColumn = (name: string, change: Record<string, unknown>): unknown => ({ inputs: good().map(c => (c.name === name ? { ...c, ...change } : c)) })
  it.each<[string, unknown, number, RegExp]>([
    ['an unknown output', { inputs: good(), outputs: [{ name: 'score' }] }, 400, /outputs\.score is not an output .* output, decision/], ['an unknown input', { inputs: [...good(), column('wieght', 'FP64', [1, 2])] }, 400, /wieght.*weight/],
    ['a missing input', { inputs: good().slice(1) }, 400, /shop/], ['an input twice', { inputs: [...good(), good()[0]] }, 400, /twice/], ['rows of two counts', withColumn('items', { shape: [3], data: [1, 2, 3] }), 400, /must be of shape \[2\]/],
    ['short data', withColumn('items', { data: [1] }), 400, /must have 2 elements, and has 1/], ['text among numbers', withColumn('items', { data: [1, 'two'] }), 400, /inputs\.items\[1\] must be a whole number/], ['a fraction for a whole number', withColumn('items', { datatype: 'FP64', data: [1, 2.5] }), 400, /items.*whole number/],
    ['an unknown datatype', withColumn('items', { datatype: 'FP8' }), 400, /FP8.*there are BOOL/], ['no data', withColumn('items', { data: undefined }), 400, /list/], ['no rows', withColumn('shop', { shape: [0], data: [] }), 400, /1 to 10000 rows/], ['a matrix where entities are needed', { inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP64', data: [1, 2, 3, 4] }] }, 400, /shape/],
    ['a null in a whole number', withColumn('items', { data: [1, null] }), 400, /items/], ['an infinite number', '{"inputs":[{"name":"weight","shape":[1],"datatype":"FP64","data":[-Infinity]},{"name":"shop","shape":[1],"datatype":"BYTES","data":["north"]},{"name":"items","shape":[1],"datatype":"INT8","data":[1]},{"name":"express","shape":[1],"datatype":"BOOL","data":[true]},{"name":"country","shape":[1],"datatype":"BYTES","data":["DE"]}]}', 400, /weight/],
    ['no inputs', {}, 400, /inputs/], ['no object', [], 400, /object/], ['no JSON', '{"inputs":', 400, /not JSON/], ['a name twice', '{"inputs":[],"inputs":[]}', 400, /twice/], ['an object among data', withColumn('items', { data: [{ a: 1 }, 2] }), 400, /an object/],
    ['deep nesting', `{"inputs":${'['.repeat(3_000)}${']'.repeat(3_000)}}`, 400, /nests/], ['nothing', '', 400, /empty/], ['__proto__', '{"inputs":[],"__proto__":{}}', 400, /__proto__/],
  ])('%s', async (_, body, status, message) => { expectError(await send(INFER, body), status, message) })

  it('before any handler too: unknown models, versions, paths and methods, large bodies', async () => {
    expectError(await send('/v2/models/nothing/infer', { inputs: good() }), 404, /nothing/)
    expectError(await send(`/v2/models/${ENDPOINT}/versions/9/infer`, { inputs: good() }), 404, /version 1, not 9/)
    expectError(await send('/v2/models/nothing'), 404, /nothing/)
    expectError(await send('/v2/models/nothing/ready'), 404, /nothing/)
    expectError(await send('/v2/no/such/path'), 404, /nothing at/)
    expectError(await send(INFER), 405, /POST/)
    expectError(await send('/v2/models/%ZZ'), 400, /URL/)
    expectError(await send(`/v2/models/${'x'.repeat(2_000)}`), 404, /longer/)
    expectError(await send(INFER, Buffer.alloc(9 << 20)), 413, /limit/)
  })
})

it('integers beyond 2^53 are exact, and floats so written are taken', async () => {
  const body = (items: string, type: string): string => `{"inputs":${JSON.stringify(good()).replace('"data":[3,4]', `"data":[3,${items}]`).replace('"INT64"', `"${type}"`)}}`
  const { body: { parameters } } = await send(INFER, body('9007199254740993', 'INT64'))
  expect((await home.platform.production.getPrediction(parameters.prediction_ids.split(',')[1])).request.items).toBe(9_007_199_254_740_993n)
  expectError(await send(INFER, body('9223372036854775808', 'INT64')), 400, /INT64, and is 9223372036854775808/)
  expectError(await send(INFER, body('18446744073709551615', 'UINT64')), 400, /items/)
  expect((await send(INFER, `{"inputs":${JSON.stringify(good()).replace('2.4', '9007199254740993')}}`)).status).toBe(200)
})

describe('what there is', () => {
  it('server and models', async () => {
    expect((await send('/v2')).body).toMatchObject({ name: 'slipway', extensions: ['binary_tensor_data', 'model_repository', 'statistics'] })
    expect((await send(`/v2/models/${ENDPOINT}`)).body).toMatchObject({ name: ENDPOINT, versions: ['1'], inputs: [{ name: 'shop', datatype: 'BYTES', shape: [-1] }, { name: 'items', datatype: 'INT64' }, { name: 'weight' }, { name: 'express', datatype: 'BOOL' }, { name: 'country' }, { name: 'order' }] })
    expect((await send(`/v2/models/${ENDPOINT}/versions/1/ready`)).body).toEqual({ name: ENDPOINT, ready: true })
  })

  it('the repository, asked without a body as stock clients do', async () => {
    const index = await send('/v2/repository/index', Buffer.alloc(0))
    expect(index.body).toEqual([{ name: ENDPOINT, version: '1', state: 'READY', reason: '' }])
    expect((await send('/v2/repository/index', { ready: true })).body).toHaveLength(1)
    expectError(await send('/v2/repository/index', '[1]'), 400, /object/)
    expect((await send(`/v2/repository/models/${ENDPOINT}/load`, {})).status).toBe(200)
    expectError(await send('/v2/repository/models/nothing/load', {}), 404, /nothing/)
    expect((await send(`/v2/repository/models/${ENDPOINT}/unload`, { parameters: { unload_dependents: false } })).status).toBe(200)
    expect((await send('/v2/repository/index', { ready: true })).body).toEqual([])
    expectError(await send(`/v2/models/${ENDPOINT}/ready`), 503, /unloaded it/)
    expect((await send(`/v2/models/${ENDPOINT}`)).status).toBe(200)
    expect((await send(`/v2/repository/models/${ENDPOINT}/load`, Buffer.alloc(0))).status).toBe(200)
    expect((await send(`/v2/models/${ENDPOINT}/ready`)).status).toBe(200)
  })

  it('counts and times', async () => {
    const stats = async (): Promise<ModelStatistics> => (await send(`/v2/models/${ENDPOINT}/stats`)).body.model_stats[0]
    const before = await stats()
    await send(INFER, { inputs: good() })
    await send(INFER, { inputs: good().slice(1) })
    const after = await stats()
    expect([after.inference_count - before.inference_count, after.execution_count - before.execution_count, after.inference_stats.fail.count - before.inference_stats.fail.count]).toEqual([2, 1, 1])
    expect(after.inference_stats.compute_infer.ns).toBeGreaterThan(before.inference_stats.compute_infer.ns)
    expect(after.batch_stats.map(b => b.batch_size)).toContain(2)
    expect((await send('/v2/models/stats')).body.model_stats).toHaveLength(1)
  })
})
