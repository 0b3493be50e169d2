import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { ANY_VALUE } from '../fixtures/values.ts'
import { bitsOf, bucketMiddle, bucketMiddleSql, rankOf, rankSql } from './percentile.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const numbers = ANY_VALUE.float64 as fc.Arbitrary<number>

describe('percentile buckets', () => {
  it('stand for a value that is off by 2^-8 of itself at most, and keep the order', () => {
    fc.assert(fc.property(numbers, numbers, (x, y) => {
      const [a, b] = [bucketMiddle(x), bucketMiddle(y)]
      expect(Math.abs(a - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -8)
      expect(Math.sign(a)).toBe(Math.sign(x))
      if (x < y) expect(a).toBeLessThanOrEqual(b)
      expect(Object.is(bucketMiddle(a), a)).toBe(true)
      expect(Object.is(bucketMiddle(-x), x === 0 ? 0 : -a)).toBe(true)
    }), { numRuns: 5_000 })
  })

  it('are 128 to a power of two', () => {
    for (const low of [1, 2 ** -485, 2 ** 509]) {
      const seen = new Set(Array.from({ length: 4_096 }, (_, i) => bucketMiddle(low + (low * i) / 4_096)))
      expect(seen.size).toBe(128)
      expect([...seen]).toEqual(Array.from({ length: 128 }, (_, i) => low * (1 + (2 * i + 1) / 256)))
    }
  })

  it('are the same in SQL', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.option(numbers, { freq: 9 }), { minLength: 1, maxLength: 300 }), async values => {
      await session.load('xs', tableFromRows([{ name: 'x', type: 'float64' }], values.map(x => ({ x }))))
      const got = tableRows(await session.query(`SELECT ${bucketMiddleSql('x')} AS m FROM xs ORDER BY rowid`)).map(r => r.m)
      expect(got.every((m, i) => Object.is(m, values[i] === null ? null : bucketMiddle(values[i])))).toBe(true)
    }), { numRuns: 30 })
  })
})

describe('the nearest rank', () => {
  it('is the least place that a share p of all does not exceed, the same in SQL', async () => {
    expect([[0, 5], [1, 5], [0.5, 1], [0.5, 2], [0.5, 3], [0.25, 4], [0.251, 4], [0.9, 10], [0.1, 10], [0.99, 100]].map(([p, n]) => rankOf(p, n))).toEqual([1, 5, 1, 1, 2, 1, 2, 9, 1, 99])
    const share = fc.oneof(fc.constantFrom(0, 1, 0.5, 0.1, 0.9, 0.99, 1 / 3, 5e-324, 1 - 2 ** -53), fc.double({ min: 0, max: 1, noNaN: true }))
    await fc.assert(fc.asyncProperty(fc.array(share, { minLength: 1, maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 50 }), async (shares, counts) => {
      await session.load('ns', tableFromRows([{ name: 'n', type: 'int64' }], counts.map(n => ({ n }))))
      const rows = tableRows(await session.query(`SELECT ${shares.map((p, i) => `${rankSql(p, 'n')} AS r${i}`).join(', ')} FROM ns ORDER BY rowid`))
      counts.forEach((n, r) => { shares.forEach((p, i) => {
        const rank = rankOf(p, n)
        expect(rows[r][`r${i}`]).toBe(rank)
        expect(rank).toBeGreaterThanOrEqual(1)
        expect(rank).toBeLessThanOrEqual(n)
        // One IEEE product decides: p × n, rounded.
        expect(rank >= p * n && (rank === 1 || rank - 1 < p * n)).toBe(true)
      }) })
    }), { numRuns: 40 })
  })
})

describe('the bits of a double', () => {
  it('are its own', () => {
    fc.assert(fc.property(numbers, numbers, (x, y) => {
      const view = new DataView(new ArrayBuffer(8))
      view.setFloat64(0, x)
      expect(bitsOf(x)).toBe(view.getBigInt64(0))
      expect(bitsOf(x) === bitsOf(y)).toBe(Object.is(x, y))
    }))
  })
})
