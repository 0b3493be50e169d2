import { describe, expect, it } from 'vitest'
import { asKey, listWriterOf, readValue, writerOf } from './wire-values.ts'

describe('values on the wire', () => {
  it.each([
    ['float64', 2, '2.0'], ['float64', -0, '-0.0'], ['float64', 0.1, '0.1'], ['float64', 1e20, '100000000000000000000.0'], ['float64', 1e21, '1e+21'], ['float64', -1.5e-9, '-1.5e-9'],
    ['int64', 7, '7'], ['int64', 2n ** 63n - 1n, '9223372036854775807'], ['boolean', false, 'false'], ['string', 'a"\n☂', '"a\\"\\n☂"'],
    ['timestamp', 1_577_934_245_678_901, '1577934245'], ['timestamp', -1_500_000, '-1'],
  ] as const)('%s %s is %s', (type, value, text) => { expect(writerOf(type)(value)).toBe(text) })

  it('lists are lists, and an empty one is null', () => {
    expect(listWriterOf('int64')('[9007199254740993,-1]')).toBe('[9007199254740993,-1]')
    expect(listWriterOf('float64')('[1,2.5,1e+300]')).toBe('[1.0,2.5,1e+300]')
    expect(listWriterOf('timestamp')('[1577934245678901]')).toBe('[1577934245]')
    expect(listWriterOf('string')('["a","b"]')).toBe('["a","b"]')
    for (const type of ['int64', 'float64', 'string', 'timestamp', 'boolean'] as const) expect(listWriterOf(type)('[]')).toBe('null')
  })

  it('numbers in place of times are seconds', () => {
    expect(readValue(1_577_934_245, 'timestamp', 'x')).toBe(1_577_934_245_000_000)
    expect(readValue(0.25, 'timestamp', 'x')).toBe(250_000)
    expect(readValue('2020-01-02T03:04:05.678901', 'timestamp', 'x')).toBe(1_577_934_245_678_901)
    expect(readValue(null, 'timestamp', 'x')).toBeNull()
    for (const bad of [1e300, Number.MAX_SAFE_INTEGER, 'soon', true, [1]]) expect(() => readValue(bad, 'timestamp', 'df.at[3]')).toThrow(/df\.at\[3\]/)
  })

  it('keys may come in the other of their types, where it says the same', () => {
    expect(['7', '-9007199254740993', '007', '1.0', 'x', '', true, 1.5, null].map(v => asKey(v, 'int64'))).toEqual([7, -9007199254740993n, '007', '1.0', 'x', '', true, 1.5, null])
    expect([7, 2n ** 60n, 1.5, true, 'x', null].map(v => asKey(v, 'string'))).toEqual(['7', '1152921504606846976', 1.5, true, 'x', null])
  })

  it('other values are taken as they are, or refused by name', () => {
    expect(readValue(2n ** 60n, 'int64', 'x')).toBe(2n ** 60n)
    expect(() => readValue('7', 'int64', 'df.n[0]')).toThrow(/df\.n\[0\] must be a whole number/)
    expect(() => readValue(1.5, 'int64', 'df.n[0]')).toThrow(/whole number/)
  })
})
