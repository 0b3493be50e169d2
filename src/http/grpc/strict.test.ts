import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlipwayError } from '../../core/errors.ts'
import { encodeMessage } from '../fixtures/grpc-client.ts'
import { INFERENCE_PROTO } from './protos/inference.ts'
import { parseProto, wireType } from './wire-types.ts'

const Request = wireType<{ model_name: string; inputs: { name: string }[] }>(parseProto(INFERENCE_PROTO), 'inference.ModelInferRequest')
const GOOD = encodeMessage('ModelInferRequest', {
  model_name: 'm', id: 'é', parameters: { a: { int64_param: -1 }, b: { string_param: 'x' }, c: { double_param: 0.5 } },
  inputs: [{ name: 'x', datatype: 'FP64', shape: [2], contents: { fp64_contents: [1, 2], int_contents: [-5, 5], bytes_contents: [Buffer.from('ab')], bool_contents: [true] } }], raw_input_contents: [Buffer.alloc(3)],
})

/** Where protobufjs alone would read something else than was sent. */
describe('refuses, naming the field', () => {
  const cases: [string, Buffer, RegExp][] = [
    ['a text cut short', Buffer.from([0x0a, 5, 65]), /model_name must have 5 bytes, and 1 are left/],
    ['a length that leads out of its message', Buffer.from([0x2a, 3, 0x0a, 9, 65, 0x0a, 1, 66, 0x0a, 1, 67, 0, 0]), /inputs.name must have 9 bytes, and 1 are left/],
    ['a text that comes as a number', Buffer.from([0x08, 5]), /model_name comes as wire type 0 and has 2/],
    ['numbers that end within one', Buffer.from([0x2a, 5, 0x2a, 3, 0x3a, 1, 0]), /inputs.contents.fp64_contents ends within an element/],
    ['a packed number without end', Buffer.from([0x2a, 3, 0x1a, 1, 0x80]), /inputs.shape ends within a number/],
    ['text that is not UTF-8', Buffer.from([0x0a, 1, 0xff]), /model_name is not UTF-8/],
    ['a key of a map that is not UTF-8', Buffer.from([0x22, 3, 0x0a, 1, 0xff]), /parameters.key is not UTF-8/],
    ['a number of eleven bytes', Buffer.concat([Buffer.from([0xf8, 0x3f]), Buffer.alloc(10, 0x80), Buffer.from([0])]), /more than 10 bytes/],
    ['a truth value in nine bytes', Buffer.concat([Buffer.from([0x22, 14, 0x0a, 0, 0x12, 10, 0x08]), Buffer.alloc(8, 0xff), Buffer.from([1])]), /bool_param has a number of 32 bits in 9 bytes/],
    ['a length in six bytes', Buffer.from([0x0a, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 65]), /model_name has a number of more than 5 bytes/],
    ['an entry of a map with more than name and value', Buffer.from([0x22, 3, 0x1a, 1, 0]), /parameters has an entry with a field 3/],
    ['groups', Buffer.alloc(100_000, 0x7b), /wire type 3/],
    ['field 0', Buffer.from([0x02, 1, 0]), /the number 0/],
    ['4 GB announced', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]), /raw_input_contents must have 4294967295 bytes/],
  ]
  it.each(cases)('%s', (_what, bytes, message) => { expect(() => Request.decode(bytes)).toThrow(message) })
})

it('a packed list with a number of another length than the reader takes is refused', () => {
  const bytes = Buffer.from([10, 1, 109, 26, 2, 195, 169, 34, 16, 10, 1, 97, 18, 11, 16, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 34, 8, 10, 1, 98, 18, 3, 26, 1, 120, 34, 14, 10, 1, 99, 18, 9, 33, 0, 0, 0, 0, 0, 0, 224, 63, 42, 52, 10, 1, 120, 18, 4, 70, 80, 54, 52, 26, 1, 2, 42, 38, 10, 1, 1, 18, 11, 251, 0, 255, 255, 255, 255, 255, 255, 255, 1, 5, 58, 16, 0, 0, 0, 0, 0, 0, 240, 63, 0, 0, 0, 0, 0, 0, 0, 64, 66, 2, 97, 98, 58, 3, 0, 0, 0])
  expect(() => Request.decode(bytes)).toThrow(/inputs.contents.int_contents has a number of 32 bits in 8 bytes/)
})

it('takes what protobuf has, also fields that it does not know, and numbers one by one instead of packed', () => {
  expect(Request.decode(GOOD).inputs[0].name).toBe('x')
  expect(Request.decode(Buffer.concat([GOOD, Buffer.from([0xf8, 0x3f, 1, 0xfa, 0x3f, 2, 0, 0, 0xfd, 0x3f, 0, 0, 0, 0, 0xf9, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0])])).model_name).toBe('m')
  const [input] = Request.decode(Buffer.from([0x2a, 4, 0x18, 3, 0x18, 4])).inputs as unknown as { shape: { toNumber(): number }[] }[]
  expect(input.shape.map(n => n.toNumber())).toEqual([3, 4])
})

it('whatever the bytes: a message, or a refusal that names what is wrong', () => {
  const mutated = fc.tuple(fc.array(fc.tuple(fc.nat(GOOD.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(GOOD.length)).map(([edits, length]) => {
    const bytes = Buffer.from(GOOD)
    for (const [at, value] of edits) bytes[at] = value
    return bytes.subarray(0, length)
  })
  fc.assert(fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), bytes => {
    try { Request.decode(bytes) } catch (error) { if (!(error instanceof SlipwayError && error.code === 'invalid_request')) throw error }
  }), { numRuns: 3_000 })
})
