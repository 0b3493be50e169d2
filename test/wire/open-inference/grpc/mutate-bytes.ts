// A good request, and things wrong with the bytes of a message.
import { encodeMessage } from '../../../../src/http/fixtures/grpc-client.ts'
import { ENDPOINT } from '../../../../src/http/fixtures/small-home.ts'
import { pick, type Random } from '../../mutations.ts'

const text = (s: string): Buffer => Buffer.concat([Buffer.from([s.length, 0, 0, 0]), Buffer.from(s)])
const double = (n: number): Buffer => { const b = Buffer.alloc(8); b.writeDoubleLE(n); return b }
const TENSORS = [['shop', 'BYTES', { bytes_contents: [Buffer.from('north')] }, text('north')], ['items', 'INT64', { int64_contents: [3] }, Buffer.from([3, 0, 0, 0, 0, 0, 0, 0])], ['weight', 'FP64', { fp64_contents: [2.4] }, double(2.4)], ['express', 'BOOL', { bool_contents: [true] }, Buffer.from([1])], ['country', 'BYTES', { bytes_contents: [Buffer.from('DE')] }, text('DE')]] as const
/** A request with typed contents. */
export const TYPED = encodeMessage('ModelInferRequest', { model_name: ENDPOINT, id: 'mutant', parameters: { mine: { int64_param: 5 } }, inputs: TENSORS.map(([name, datatype, contents]) => ({ name, datatype, shape: [1], contents })) })
/** One with raw tensors. */
export const RAW = encodeMessage('ModelInferRequest', { model_name: ENDPOINT, outputs: [{ name: 'output' }], inputs: TENSORS.map(([name, datatype]) => ({ name, datatype, shape: [1] })), raw_input_contents: TENSORS.map(t => t[3]) })

/** A whole number below. */
export const whole = (random: Random, below: number): number => Math.floor(random() * below)

/** One thing wrong with the bytes of a message. */
export function mutateBytes(random: Random, good: Buffer): Buffer {
  const bytes = Buffer.from(good)
  const at = whole(random, Math.max(1, bytes.length))
  return pick(random, [
    () => { if (bytes.length > 0) bytes[at] ^= 1 << whole(random, 8); return bytes },
    () => { if (bytes.length > 0) bytes[at] = whole(random, 256); return bytes },
    () => bytes.subarray(0, at),
    () => bytes.subarray(at),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.from(Array.from({ length: 1 + whole(random, 6) }, () => whole(random, 256))), bytes.subarray(at)]),
    () => Buffer.concat([bytes, bytes]),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + whole(random, 12), 0xff), bytes.subarray(at)]),
    // A field that nobody knows, groups without end, a map entry without end, four gigabytes announced.
    () => Buffer.concat([bytes, Buffer.from([0xf8, 0x3f, 1])]),
    () => Buffer.concat([bytes, Buffer.alloc(1 + whole(random, 50_000), pick(random, [0x7b, 0x0b, 0x2a, 0x22]))]),
    () => Buffer.concat([bytes, Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])]),
    () => nested(bytes, 1 + whole(random, 2_000)),
    () => Buffer.from(Array.from({ length: whole(random, 200) }, () => whole(random, 256))),
  ])()
}

/** A message in a message, again and again, as field 5. */
function nested(bytes: Buffer, depth: number): Buffer {
  let out = bytes
  for (let i = 0; i < depth && out.length < 200_000; i++) {
    const length = [out.length & 0x7f | 0x80, out.length >> 7 & 0x7f | 0x80, out.length >> 14 & 0x7f]
    out = Buffer.concat([Buffer.from([0x2a, ...length]), out])
  }
  return out
}
