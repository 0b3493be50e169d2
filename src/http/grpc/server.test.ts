import { status as Status } from '@grpc/grpc-js'
import { afterAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { decodeMessage, encodeMessage, INFERENCE, openGrpcClient } from '../fixtures/grpc-client.ts'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT } from '../fixtures/small-home.ts'
import { openServer } from '../index.ts'
import { parseProto, wireType } from './wire-types.ts'

const { home, server, logged, close } = await openServedHome({ config: { server: { bodyLimit: 1 << 20 } }, grpc: true })
const client = openGrpcClient(server.grpc as string)

afterAll(async () => {
  client.close()
  await close()
  expect(logged).toEqual([])
})

const ROW = { shop: 'north', items: 3, weight: 2.4, express: true, country: 'DE' }
const typed = (row = ROW, n = 1): object[] => {
  const of = <T>(v: T): T[] => Array.from({ length: n }, () => v)
  return [
    { name: 'shop', datatype: 'BYTES', shape: [n], contents: { bytes_contents: of(Buffer.from(row.shop)) } }, { name: 'items', datatype: 'INT64', shape: [n], contents: { int64_contents: of(row.items) } },
    { name: 'weight', datatype: 'FP64', shape: [n, 1], contents: { fp64_contents: of(row.weight) } }, { name: 'express', datatype: 'BOOL', shape: [n], contents: { bool_contents: of(row.express) } },
    { name: 'country', datatype: 'BYTES', shape: [n], contents: { bytes_contents: of(Buffer.from(row.country)) } },
  ]
}
/** As the encoder takes 64 bits. */
class Long64 {
  readonly low: number
  readonly high: number
  readonly unsigned: boolean
  constructor(low: number, high: number, unsigned: boolean) { this.low = low; this.high = high; this.unsigned = unsigned }
}
const le = (size: number, write: (b: Buffer) => void): Buffer => { const b = Buffer.alloc(size); write(b); return b }
const text = (s: string): Buffer => Buffer.concat([le(4, b => b.writeUInt32LE(Buffer.byteLength(s))), Buffer.from(s)])
const RAW = [text(ROW.shop), le(8, b => b.writeBigInt64LE(3n)), le(8, b => b.writeDoubleLE(2.4)), Buffer.from([1]), text(ROW.country)]
const bare = (): object[] => typed().map(t => ({ ...t, contents: undefined }))
const infer = (over: object): object => ({ model_name: ENDPOINT, inputs: typed(), ...over })

