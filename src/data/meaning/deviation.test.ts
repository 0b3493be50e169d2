import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { ANY_VALUE } from '../fixtures/values.ts'
import { deviationOf, squareParts, squarePartsSql } from './deviation.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const numbers = ANY_VALUE.float64 as fc.Arbitrary<number>
/** Of the same size, so that little is left of the difference. */
const near = fc.tuple(numbers.filter(x => x !== 0), fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 6 })).map(([x, steps]) => steps.map(s => x * (1 + s * 2 ** -52)).filter(y => Math.abs(y) >= 2 ** -485 && Math.abs(y) <= 2 ** 510)).filter(v => v.length > 1)

/** A whole number of 2^-1074, found by doubling until nothing is left behind the point. */
function units(x: number): bigint {
  let scaled = x
  let doubled = 0
  while (!Number.isInteger(scaled)) { scaled *= 2; doubled++ }
  return BigInt(scaled) << BigInt(1074 - doubled)
}

/** From exact sums in units of 2^exponent: any that makes them whole gives the same. */
function deviation(values: readonly number[], exponent = -537): number | null {
  const whole = values.map(x => units(x) >> BigInt(1074 + exponent))
  return deviationOf(values.length, whole.reduce((a, b) => a + b, 0n), whole.reduce((a, b) => a + b * b, 0n), exponent)
}

const DOUBLE = new DataView(new ArrayBuffer(8))
function neighbour(x: number, by: bigint): number {
  DOUBLE.setFloat64(0, x)
  DOUBLE.setBigInt64(0, DOUBLE.getBigInt64(0) + by)
  return DOUBLE.getFloat64(0)
}
function isEven(x: number): boolean { DOUBLE.setFloat64(0, x); return DOUBLE.getBigInt64(0) % 2n === 0n }

/** Whether r is the double nearest to the root of the variance: its square lies between the squares of the midpoints on both sides of r. */
function isNearest(r: number, values: readonly number[]): boolean {
  const whole = values.map(units)
  const n = BigInt(values.length)
  const sum = whole.reduce((a, b) => a + b, 0n)
  const [numerator, denominator] = [n * whole.reduce((a, b) => a + b * b, 0n) - sum * sum, n * (n - 1n)]
  if (numerator === 0n) return Object.is(r, 0)
  // Midpoints are whole in units of 2^-1075: their squares compare with 4 × the variance.
  const beyond = (m: bigint): bigint => m * m * denominator - 4n * numerator
  const [below, above] = [beyond(units(neighbour(r, -1n)) + units(r)), beyond(units(r) + units(neighbour(r, 1n)))]
  return isEven(r) ? below <= 0n && above >= 0n : below < 0n && above > 0n
}

describe('the standard deviation', () => {
  it('equals the reference (fractions, decimals and statistics of Python)', () => {
    const { cases } = JSON.parse(readFileSync(new URL('../../../test/golden/deviation.json', import.meta.url), 'utf8')) as { cases: { name: string; values: number[]; deviation: number }[] }
    expect(cases.length).toBeGreaterThan(300)
    for (const { name, values, deviation: expected } of cases) {
      expect([name, deviation(values)]).toEqual([name, expected])
      expect(isNearest(expected, values)).toBe(true)
    }
  })

  it('is the exact root rounded once, half to even, of any values', () => {
    fc.assert(fc.property(fc.oneof(fc.array(numbers, { minLength: 2, maxLength: 12 }), near), values => { expect(isNearest(deviation(values) as number, values)).toBe(true) }), { numRuns: 3_000 })
  })

  it('does not depend on the unit or the order of the sums', () => {
    fc.assert(fc.property(fc.array(numbers, { minLength: 2, maxLength: 8 }), fc.integer({ min: 0, max: 537 }), (values, more) => {
      expect(deviation([...values].reverse(), -537 - more)).toBe(deviation(values))
    }), { numRuns: 500 })
  })

  it('of whole numbers beyond 2^53 is exact', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 2, maxLength: 8 }), values => {
      const n = BigInt(values.length)
      const [sum, squares] = [values.reduce((a, b) => a + b, 0n), values.reduce((a, b) => a + b * b, 0n)]
      const r = deviationOf(values.length, sum, squares, 0) as number
      const variance = n * squares - sum * sum
      if (variance === 0n) { expect(r).toBe(0); return }
      // |r² − variance| against half a unit of r on either side, in units of 2^-60.
      const scaled = (x: number): bigint => BigInt(x * 2 ** 60)
      const [low, high] = [scaled(neighbour(r, -1n)) + scaled(r), scaled(r) + scaled(neighbour(r, 1n))]
      const target = (variance << 122n)
      expect(low * low * n * (n - 1n) <= target && target <= high * high * n * (n - 1n)).toBe(true)
    }), { numRuns: 1_000 })
  })

  it('of fewer than two values is none, and of equal values 0', () => {
    expect([deviation([]), deviation([5])]).toEqual([null, null])
    fc.assert(fc.property(numbers, fc.integer({ min: 2, max: 9 }), (x, n) => { expect(Object.is(deviation(new Array<number>(n).fill(x)), 0)).toBe(true) }))
    expect(deviation([1, 3])).toBe(Math.SQRT2)
    expect(deviation([2 ** 510, -(2 ** 510)])).toBe(2 ** 510 * Math.SQRT2)
    expect(deviation([2 ** -485, -(2 ** -485)])).toBe(2 ** -485 * Math.SQRT2)
  })
})

describe('a square in two parts', () => {
  it('is exact, and the same in SQL', async () => {
    await fc.assert(fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 200 }), async values => {
      const { high, low } = squarePartsSql('x')
      await session.load('xs', tableFromRows([{ name: 'x', type: 'float64' }], values.map(x => ({ x }))))
      const rows = tableRows(await session.query(`SELECT ${high} AS high, ${low} AS low FROM xs ORDER BY rowid`))
      values.forEach((x, i) => {
        const parts = squareParts(x)
        expect(units(parts.high) + units(parts.low)).toBe((units(x) * units(x)) >> 1074n)
        expect(Object.is(parts.high, rows[i].high) && Object.is(parts.low + 0, (rows[i].low as number) + 0)).toBe(true)
      })
    }), { numRuns: 30 })
  })

  it.each([2 ** -485, 2 ** -485 * (1 + 2 ** -52), 2 ** 510, 2 ** 510 * (1 - 2 ** -53), 2 ** -485 * (2 - 2 ** -52), 0])('of %d is exact', x => {
    for (const y of [x, -x]) {
      const { high, low } = squareParts(y)
      expect((units(y) * units(y)) % 2n ** 1074n).toBe(0n)
      expect(units(high) + units(low)).toBe((units(y) * units(y)) >> 1074n)
    }
  })
})
