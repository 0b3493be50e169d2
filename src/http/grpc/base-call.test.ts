import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { status as Status } from '@grpc/grpc-js'
import { afterAll, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, INFERENCE, openGrpcClient } from '../fixtures/grpc-client.ts'
import { callByHand, frameMessage, type RawReply } from '../fixtures/http2-call.ts'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT } from '../fixtures/small-home.ts'

const { server, close } = await openServedHome({ config: { server: { bodyLimit: 1 << 20, requestTimeout: 1 } }, grpc: true })
afterAll(close)

const N = 200
const of = <T>(v: T): T[] => Array.from({ length: N }, () => v)
const REQUEST = encodeMessage('ModelInferRequest', { model_name: ENDPOINT, inputs: [
  { name: 'shop', datatype: 'BYTES', shape: [N], contents: { bytes_contents: of(Buffer.from('north')) } }, { name: 'items', datatype: 'INT64', shape: [N], contents: { int64_contents: of(3) } },
  { name: 'express', datatype: 'BOOL', shape: [N], contents: { bool_contents: of(true) } }, { name: 'country', datatype: 'BYTES', shape: [N], contents: { bytes_contents: of(Buffer.from('DE')) } },
] })
const infer = (body: Buffer, headers: Record<string, string> = {}, more: { end?: boolean } = {}): Promise<RawReply> => callByHand(server.grpc as string, `${INFERENCE}ModelInfer`, body, { headers, ...more })

it.each([['gzip', gzipSync, gunzipSync], ['deflate', deflateSync, inflateSync]] as const)('%s in is answered with it; what is small is sent as it is', async (encoding, pack, unpack) => {
  const reply = await infer(frameMessage(pack(REQUEST), 1), { 'grpc-encoding': encoding })
  expect([reply.status, reply.encoding, reply.messages[0].flag]).toEqual([0, encoding, 1])
  expect(decodeMessage('ModelInferResponse', unpack(reply.messages[0].bytes)).outputs[0].contents.fp64_contents.length).toBe(N)
  expect(reply.messages[0].bytes.length).toBeLessThan(unpack(reply.messages[0].bytes).length / 2)
  const small = await callByHand(server.grpc as string, `${INFERENCE}ServerLive`, frameMessage(Buffer.alloc(0)), { headers: { 'grpc-encoding': encoding } })
  expect([small.status, small.messages]).toEqual([0, [{ flag: 0, bytes: Buffer.from([8, 1]) }]])
})

it('a client of grpc-js that compresses is understood, and understands', async () => {
  const client = openGrpcClient(server.grpc as string, { gzip: true })
  const { code, message } = await client.send(`${INFERENCE}ModelInfer`, REQUEST)
  expect([code, decodeMessage('ModelInferResponse', message as Buffer).outputs[0].contents.fp64_contents.length]).toEqual([0, N])
  client.close()
})

it('what is not as it says is the client\'s fault', async () => {
  expect(await infer(frameMessage(Buffer.from('no gzip'), 1), { 'grpc-encoding': 'gzip' })).toMatchObject({ status: Status.INVALID_ARGUMENT, text: expect.stringContaining('not gzip') as string })
  expect(await infer(frameMessage(gzipSync(REQUEST).subarray(0, 40), 1), { 'grpc-encoding': 'gzip' })).toMatchObject({ status: Status.INVALID_ARGUMENT })
  expect(await infer(frameMessage(gzipSync(REQUEST), 1))).toMatchObject({ status: Status.INVALID_ARGUMENT, text: expect.stringContaining('no grpc-encoding') as string })
  expect(await infer(frameMessage(REQUEST, 7))).toMatchObject({ status: Status.INVALID_ARGUMENT })
  expect(await infer(frameMessage(REQUEST, 1), { 'grpc-encoding': 'snappy' })).toMatchObject({ status: Status.UNIMPLEMENTED })
  expect(await infer(frameMessage(REQUEST), { 'grpc-timeout': 'soon' })).toMatchObject({ status: Status.INVALID_ARGUMENT })
  expect(await infer(frameMessage(REQUEST), { 'grpc-timeout': '20S' })).toMatchObject({ status: 0 })
})

it('sizes: announced beyond the limit, and beyond it when unpacked', async () => {
  expect(await infer(frameMessage(REQUEST, 0, 0xffff_ffff), {}, { end: false })).toMatchObject({ status: Status.RESOURCE_EXHAUSTED })
  const bomb = gzipSync(Buffer.alloc(64 << 20))
  expect(bomb.length).toBeLessThan(1 << 20)
  expect(await infer(frameMessage(bomb, 1), { 'grpc-encoding': 'gzip' })).toMatchObject({ status: Status.RESOURCE_EXHAUSTED, text: expect.stringContaining('server.bodyLimit') as string })
})

it('a request that does not come within the time is ended', async () => {
  expect(await infer(frameMessage(REQUEST).subarray(0, 50), {}, { end: false })).toMatchObject({ status: Status.DEADLINE_EXCEEDED, text: expect.stringContaining('within 1 s') as string })
})

it('a body that ends within its message, and one with two messages', async () => {
  for (const body of [frameMessage(REQUEST).subarray(0, 50), Buffer.alloc(0), Buffer.alloc(3), Buffer.concat([frameMessage(REQUEST), frameMessage(REQUEST)])]) {
    expect([Status.UNIMPLEMENTED, Status.INVALID_ARGUMENT]).toContain((await infer(body)).status)
  }
})
