import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateDistinct, sketchOf } from '../../meaning/distinct-sketch.ts'
import { createValueColumn, growColumn, keepSketches, setSlot } from '../value-column.ts'
import { DistinctSketch } from './distinct-sketch.ts'

describe('approximate distinct counts', () => {
  it('have the registers of all values, whether these came before or after sketches are kept, and again after a reset', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 0, max: 8_000 }), (n, different, early) => {
      const column = createValueColumn('int64', 1024)
      const ranks = new Uint8Array(4096)
      for (let i = 0; i < n; i++) {
        if (i === early) keepSketches(column, 8192)
        if (i === 8192) growColumn(column, 16384)
        const value = i % 17 === 3 ? null : (i * 7919) % different
        setSlot(column, i, value)
        if (value === null) continue
        const sketch = sketchOf(value, 'int64')
        ranks[sketch >> 6] = Math.max(ranks[sketch >> 6], sketch & 63)
      }
      keepSketches(column, 16384)
      const filled = ranks.filter(rank => rank > 0)
      const expected = estimateDistinct(filled.reduce((sum, rank) => sum + 2 ** -rank, 0), filled.length)
      const sketch = new DistinctSketch(column)
      const slots = Int32Array.from({ length: n }, (_, i) => n - 1 - i)
      for (let times = 0; times < 2; times++) {
        sketch.reset()
        sketch.add(slots, 0, n >> 1)
        sketch.add(slots, n >> 1, n)
        expect(sketch.result()(0)).toBe(expected)
      }
      sketch.reset()
      expect(sketch.result()(0)).toBe(0)
    }), { numRuns: 30 })
  })
})
