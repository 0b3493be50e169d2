import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint, isSame, likeness, missingShare, modeShare, toComparable } from './column-signs.ts'

const NAN = Number.NaN
const value = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }) }, fc.double({ noNaN: true, min: -1e300, max: 1e300 }), fc.constant(NAN))
const column = fc.array(value, { minLength: 2, maxLength: 40 }).map(v => Float64Array.from(v))

/** By the book, over rows where a missing value stands at the mean. */
function pearson(a: readonly number[], b: readonly number[]): number {
  const centred = (v: readonly number[]): number[] => {
    const present = v.filter(x => !Number.isNaN(x))
    const mean = present.reduce((s, x) => s + x / present.length, 0)
    return v.map(x => (Number.isNaN(x) ? 0 : x - mean))
  }
  const [x, y] = [centred(a), centred(b)]
  const length = (v: readonly number[]): number => Math.hypot(...v)
  const [lx, ly] = [length(x), length(y)]
  return lx === 0 || ly === 0 ? 0 : x.reduce((s, v, i) => s + (v / lx) * (y[i] / ly), 0)
}
function ranks(v: readonly number[]): number[] {
  return v.map(x => (Number.isNaN(x) ? NAN : v.filter(y => y < x).length + (v.filter(y => y === x).length + 1) / 2))
}

describe('what can be seen of a column', () => {
  it('counts what is missing, and what is most frequent', () => {
    fc.assert(fc.property(column, v => {
      const all = [...v]
      expect(missingShare(v)).toBe(all.filter(Number.isNaN).length / all.length)
      expect(modeShare(v)).toBe(Math.max(...all.map(x => all.filter(y => Object.is(x + 0, y + 0)).length)) / all.length)
    }))
    expect([missingShare(new Float64Array(0)), modeShare(new Float64Array(0))]).toEqual([1, 1])
  })
  it('has a print that equal columns share, whatever their NaN', () => {
    fc.assert(fc.property(column, fc.nat(), (v, at) => {
      const copy = v.slice()
      expect(fingerprint(copy)).toBe(fingerprint(v))
      expect(isSame(copy, v)).toBe(true)
      const other = copy.slice()
      other[at % other.length] = Object.is(other[at % other.length], 7) ? 8 : 7
      expect(isSame(other, v)).toBe(false)
    }))
    const quiet = new Float64Array(new BigUint64Array([0x7ff8000000000000n, 1n]).buffer)
    const odd = new Float64Array(new BigUint64Array([0xfff8000000000123n, 1n]).buffer)
    expect(fingerprint(quiet)).toBe(fingerprint(odd))
    expect(fingerprint(Float64Array.of(1, 2))).not.toBe(fingerprint(Float64Array.of(2, 1)))
  })
  it('is as like another as the greater of Pearson and Spearman says', () => {
    const pair = fc.array(fc.tuple(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(NAN)), fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.constant(NAN))), { minLength: 3, maxLength: 50 })
    fc.assert(fc.property(pair, rows => {
      const [a, b] = [rows.map(r => r[0]), rows.map(r => r[1])]
      const want = Math.max(Math.abs(pearson(a, b)), Math.abs(pearson(ranks(a), ranks(b))))
      expect(likeness(toComparable(Float64Array.from(a)), toComparable(Float64Array.from(b)))).toBeCloseTo(want, 9)
    }))
  })
  it('is wholly like any increasing function of itself, also where numbers are huge, and not like what misses other rows', () => {
    const x = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 43758.5453 % 1)
    expect(likeness(toComparable(x), toComparable(x.map(v => Math.exp(20 * v))))).toBeCloseTo(1, 12)
    expect(likeness(toComparable(x), toComparable(x.map(v => v * 1e300)))).toBeCloseTo(1, 12)
    const [even, odd] = [x.map((v, i) => (i % 2 === 0 ? v : NAN)), x.map((v, i) => (i % 2 === 1 ? v : NAN))]
    expect(likeness(toComparable(even), toComparable(odd))).toBeLessThan(0.2)
    expect(likeness(toComparable(x), toComparable(new Float64Array(200).fill(3)))).toBe(0)
  })
})
