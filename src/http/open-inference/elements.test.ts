import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Elements } from '../inference/columns.ts'
import { DATATYPES, type Datatype } from './datatypes.ts'
import { readElements } from './elements.ts'
import { brainFromBits, brainToBits, halfFromBits, halfToBits, roundToBrain, roundToHalf } from './float16.ts'
import { readRaw, writeRaw } from './raw-elements.ts'

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list)
const plain = (e: Elements): unknown[] => Array.from(e as Iterable<unknown>)

describe('floats of 16 bits', () => {
  it('every half reads as the DataView of this Node reads it, and goes back to its bits', () => {
    const view = new DataView(new ArrayBuffer(2))
    for (let bits = 0; bits < 65_536; bits++) {
      view.setUint16(0, bits)
      const expected = view.getFloat16(0)
      expect(Object.is(halfFromBits(bits), expected)).toBe(true)
      if (!Number.isNaN(expected)) expect(halfToBits(expected)).toBe(bits)
    }
  })

  it('rounds as Math.f16round does', () => {
    const edges = [65_504, 65_519.99999, 65_520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0000001, 2 ** -14 - 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 5e-324, -0, 1e308]
    for (const x of edges) for (const y of [x, -x]) expect(Object.is(roundToHalf(y), Math.f16round(y)), String(y)).toBe(true)
    fc.assert(fc.property(fc.oneof(fc.double(), fc.double({ min: -70_000, max: 70_000 }), fc.double({ min: -1e-4, max: 1e-4 })), x => Object.is(roundToHalf(x), Math.f16round(x))))
  })

  it('a bfloat16 is the upper half of a float32, rounded to even', () => {
    expect([1, -2, 0.1, 1.00390625, 1.01171875, 3.4e38, 1e-45].map(roundToBrain)).toEqual([1, -2, 0.10009765625, 1, 1.015625, Infinity, 0])
    for (let bits = 0; bits < 65_536; bits++) {
      const x = brainFromBits(bits)
      if (!Number.isNaN(x)) { expect(brainToBits(x)).toBe(bits); expect(Object.is(roundToBrain(x), x)).toBe(true) }
    }
  })
})

describe('elements of JSON', () => {
  it('flat, nested, and a column as [[1], [2]]', () => {
    expect(plain(readElements('FP64', [2, 2], [1, 2.5, null, 4], 'x'))).toEqual([1, 2.5, Number.NaN, 4])
    expect(plain(readElements('FP64', [2, 2], [[1, 2], [3, 4]], 'x'))).toEqual([1, 2, 3, 4])
    expect(plain(readElements('INT32', [2], [[1], [2]], 'x'))).toEqual([1, 2])
    expect(plain(readElements('BYTES', [2, 1], [['é'], [null]], 'x'))).toEqual(['é', null])
    expect(plain(readElements('BOOL', [3], [true, 0, null], 'x'))).toEqual([true, false, null])
    expect(plain(readElements('BYTES', [1], [bytes(0xc3, 0xa9)], 'x'))).toEqual(['é'])
  })

  it('floats as their binary form would have them', () => {
    expect(plain(readElements('FP32', [2], [0.1, 1e39], 'x'))).toEqual([Math.fround(0.1), Infinity])
    expect(plain(readElements('FP16', [1], [0.1], 'x'))).toEqual([Math.f16round(0.1)])
  })

  it('integers to the last one', () => {
    expect(plain(readElements('INT64', [3], [9_007_199_254_740_993n, -9_223_372_036_854_775_808n, 3], 'x'))).toEqual([9_007_199_254_740_993n, -9_223_372_036_854_775_808n, 3])
    expect(plain(readElements('UINT64', [1], [18_446_744_073_709_551_615n], 'x'))).toEqual([18_446_744_073_709_551_615n])
    expect(plain(readElements('FP64', [1], [2n ** 60n], 'x'))).toEqual([2 ** 60])
  })

  it.each<[Datatype, number[], unknown, RegExp]>([
    ['INT8', [1], [128], /x\[0\] must be a whole number in the range of INT8, and is 128/], ['UINT8', [1], [-1], /UINT8/], ['INT32', [1], [2.5], /2\.5/], ['INT64', [1], [2n ** 63n], /INT64/], ['UINT64', [1], [-1n], /UINT64/], ['UINT32', [1], [2 ** 32], /UINT32/],
    ['FP64', [1], ['a'], /must be a number, and is "a"/], ['FP64', [1], [true], /number/], ['BOOL', [1], [2], /true or false/], ['BYTES', [1], [5], /text/], ['BYTES', [1], [bytes(0xff)], /UTF-8/], ['FP64', [1], [{}], /an object/],
    ['FP64', [2, 2], [1, 2, 3], /must have 4 elements, and has 3/], ['FP64', [2, 2], [[1, 2], [3]], /a list in its data has 1 of 2/], ['FP64', [2, 3], [[1, 2], [3, 4], [5, 6]], /has 3 of 2/], ['FP64', [2, 2], [[1, 2], 3], /nests otherwise/],
    ['FP64', [], [], /shape/], ['FP64', [-1], [], /shape/], ['FP64', [1.5], [], /shape/], ['FP64', [2 ** 40, 2 ** 40], [[1]], /no body/], ['FP64', [1], 5, /list/],
  ])('%s %o %o is refused', (datatype, shape, data, message) => { expect(() => readElements(datatype, shape, data, 'x')).toThrow(message) })
})

