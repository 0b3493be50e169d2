// Bodies of the inference protocols that are no plain JSON: binary tensors, compression, CSV, Parquet; right in most parts, and wrong in some.
import { deflateSync, gzipSync } from 'node:zlib'
import { mutate, pick, writeJson, type Random } from './mutations.ts'
import type { Route, WireRequest } from './requests.ts'

interface Input { name: string; datatype: string; shape: number[]; data: unknown[] }
/** What a good request of the home at hand holds. */
export interface ServingBodies { inputs: Input[]; csv: string; parquet: Buffer }

const LENGTHS = ['', '0', '-1', '1', '1e3', '99999999999', '18446744073709551616', 'NaN', '0x10', '5,6']
const SIZES = [0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, null, '8', true, []]

/** Now and then another body for a route that takes such; else the request as it is. */
export function makeServingRequest(random: Random, route: Route, request: WireRequest, good: ServingBodies): WireRequest {
  if (route.method !== 'POST' || !/^\/v[12]\/|\/invocations$/.test(route.path)) return request
  const { 'content-type': type, ...headers } = request.headers
  if (route.path.endsWith('/infer') && random() < 0.5) return compress(random, { ...request, ...binaryInfer(random, good.inputs, headers) })
  if (route.path.endsWith('/invocations') && random() < 0.5) {
    const isCsv = random() < 0.5
    const named = isCsv ? 'text/csv' : 'application/vnd.apache.parquet'
    if (random() < 0.8) headers['content-type'] = pick(random, [named, named, named, `${named}; charset=utf-8`, `${named}; charset=`, 'application/json'])
    return compress(random, { ...request, body: damage(random, isCsv ? Buffer.from(good.csv) : good.parquet), headers })
  }
  // Stock clients leave the content type out.
  if (type !== undefined && random() < 0.7) headers['content-type'] = type
  return compress(random, { ...request, headers })
}

/** Some of the inputs as bytes behind the JSON; sizes, lengths, shapes and bytes wrong at times. */
function binaryInfer(random: Random, inputs: readonly Input[], headers: Record<string, string>): { body: Buffer; headers: Record<string, string> } {
  const tails: Buffer[] = []
  let message: unknown = {
    id: 'mutated', ...(random() < 0.5 ? { parameters: { binary_data_output: pick(random, [true, true, false, 'yes', 1]) } } : {}),
    ...(random() < 0.2 ? { outputs: [{ name: pick(random, ['output', 'decision', 'none', '']), parameters: { binary_data: random() < 0.5 } }] } : {}),
    inputs: inputs.map(input => {
      if (random() < 0.3) return input
      const { data, ...rest } = input
      const raw = damage(random, rawOf(input.datatype, data), 0.15)
      tails.push(raw)
      return { ...rest, ...(random() < 0.05 ? { data } : {}), parameters: { binary_data_size: random() < 0.1 ? pick(random, SIZES) : raw.length } }
    }),
  }
  if (random() < 0.2) message = mutate(random, message)
  const head = Buffer.from(writeJson(message))
  const length = random() < 0.85 ? String(head.length) : random() < 0.5 ? String(head.length + Math.floor(random() * 20) - 10) : pick(random, LENGTHS)
  const body = Buffer.concat([head, ...tails, ...(random() < 0.1 ? [Buffer.from('surplus')] : [])])
  return { body, headers: { ...headers, ...(random() < 0.95 ? { 'inference-header-content-length': length } : {}), ...(random() < 0.3 ? { 'content-type': 'application/octet-stream' } : {}) } }
}

function rawOf(datatype: string, data: readonly unknown[]): Buffer {
  if (datatype === 'BOOL') return Buffer.from(data.map(v => (v === true ? 1 : 0)))
  if (datatype === 'INT64') return Buffer.from(BigInt64Array.from(data as number[], v => BigInt(v)).buffer)
  if (datatype === 'FP64') return Buffer.from(Float64Array.from(data as number[]).buffer)
  return Buffer.concat(data.flatMap(v => { const text = Buffer.from(String(v)); const length = Buffer.alloc(4); length.writeUInt32LE(text.length); return [length, text] }))
}

/** Cut off, longer, or with a few bytes changed. */
function damage(random: Random, bytes: Buffer, often = 0.7): Buffer {
  if (random() > often) return bytes
  const action = random()
  if (action < 0.25) return bytes.subarray(0, Math.floor(random() * bytes.length))
  if (action < 0.4) return Buffer.concat([bytes, bytes])
  const out = Buffer.from(bytes)
  for (let n = 1 + Math.floor(random() * 4); n > 0 && out.length > 0; n--) out[Math.floor(random() * out.length)] = Math.floor(random() * 256)
  return out
}

/** Compressed at times: rightly, damaged, said and not done, to far more than it may be, or in a way that nobody knows. */
function compress(random: Random, request: WireRequest): WireRequest {
  if (random() < 0.2) request = { ...request, headers: { ...request.headers, 'accept-encoding': pick(random, ['gzip', 'deflate', 'gzip;q=0', 'br', '*', ';;,', 'gzip, deflate;q=0.5']) } }
  if (request.body === null || random() > 0.2) return request
  const [encoding, body] = pick<() => [string, Buffer]>(random, [
    () => ['gzip', gzipSync(request.body as Buffer)], () => ['deflate', deflateSync(request.body as Buffer)], () => ['gzip', damage(random, gzipSync(request.body as Buffer), 1)], () => ['deflate', request.body as Buffer],
    () => ['gzip', gzipSync(Buffer.alloc(20 << 20, ' '))], () => ['br', request.body as Buffer], () => ['gzip, gzip', request.body as Buffer], () => ['', request.body as Buffer], () => ['identity', request.body as Buffer],
  ])()
  return { ...request, body, headers: { ...request.headers, 'content-encoding': encoding } }
}
