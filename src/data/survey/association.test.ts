import { expect, it } from 'vitest'
import type { ColumnData } from '../../core/table.ts'
import { associationOf } from './association.ts'

const ROWS = 4_000
/** A fixed scatter in [0, 1). */
const scatter = (i: number, salt: number): number => { const x = Math.sin(i * 12.9898 + salt * 78.233) * 43_758.5453; return x - Math.floor(x) }
const outcomes = Int8Array.from({ length: ROWS }, (_, i) => (i % 97 === 0 ? -1 : Number(scatter(i, 1) < 0.3)))
const numbers = (of: (i: number) => number): ColumnData => ({ type: 'float64', values: Float64Array.from({ length: ROWS }, (_, i) => of(i)) })
const words = (of: (i: number) => string): ColumnData => ({ type: 'string', values: Array.from({ length: ROWS }, (_, i) => of(i)) })

it.each<[string, ColumnData, number, number]>([
  ['the outcome itself', numbers(i => outcomes[i]), 1, 1], ['the outcome turned round', numbers(i => -outcomes[i]), 1, 1], ['the outcome as words', words(i => (outcomes[i] === 1 ? 'gone' : 'here')), 1, 1],
  ['the outcome in no order', numbers(i => (outcomes[i] === 1 ? 5 : scatter(i, 2) < 0.5 ? 1 : 9)), 0.99, 1], ['nothing', numbers(i => scatter(i, 3)), 0.5, 0.56],
  ['nothing, in a thousand words', words(i => `w${Math.floor(scatter(i, 4) * 1_000)}`), 0.5, 0.56], ['a word a row', words(i => `row ${i}`), 0.5, 0.5], ['something', numbers(i => outcomes[i] + scatter(i, 5) * 2), 0.7, 0.95],
])('%s', (_name, column, low, high) => {
  const found = associationOf(column, outcomes)
  expect(found).toBeGreaterThanOrEqual(low)
  expect(found).toBeLessThanOrEqual(high)
})

it('missing is a value, and one outcome alone says nothing', () => {
  const column: ColumnData = { ...numbers(() => 7), valid: Uint8Array.from(outcomes, y => Number(y !== 1)) }
  expect(associationOf(column, outcomes)).toBe(1)
  expect(associationOf(column, new Int8Array(ROWS))).toBe(0.5)
})
