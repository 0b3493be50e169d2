import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stickyFraction, stickyKey } from './assignment.ts'

describe('the share of the traffic', () => {
  it('is the fraction of the entities, and of each challenger its own', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 99 }), (salt, percent) => {
      const n = 4_000
      let taken = 0
      for (let i = 0; i < n; i++) if (stickyFraction('e', salt, `key ${i}`) < percent / 100) taken++
      const p = percent / 100
      // Six standard deviations: a false alarm in a billion runs.
      expect(Math.abs(taken - n * p)).toBeLessThan(6 * Math.sqrt(n * p * (1 - p)) + 1)
    }), { numRuns: 20 })
  })
  it('grows without moving anybody back: who was with a challenger stays there at a greater share', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (key, a, b) => {
      const f = stickyFraction('e', 'e@000002', key)
      expect(f >= 0 && f < 1).toBe(true)
      expect(f).toBe(stickyFraction('e', 'e@000002', key))
      if (f < Math.min(a, b)) expect(f < Math.max(a, b)).toBe(true)
    }))
  })
  it('is fixed for ever: other processes and later versions divide alike', () => {
    expect(stickyFraction('flight-delay', 'flight-delay@000002', 'UA1545')).toBe(0.6071392371012395)
    expect(stickyFraction('flight-delay', 'flight-delay@000002', { seat: 12, origin: 'EWR' })).toBe(stickyFraction('flight-delay', 'flight-delay@000002', { origin: 'EWR', seat: 12 }))
  })
  it('follows the sticky entity, else the label\'s key, else all entities', () => {
    const row = { entities: { origin: 'EWR', seat: 3 }, labelKey: 'UA1' }
    expect(stickyKey(row, { name: 'origin', isLabel: false })).toBe('EWR')
    expect(stickyKey(row, { name: 'flight', isLabel: true })).toBe('UA1')
    expect(stickyKey({ ...row, labelKey: null }, { name: 'flight', isLabel: true })).toEqual(row.entities)
    expect(stickyKey(row, null)).toEqual(row.entities)
  })
})