describe('elements as bytes', () => {
  it('text has its length before it', () => {
    const raw = writeRaw('BYTES', ['é', 'b'])
    expect([...raw]).toEqual([2, 0, 0, 0, 0xc3, 0xa9, 1, 0, 0, 0, 0x62])
    expect(plain(readRaw('BYTES', [1, 2], raw, 'x'))).toEqual(['é', 'b'])
  })

  it('every datatype goes there and back, from any place in a buffer', () => {
    const values: Record<Exclude<Datatype, 'BYTES' | 'BOOL'>, (number | bigint)[]> = {
      INT8: [-128, 127], INT16: [-32_768, 32_767], INT32: [-(2 ** 31), 2 ** 31 - 1], INT64: [-(2n ** 63n), 2n ** 63n - 1n, 5], UINT8: [0, 255], UINT16: [0, 65_535], UINT32: [0, 2 ** 32 - 1], UINT64: [0, 2n ** 64n - 1n],
      FP16: [0.5, -65_504, Infinity, Number.NaN], BF16: [0.5, -(2 ** 100), Number.NaN], FP32: [Math.fround(0.1), -Infinity, Number.NaN], FP64: [0.1, 5e-324, -Infinity, Number.NaN],
    }
    for (const [datatype, list] of Object.entries(values) as [Datatype, number[]][]) {
      const raw = writeRaw(datatype, list)
      const shifted = new Uint8Array(raw.length + 3)
      shifted.set(raw, 3)
      expect(plain(readRaw(datatype, [list.length], shifted.subarray(3), 'x')), datatype).toEqual(list)
    }
    expect(plain(readRaw('BOOL', [3], writeRaw('BOOL', [true, false, null]), 'x'))).toEqual([true, false, false])
  })

  it.each<[Datatype, number[], Uint8Array, RegExp]>([
    ['FP32', [2], bytes(0, 0, 0, 0), /must have 8 bytes, and has 4/], ['BYTES', [1], bytes(1, 0, 0), /end within element 0/], ['BYTES', [1], bytes(5, 0, 0, 0, 65), /end within element 0/], ['BYTES', [1], bytes(1, 0, 0, 0, 65, 66), /1 bytes are left/],
    ['BYTES', [2], bytes(1, 0, 0, 0, 65), /element 1/], ['BYTES', [1], bytes(1, 0, 0, 0, 0xff), /UTF-8/], ['BYTES', [1], bytes(255, 255, 255, 255), /element 0/],
  ])('%s %j of %j is refused', (datatype, shape, raw, message) => { expect(() => readRaw(datatype, shape, raw, 'x')).toThrow(message) })

  it('never reads outside, whatever the bytes', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.keys(DATATYPES) as Datatype[]), fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }), fc.uint8Array({ maxLength: 80 }), (datatype, shape, raw) => {
      let read: Elements
      try { read = readRaw(datatype, shape, raw, 'x') } catch (error) { expect((error as { code: string }).code).toMatch(/^(invalid_request|wrong_type)$/); return }
      expect(read.length).toBe(shape.reduce((a, b) => a * b, 1))
    }))
  })
})
