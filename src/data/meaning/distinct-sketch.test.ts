import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { Value } from '../../core/schema.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { ANY_VALUE, anyValue, TYPES } from '../fixtures/values.ts'
import { canonicalText, canonicalTextSql, estimateDistinct, REGISTERS, sketchOf, sketchSql } from './distinct-sketch.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

/** Registers as an array, the hash as text of bits. */
function estimate(values: Iterable<Value>): number {
  const registers = new Array<number>(REGISTERS).fill(0)
  for (const value of values) {
    const s = sketchOf(value as number, 'int64')
    registers[Math.floor(s / 64)] = Math.max(registers[Math.floor(s / 64)], s % 64)
  }
  const filled = registers.filter(r => r > 0)
  return estimateDistinct(filled.reduce((sum, r) => sum + 2 ** -r, 0), filled.length)
}

describe('a sketch of distinct values', () => {
  it.each(TYPES)('takes register and rank from the SHA-256 of a %s, in JavaScript, in SQL and bit by bit', async type => {
    await fc.assert(fc.asyncProperty(fc.array(anyValue(type), { minLength: 1, maxLength: 100 }), async values => {
      await session.load('xs', tableFromRows([{ name: 'x', type }], values.map(x => ({ x }))))
      const rows = tableRows(await session.query(`SELECT ${canonicalTextSql('x', type)} AS text, ${sketchSql('x', type)} AS sketch FROM xs ORDER BY rowid`))
      values.forEach((value, i) => {
        if (value === null) { expect(rows[i]).toEqual({ text: null, sketch: null }); return }
        expect(rows[i]).toEqual({ text: canonicalText(value, type), sketch: sketchOf(value, type) })
        const bits = [...createHash('sha256').update(canonicalText(value, type)).digest()].map(b => b.toString(2).padStart(8, '0')).join('')
        const tail = bits.slice(12, 52)
        expect(sketchOf(value, type)).toBe(Number.parseInt(bits.slice(0, 12), 2) * 64 + (tail.includes('1') ? tail.indexOf('1') : 40) + 1)
      })
    }), { numRuns: 25 })
  })

  it('tells values apart as the types do', () => {
    for (const type of TYPES) {
      fc.assert(fc.property(ANY_VALUE[type], ANY_VALUE[type], (a, b) => { expect(canonicalText(a, type) === canonicalText(b, type)).toBe(Object.is(a, b)) }))
    }
  })

  it('does not depend on order or repetition', () => {
    const values = Array.from({ length: 500 }, (_, i) => i * 7919)
    expect(estimate([...values].reverse())).toBe(estimate(values))
    expect(estimate([...values, ...values, ...values])).toBe(estimate(values))
  })

  it('counts none, one and a few exactly', () => {
    expect(estimateDistinct(0, 0)).toBe(0)
    for (let seed = 0; seed < 20; seed++) {
      expect(estimate([seed])).toBe(1)
      const few = estimate(Array.from({ length: 10 }, (_, i) => seed * 1000 + i))
      expect(few).toBeGreaterThanOrEqual(9)
      expect(few).toBeLessThanOrEqual(10)
    }
  })

  // 1.04 / sqrt(4096) = 1.6 %: over 30 sets the mean of the errors is their bias, their root mean square the standard error. Limits are four deviations of each
  // estimate away; the sets are fixed, so that the outcome is too.
  it.each([100, 1_000, 5_000, 12_000])('of %i values has a standard error of 1.6 percent at most, and no bias', n => {
    const sets = 30
    const errors = Array.from({ length: sets }, (_, s) => estimate((function* () { for (let i = 0; i < n; i++) yield s * 10 ** 7 + i })()) / n - 1)
    const mean = errors.reduce((a, e) => a + e, 0) / sets
    const deviation = Math.sqrt(errors.reduce((a, e) => a + e * e, 0) / sets)
    const standard = 1.04 / Math.sqrt(REGISTERS)
    expect(deviation).toBeLessThan(standard * (1 + 4 / Math.sqrt(2 * sets)))
    expect(Math.abs(mean)).toBeLessThan((4 * standard) / Math.sqrt(sets))
  })
})
