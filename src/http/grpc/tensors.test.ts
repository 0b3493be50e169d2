import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Datatype } from '../open-inference/datatypes.ts'
import { writeRaw } from '../open-inference/raw-elements.ts'
import type { Tensor } from '../open-inference/tensor.ts'
import type { ModelInferRequest } from './messages.ts'
import { readInputs, writeOutputs } from './tensors.ts'
import { decodeMessage, encodeMessage } from '../fixtures/grpc-client.ts'

const ARBITRARY: Partial<Record<Datatype, [field: string, value: fc.Arbitrary<unknown>]>> = {
  BOOL: ['bool_contents', fc.boolean()], INT8: ['int_contents', fc.integer({ min: -128, max: 127 })], INT16: ['int_contents', fc.integer({ min: -32_768, max: 32_767 })], INT32: ['int_contents', fc.integer()],
  UINT8: ['uint_contents', fc.nat(255)], UINT16: ['uint_contents', fc.nat(65_535)], UINT32: ['uint_contents', fc.integer({ min: 0, max: 2 ** 32 - 1 })], FP32: ['fp32_contents', fc.float()], FP64: ['fp64_contents', fc.double()],
  INT64: ['int64_contents', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })], UINT64: ['uint64_contents', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })], BYTES: ['bytes_contents', fc.string({ unit: 'binary' }).filter(s => s.isWellFormed())],
}

/** As the encoder takes 64 bits. */
const long = (n: bigint): object => ({ low: Number(BigInt.asIntN(32, n)), high: Number(BigInt.asIntN(32, n >> 32n)), unsigned: n >= 2n ** 63n })

it('typed and raw elements of every datatype are the same, and 64 bits are exact', () => {
  for (const [datatype, [field, value]] of Object.entries(ARBITRARY) as [Datatype, [string, fc.Arbitrary<unknown>]][]) {
    fc.assert(fc.property(fc.array(value, { maxLength: 20 }), values => {
      const shape = [values.length]
      const sent = values.map(v => (typeof v === 'bigint' ? long(v) : typeof v === 'string' ? Buffer.from(v) : v))
      const read = (message: object): Tensor => readInputs(decodeMessage('ModelInferRequest', encodeMessage('ModelInferRequest', message)) as ModelInferRequest)[0]
      const typed = read({ inputs: [{ name: 'x', datatype, shape, contents: { [field]: sent } }] })
      const raw = read({ inputs: [{ name: 'x', datatype, shape }], raw_input_contents: [writeRaw(datatype, values as never)] })
      expect(typed).toEqual(raw)
      expect(Array.from(typed.elements as Iterable<unknown>, v => (typeof values[0] === 'bigint' ? BigInt(v as number) : v))).toEqual(values)
    }), { numRuns: 100 })
  }
})

it('outputs go out as the inputs came', () => {
  const outputs: Tensor[] = [{ name: 'output', datatype: 'FP64', shape: [2], elements: Float64Array.of(0.5, Number.NaN) }, { name: 'decision', datatype: 'BOOL', shape: [2], elements: [true, false] }]
  expect(writeOutputs(outputs, false).outputs.map(o => o.contents)).toEqual([{ fp64_contents: [0.5, Number.NaN] }, { bool_contents: [true, false] }])
  const raw = writeOutputs(outputs, true)
  expect([raw.outputs[0].contents, raw.raw_output_contents.map(b => b.length)]).toEqual([undefined, [16, 2]])
})
