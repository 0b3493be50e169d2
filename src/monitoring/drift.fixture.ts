// Made-up inputs of a model, for tests of drift.
import { emptyColumn, setValue, type ColumnData, type Table } from '../core/table.ts'
import type { ColumnType, Value } from '../core/schema.ts'

export type Draw = (random: () => number) => Value
export type Inputs = Record<string, { type: ColumnType; draw: Draw }>

export function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Categories `c1`, `c2` …, the k-th with a share in proportion to 1/k. */
export function zipf(categories: number): (random: () => number) => string {
  const steps = Float64Array.from({ length: categories }, (_, k) => 1 / (k + 1))
  for (let k = 1; k < categories; k++) steps[k] += steps[k - 1]
  const names = Array.from(steps, (_, k) => `c${k + 1}`)
  return random => {
    const u = random() * steps[categories - 1]
    let low = 0
    let high = categories - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (u < steps[middle]) high = middle
      else low = middle + 1
    }
    return names[low]
  }
}

/** Unlike one another, as the inputs of a model are: bell-shaped, long-tailed, mostly zero, partly missing, whole, yes or no, and categories. */
export const MIXED: Inputs = {
  normal: { type: 'float64', draw: gauss },
  lognormal: { type: 'float64', draw: r => Math.exp(1.2 * gauss(r)) },
  rain: { type: 'float64', draw: r => (r() < 0.93 ? 0 : -Math.log(1 - r())) },
  gust: { type: 'float64', draw: r => (r() < 0.4 ? null : 10 + 4 * gauss(r)) },
  hour: { type: 'int64', draw: r => Math.floor(24 * r()) },
  rare: { type: 'boolean', draw: r => r() < 0.02 },
  origin: { type: 'string', draw: r => 'ABC'[Math.floor(3 * r())] },
  carrier: { type: 'string', draw: zipf(16) },
  destination: { type: 'string', draw: zipf(100) },
}

export function drawTable(inputs: Inputs, rows: number, random: () => number): Table {
  const schema = Object.entries(inputs).map(([name, { type }]) => ({ name, type }))
  const columns = Object.values(inputs).map(({ type, draw }): ColumnData => {
    const column = emptyColumn(type, rows)
    for (let i = 0; i < rows; i++) setValue(column, i, draw(random))
    return column
  })
  return { rows, schema, columns }
}