async function overHttp(): Promise<{ output: number; decision: boolean; id: string }> {
  const reply = await fetch(`${server.url}/api/v1/endpoints/${ENDPOINT}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ entities: { shop: ROW.shop }, request: { items: 3, weight: 2.4, express: true, country: 'DE' } }) })
  return await reply.json() as never
}

describe('the core of the protocol', () => {
  it('says that it lives, is ready, and who it is', async () => {
    expect((await client.call('ServerLive', {})).message.live).toBe(true)
    expect((await client.call('ServerReady', {})).message.ready).toBe(true)
    expect((await client.call('ServerMetadata', {})).message).toMatchObject({ name: 'slipway', extensions: expect.arrayContaining(['model_repository', 'statistics']) as string[] })
    expect((await client.call('ModelReady', { name: ENDPOINT })).message.ready).toBe(true)
    expect((await client.call('ModelReady', { name: ENDPOINT, version: '1' })).message.ready).toBe(true)
    expect(await client.call('ModelReady', { name: 'nobody' })).toMatchObject({ code: Status.NOT_FOUND })
    expect(await client.call('ModelReady', { name: ENDPOINT, version: '2' })).toMatchObject({ code: Status.NOT_FOUND })
  })

  it('describes a model, and its configuration with the inputs that may be left out', async () => {
    const { message } = await client.call('ModelMetadata', { name: ENDPOINT })
    expect([message.versions, message.inputs.map((i: { name: string; datatype: string }) => `${i.name} ${i.datatype}`), message.outputs.map((o: { name: string }) => o.name), Number(message.inputs[0].shape[0])])
      .toEqual([['1'], ['shop BYTES', 'items INT64', 'weight FP64', 'express BOOL', 'country BYTES', 'order BYTES'], ['output', 'decision'], -1])
    const { config } = (await client.call('ModelConfig', { name: ENDPOINT })).message
    expect([config.max_batch_size, config.input.filter((i: { optional: boolean }) => i.optional).map((i: { name: string }) => i.name)]).toEqual([0, ['weight', 'order']])
  })

  it('answers typed with typed, raw with raw, and both as HTTP does; each prediction is journaled', async () => {
    const expected = await overHttp()
    const asTyped = (await client.call('ModelInfer', infer({ id: 'mine' }))).message
    expect([asTyped.id, asTyped.model_version, asTyped.raw_output_contents, asTyped.outputs[0].contents.fp64_contents, asTyped.outputs[1].contents.bool_contents]).toEqual(['mine', '1', [], [expected.output], [expected.decision]])
    const asRaw = (await client.call('ModelInfer', infer({ inputs: bare(), raw_input_contents: RAW, outputs: [{ name: 'decision' }, { name: 'output' }] }))).message
    expect(asRaw.outputs.map((o: { name: string; contents: unknown }) => [o.name, o.contents])).toEqual([['decision', null], ['output', null]])
    expect([asRaw.raw_output_contents[0], asRaw.raw_output_contents[1].readDoubleLE()]).toEqual([Buffer.from([0]), expected.output])
    for (const { parameters } of [asTyped, asRaw]) {
      const kept = await home.platform.production.getPrediction(parameters.prediction_ids.string_param)
      expect(kept.output).toBe(expected.output)
    }
  })

  it('gives one id for each row, and repeats an answer under its idempotency key', async () => {
    const ask = async (): Promise<string[]> => ((await client.call('ModelInfer', infer({ inputs: typed(ROW, 3), parameters: { idempotency_key: { string_param: 'grpc-1' } } }))).message.parameters.prediction_ids.string_param as string).split(',')
    const first = await ask()
    expect(new Set(first).size).toBe(3)
    expect(await ask()).toEqual(first)
  })

  it('counts, and lists the repository', async () => {
    const before = (await client.call('ModelStatistics', { name: ENDPOINT })).message.model_stats[0]
    await client.call('ModelInfer', infer({ inputs: typed(ROW, 2) }))
    const [after] = (await client.call('ModelStatistics', {})).message.model_stats
    expect(Number(after.inference_count) - Number(before.inference_count)).toBe(2)
    expect((await client.call('RepositoryIndex', { ready: true })).message.models).toMatchObject([{ name: ENDPOINT, version: '1', state: 'READY' }])
    expect(await client.call('RepositoryModelUnload', { model_name: ENDPOINT })).toMatchObject({ code: 0 })
    expect(await client.call('ModelReady', { name: ENDPOINT })).toMatchObject({ code: Status.UNAVAILABLE })
    expect(await client.call('ModelInfer', infer({}))).toMatchObject({ code: Status.UNAVAILABLE, text: expect.stringContaining('(model_not_ready)') as string })
    expect((await client.call('RepositoryIndex', {})).message.models).toMatchObject([{ name: ENDPOINT, state: 'UNAVAILABLE' }])
    expect((await client.call('RepositoryIndex', { ready: true })).message.models).toEqual([])
    expect(await client.call('RepositoryModelLoad', { model_name: ENDPOINT })).toMatchObject({ code: 0 })
    expect(await client.call('RepositoryModelLoad', { model_name: 'nobody' })).toMatchObject({ code: Status.NOT_FOUND })
  })
})

describe('what is wrong is told as the client\'s fault', () => {
  const bad: [string, object, number, RegExp][] = [
    ['a model that is not', infer({ model_name: 'nobody' }), Status.NOT_FOUND, /There is no endpoint "nobody".*\(unknown_endpoint\)/],
    ['a version that is not', infer({ model_version: '9' }), Status.NOT_FOUND, /version 1, not 9/],
    ['raw and typed', infer({ raw_input_contents: RAW }), Status.INVALID_ARGUMENT, /inputs.shop has contents, and the request has raw_input_contents/],
    ['one raw tensor more', infer({ inputs: bare(), raw_input_contents: [...RAW, Buffer.alloc(8)] }), Status.INVALID_ARGUMENT, /one entry for each of the 5 inputs, and 6 came/],
    ['one raw tensor less', infer({ inputs: bare(), raw_input_contents: RAW.slice(1) }), Status.INVALID_ARGUMENT, /and 4 came/],
    ['no elements at all', infer({ inputs: bare() }), Status.INVALID_ARGUMENT, /inputs.shop .*must have 1 elements, and has 0/],
    ['raw bytes too few', infer({ inputs: bare(), raw_input_contents: RAW.with(1, Buffer.alloc(7)) }), Status.INVALID_ARGUMENT, /inputs.items is INT64 .* must have 8 bytes, and has 7/],
    ['a text longer than its bytes', infer({ inputs: bare(), raw_input_contents: RAW.with(0, Buffer.from([255, 255, 255, 255, 65])) }), Status.INVALID_ARGUMENT, /inputs.shop/],
    ['text that is not UTF-8', infer({ inputs: bare(), raw_input_contents: RAW.with(0, Buffer.from([1, 0, 0, 0, 255])) }), Status.INVALID_ARGUMENT, /not UTF-8/],
    ['contents of another type', infer({ inputs: typed().with(1, { name: 'items', datatype: 'INT64', shape: [1], contents: { fp64_contents: [3] } }) }), Status.INVALID_ARGUMENT, /contents.int64_contents, and has some in contents.fp64_contents/],
    ['half floats that are not raw', infer({ inputs: typed().with(2, { name: 'weight', datatype: 'FP16', shape: [1], contents: { fp32_contents: [3] } }) }), Status.INVALID_ARGUMENT, /no typed contents/],
    ['a datatype that is not', infer({ inputs: typed().with(1, { name: 'items', datatype: 'INT63', shape: [1] }) }), Status.INVALID_ARGUMENT, /INT63/],
    ['a negative shape', infer({ inputs: typed().with(1, { name: 'items', datatype: 'INT64', shape: [-1] }) }), Status.INVALID_ARGUMENT, /shape/],
    ['a shape beyond all bounds', infer({ inputs: typed().with(1, { name: 'items', datatype: 'INT64', shape: [2 ** 40, 2 ** 40] }) }), Status.INVALID_ARGUMENT, /shape/],
    ['no inputs', infer({ inputs: [] }), Status.INVALID_ARGUMENT, /inputs must have/],
    ['an input without name', infer({ inputs: [{ datatype: 'FP64', shape: [1] }] }), Status.INVALID_ARGUMENT, /inputs\[0\].name/],
    ['an input that it does not take', infer({ inputs: [...typed(), { name: 'itmes', datatype: 'FP64', shape: [1], contents: { fp64_contents: [1] } }] }), Status.INVALID_ARGUMENT, /items/],
    ['an output that it does not give', infer({ outputs: [{ name: 'zip' }] }), Status.INVALID_ARGUMENT, /outputs.zip/],
    ['a key that is no text', infer({ parameters: { idempotency_key: { int64_param: 4 } } }), Status.INVALID_ARGUMENT, /idempotency_key/],
    ['an integer that no double holds, where one is asked', infer({ inputs: typed().with(1, { name: 'items', datatype: 'UINT64', shape: [1], contents: { uint64_contents: [new Long64(-1, -1, true)] } }) }), Status.INVALID_ARGUMENT, /items/],
  ]
  it.each(bad)('%s', async (_what, message, code, details) => {
    const reply = await client.call('ModelInfer', message)
    expect([reply.code, reply.text]).toEqual([code, expect.stringMatching(details)])
  })

  it('bytes that are no message, and a message with fields that nobody knows', async () => {
    expect(await client.send(`${INFERENCE}ModelInfer`, Buffer.from([0x0a, 0x7f, 1]))).toMatchObject({ code: Status.INVALID_ARGUMENT, text: expect.stringContaining('model_name must have 127 bytes, and 1 are left') as string })
    const groups = Buffer.alloc(200_000, 0x7b)
    expect(await client.send(`${INFERENCE}ModelInfer`, groups)).toMatchObject({ code: Status.INVALID_ARGUMENT })
    const unknown = Buffer.from([0xfa, 0x3f, 3, 1, 2, 3])
    expect(await client.send(`${INFERENCE}ModelInfer`, Buffer.concat([encodeMessage('ModelInferRequest', infer({})), unknown]))).toMatchObject({ code: 0 })
  })

  it('a key without a value', async () => {
    const entry = Buffer.concat([Buffer.from([0x22, 17, 0x0a, 15]), Buffer.from('idempotency_key')])
    expect(await client.send(`${INFERENCE}ModelInfer`, Buffer.concat([encodeMessage('ModelInferRequest', infer({})), entry]))).toMatchObject({ code: Status.INVALID_ARGUMENT, text: expect.stringContaining('idempotency_key must be text') as string })
  })

  it('details for programs: our code, google.rpc.ErrorInfo and the fields', async () => {
    const { trailers } = await client.call('ModelInfer', infer({ inputs: bare(), raw_input_contents: RAW.with(1, Buffer.alloc(7)) }))
    expect(trailers?.get('slipway-code')).toEqual(['invalid_request'])
    const root = parseProto('syntax = "proto3"; package google.rpc; message Any { string type_url = 1; bytes value = 2; } message Status { int32 code = 1; string message = 2; repeated Any details = 3; } message BadRequest { repeated Violation v = 1; } message Violation { string field = 1; string description = 2; }')
    const { code, details } = wireType<{ code: number; details: { type_url: string; value: Buffer }[] }>(root, 'google.rpc.Status').decode(trailers?.get('grpc-status-details-bin')[0] as Buffer)
    expect([code, details.map(d => d.type_url.split('.').at(-1))]).toEqual([Status.INVALID_ARGUMENT, ['ErrorInfo', 'BadRequest']])
    expect(wireType<{ v: { field: string }[] }>(root, 'google.rpc.BadRequest').decode(details[1].value).v[0].field).toBe('inputs.items')
  })

  it('a message beyond the limit, and a method that is not served', async () => {
    expect(await client.call('ModelInfer', infer({ id: 'x'.repeat(1 << 21) }))).toMatchObject({ code: Status.RESOURCE_EXHAUSTED })
    expect(await client.send(`${INFERENCE}TraceSetting`, Buffer.alloc(0))).toMatchObject({ code: Status.UNIMPLEMENTED })
    expect(await client.send('/no.Service/Method', Buffer.alloc(0))).toMatchObject({ code: Status.UNIMPLEMENTED })
  })

  it('tokens: unknown ones, odd headers; a good one is the caller', async () => {
    for (const authorization of ['Bearer slipway_nobody', 'Basic abc', 'Bearer']) expect(await client.call('ServerMetadata', {}, { metadata: { authorization } })).toMatchObject({ code: Status.UNAUTHENTICATED })
    const { message } = await client.call('ModelInfer', infer({}), { metadata: { authorization: `Bearer ${home.token}` } })
    const { actor } = await home.platform.metadata.authenticate(home.token)
    expect((await home.platform.production.getPrediction(message.parameters.prediction_ids.string_param)).caller).toContain(actor.name)
  })

  it('a deadline', async () => {
    expect(await client.call('ModelInfer', infer({}), { deadline: -1 })).toMatchObject({ code: Status.DEADLINE_EXCEEDED })
    expect(await client.call('ModelInfer', infer({}), { deadline: 10_000 })).toMatchObject({ code: 0 })
  })
})

describe('ModelStreamInfer', () => {
  it('goes on after what it cannot answer, and keeps the order', async () => {
    const { call, received, ended } = client.stream(`${INFERENCE}ModelStreamInfer`)
    const requests = Array.from({ length: 100 }, (_, i) => (i % 10 === 3 ? infer({ id: `r${i}`, model_name: 'nobody' }) : infer({ id: `r${i}`, parameters: i === 5 ? { triton_enable_empty_final_response: { bool_param: true } } : {} })))
    for (const r of requests) call.write(encodeMessage('ModelInferRequest', r))
    call.write(Buffer.from([0x0a, 0x7f]))
    call.end()
    expect(await ended).toMatchObject({ code: 0 })
    const replies = received.map(b => decodeMessage('ModelStreamInferResponse', b))
    expect(replies.map(r => r.infer_response.id)).toEqual([...requests.map((_, i) => `r${i}`), ''])
    expect(replies.flatMap((r, i) => (r.error_message === '' ? [] : [i]))).toEqual([3, 13, 23, 33, 43, 53, 63, 73, 83, 93, 100])
    expect(replies[3].error_message).toMatch(/There is no endpoint "nobody".*\(unknown_endpoint\)/)
    expect(replies[5].infer_response.parameters.triton_final_response.bool_param).toBe(true)
  })

  it('ends with the client', async () => {
    const { call, received, ended } = client.stream(`${INFERENCE}ModelStreamInfer`)
    call.write(encodeMessage('ModelInferRequest', infer({})))
    await expect.poll(() => received.length).toBe(1)
    call.cancel()
    expect(await ended).toMatchObject({ code: Status.CANCELLED })
  })
})

it('a stop lets what is in flight finish: each call is answered, or was never predicted', async () => {
  const log = openLog({ level: 'silent' })
  const own = await openServer(home.platform, { host: '127.0.0.1', port: 0, grpcPort: 0, log })
  const callers = Array.from({ length: 8 }, () => openGrpcClient(own.grpc as string))
  const before = (await home.platform.production.counts(ENDPOINT)).predictions
  const codes: number[] = []
  const asking = Promise.all(callers.map(async caller => {
    for (;;) {
      const { code } = await caller.call('ModelInfer', infer({}), { deadline: 5_000 })
      codes.push(code)
      if (code !== 0) return
    }
  }))
  await expect.poll(() => codes.length).toBeGreaterThan(50)
  await own.close()
  await asking
  for (const caller of callers) caller.close()
  expect(new Set(codes.filter(c => c !== 0))).toEqual(new Set([Status.UNAVAILABLE]))
  expect((await home.platform.production.counts(ENDPOINT)).predictions - before).toBe(codes.filter(c => c === 0).length)
})
