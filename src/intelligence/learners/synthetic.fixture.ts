// Problems with known answers.
import { setValue, emptyColumn, type Table } from '../../core/table.ts'
import type { Column, Value } from '../../core/schema.ts'

/** Numbers in [0, 1), the same for the same seed (a linear congruential generator). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 4294967296 }
}

/** A table of rows that `row` makes; the last value is the label. */
export function tableOf(columns: Column[], rows: number, row: (i: number) => Value[]): Table {
  const schema = [...columns, { name: 'label', type: 'boolean' as const }]
  const table: Table = { rows, schema, columns: schema.map(c => emptyColumn(c.type, rows)) }
  for (let i = 0; i < rows; i++) row(i).forEach((v, k) => { setValue(table.columns[k], i, v) })
  return table
}

export const MIXED: Column[] = [{ name: 'a', type: 'float64' }, { name: 'b', type: 'int64' }, { name: 'flag', type: 'boolean' }, { name: 'place', type: 'string' }, { name: 'noise', type: 'float64' }]

/** Numbers with holes, a flag, a category; the odds depend on all but the noise. */
export function mixedTable(rows: number, seed = 7): Table {
  const random = randomOf(seed)
  return tableOf(MIXED, rows, () => {
    const a = random() * 4 - 2
    const b = Math.floor(random() * 10)
    const flag = random() < 0.5
    const place = `p${Math.floor(random() ** 2 * 12)}`
    const hole = random() < 0.1
    const z = (hole ? 1.5 : a) + (b > 6 ? 1 : -0.5) + (flag ? 0.7 : -0.7) + (place < 'p3' ? 1 : -0.5)
    return [hole ? null : a, b, flag, random() < 0.05 ? null : place, random(), random() < 1 / (1 + Math.exp(-z))]
  })
}
