import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkExactRange, exactSum, inExactRange, RunningSum } from './exact-sum.ts'
import { lowestBit, unitsOf } from './exact-units.ts'

/** The oracle: rational arithmetic on the decimal value of every bit, rounded by comparing neighbours. */
function oracle(values: number[]): number {
  const scale = 1n << 1100n
  let total = 0n
  for (const x of values) {
    const [mantissa, exponent] = decompose(x)
    total += exponent >= 0 ? (mantissa * scale) << BigInt(exponent) : (mantissa * scale) >> BigInt(-exponent)
  }
  const exact = (x: number): bigint => { const [m, e] = decompose(x); return e >= 0 ? (m * scale) << BigInt(e) : (m * scale) >> BigInt(-e) }
  // A first guess by long division, then the nearest of its neighbours, ties to the even mantissa.
  let guess = guessOf(total, 1100)
  const around = [previous(guess), guess, next(guess)]
  guess = around.reduce((best, x) => {
    const d = abs(exact(x) - total), b = abs(exact(best) - total)
    return d < b || (d === b && decompose(x)[0] % 2n === 0n && decompose(best)[0] % 2n !== 0n) ? x : best
  })
  return guess === 0 ? 0 : guess
}
function guessOf(total: bigint, bits: number): number {
  const size = abs(total).toString(2).length
  const cut = Math.max(0, size - 53)
  return Number(total >> BigInt(cut)) * 2 ** (cut - bits)
}
const abs = (n: bigint): bigint => (n < 0n ? -n : n)
const view = new DataView(new ArrayBuffer(8))
function decompose(x: number): [bigint, number] {
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n)
  return [x < 0 ? -mantissa : mantissa, (exponent === 0 ? 1 : exponent) - 1075]
}
function shift(x: number, by: bigint): number { view.setFloat64(0, x); view.setBigUint64(0, view.getBigUint64(0) + by); return view.getFloat64(0) }
const next = (x: number): number => (x === 0 ? 5e-324 : shift(x, x > 0 ? 1n : -1n))
const previous = (x: number): number => (x === 0 ? -5e-324 : shift(x, x > 0 ? -1n : 1n))

const wide = fc.tuple(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.integer({ min: -485, max: 455 })).map(([m, e]) => m * 2 ** e).filter(inExactRange)
const term = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -100_000, max: 100_000 }).map(n => n / 100), fc.constantFrom(2 ** 53, 1, -1, 2 ** -53, 2 ** 510, -(2 ** 510), 2 ** -485, 0.1, 0),
  wide, fc.tuple(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.integer({ min: -60, max: 20 })).map(([m, e]) => m * 2 ** e),
)
const terms = fc.array(term, { maxLength: 40 })

describe('exact sums', () => {
  it('equal rational arithmetic rounded once', () => {
    fc.assert(fc.property(terms, values => {
      const expected = oracle(values)
      expect(Object.is(exactSum(values), expected)).toBe(true)
    }), { numRuns: 1500 })
  })

  it('are the same from columns, and their words and units are exact', () => {
    fc.assert(fc.property(fc.array(fc.option(term, { nil: Number.NaN, freq: 5 }), { maxLength: 40 }), fc.nat(40), (values, middle) => {
      const sum = new RunningSum()
      const slots = Int32Array.from(values.keys())
      const cut = Math.min(middle, values.length)
      const columns = Float64Array.from(values)
      const there = values.filter(x => !Number.isNaN(x))
      expect(sum.addSlots(columns, slots, 0, cut) + sum.addSlots(columns, slots, cut, values.length)).toBe(there.length)
      expect(Object.is(sum.round(), exactSum(there))).toBe(true)
      const words = sum.words()
      const exponent = Math.max(-1074, Math.min(0, ...words.map(lowestBit)))
      const units = words.reduce((n, x) => n + unitsOf(x, exponent), 0n)
      const again = new RunningSum()
      for (const word of words) again.add(word)
      expect(Object.is(again.round(), exactSum(there))).toBe(true)
      expect(units << BigInt(exponent + 1074)).toBe(there.reduce((n, x) => { const [m, e] = decompose(x); return n + (m << BigInt(e + 1074)) }, 0n))
    }), { numRuns: 500 })
    expect([lowestBit(0), lowestBit(1), lowestBit(-12), lowestBit(2 ** -1074), lowestBit(3 * 2 ** -1074), lowestBit(2 ** 100), lowestBit(1 + 2 ** -52)]).toEqual([Number.POSITIVE_INFINITY, 0, 2, -1074, -1074, 100, -52])
  })

  it('do not depend on the order', () => {
    fc.assert(fc.property(terms.chain(values => fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }))), ([values, shuffled]) => {
      expect(Object.is(exactSum(values), exactSum(shuffled))).toBe(true)
    }), { numRuns: 500 })
  })

  it('round a tie to even, unless a word far below decides', () => {
    expect(exactSum([2 ** 53, 1])).toBe(2 ** 53)
    expect(exactSum([2 ** 53, 1, 2 ** -400])).toBe(2 ** 53 + 2)
    expect(exactSum([2 ** 53, 1, -(2 ** -400)])).toBe(2 ** 53)
    expect(exactSum([2 ** 53 + 2, 1])).toBe(2 ** 53 + 4)
    expect(exactSum([2 ** 53 + 2, 1, -(2 ** -400)])).toBe(2 ** 53 + 2)
    expect(exactSum([1e100, 1, -1e100])).toBe(1)
    expect(Object.is(exactSum([]), 0)).toBe(true)
    expect(Object.is(exactSum([1.5, -1.5]), 0)).toBe(true)
  })

  it('take whole numbers beyond 2^53', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 20 }), values => {
      const sum = new RunningSum()
      for (const n of values) sum.addInteger(n)
      expect(sum.round()).toBe(Number(values.reduce((a, b) => a + b, 0n)))
    }))
  })

  it('merge word by word', () => {
    fc.assert(fc.property(terms, terms, (first, second) => {
      const parts = [first, second].map(values => { const sum = new RunningSum(); for (const x of values) sum.add(x); return sum.words() })
      const merged = new RunningSum()
      for (const word of parts.flat()) merged.add(word)
      expect(Object.is(merged.round(), exactSum([...first, ...second]))).toBe(true)
    }), { numRuns: 300 })
  })

  it('refuse what could lose bits', () => {
    for (const x of [2 ** 511, -(2 ** 511), 2 ** -486, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(inExactRange(x)).toBe(false)
      expect(() => checkExactRange(x, 'x')).toThrowError(expect.objectContaining({ code: 'value_out_of_range' }))
    }
  })
})
