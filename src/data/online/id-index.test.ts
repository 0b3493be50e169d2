import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../../core/schema.ts'
import { idText } from './event-stream.ts'
import { IdIndex } from './id-index.ts'
import { createValueColumn, growColumn, setSlot } from './value-column.ts'

const TYPES = ['string', 'int64', 'timestamp', 'float64', 'boolean'] as const
const part = fc.oneof(
  fc.constantFrom<Value>('', '|', '\\', 'a|b', 'a\\', '1', 'ä', '\u{1f600}'), fc.constantFrom<Value>(0, 1, -1, 2 ** 40, -(2 ** 53) + 1), fc.constantFrom<Value>(2n ** 53n, 2n ** 62n, -(2n ** 62n)), fc.boolean(),
)
const ofType: Record<(typeof TYPES)[number], fc.Arbitrary<Value>> = {
  string: fc.oneof(part.map(String), fc.string({ maxLength: 3 })), int64: fc.oneof(fc.integer({ min: -3, max: 300 }), fc.constantFrom<Value>(2n ** 53n, 2n ** 62n, -(2n ** 62n), 2n ** 53n + 1n)),
  timestamp: fc.integer({ min: 0, max: 300 }).map(n => 1.7e15 + n), float64: fc.oneof(fc.integer({ min: -3, max: 3 }).map(n => n / 2), fc.double({ noNaN: true })), boolean: fc.boolean(),
}

describe('rows by their id', () => {
  it('are those that the text of the id finds', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }).chain(types => fc.tuple(fc.constant(types), fc.array(fc.tuple(fc.tuple(...types.map(t => ofType[t])), fc.integer({ min: 0, max: 2 })), { maxLength: 1_500, size: 'max' }))), ([types, steps]) => {
      const columns = types.map(type => createValueColumn(type, 0))
      for (const column of columns) growColumn(column, steps.length + 1)
      const index = new IdIndex(columns)
      index.grow(steps.length + 1)
      const expected = new Map<string, number>()
      const all = types.map((_, i) => i)
      steps.forEach(([values, what], slot) => {
        values.forEach((v, c) => { setSlot(columns[c], slot, v) })
        const id = idText(all, values) as string
        const before = expected.get(id) ?? -1
        expect(index.find(slot)).toBe(before)
        expect(index.findValues(values)).toBe(before)
        if (what === 0 && before >= 0) { index.remove(before); expected.delete(id) } else { index.put(slot, before); expected.set(id, slot) }
        expect(index.size).toBe(expected.size)
      })
      for (const [, slot] of expected) expect(index.find(slot)).toBe(slot)
    }), { numRuns: 60 })
  })
})
