// Worlds in which it is known which candidates are worth something.
import { createGenerator } from '../../core/statistics/generator.ts'
import type { ColumnData, Table } from '../../core/table.ts'
import { MINUTE } from '../../core/time.ts'
import type { SelectionJob } from './select-features.ts'
import { sharesOf } from './slices.ts'

export interface World {
  rows?: number
  noise?: number
  seed?: number
  /** The labels in an order that says nothing. */
  shuffled?: boolean
  limit?: number
}

/**
 * One existing feature, and candidates: two that matter, a twin of the first, one that mattered only in the first half of the early rows and later the other way
 * round, and noise. The outcome of a stretch of rows has a fate of its own.
 */
export function makeJob({ rows = 6_000, noise = 6, seed = 1, shuffled = false, limit = 10 }: World = {}): SelectionJob {
  const random = createGenerator(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const names = ['old.x', 'good.first', 'good.twin', 'good.second', 'bad.turned', ...Array.from({ length: noise }, (_, i) => `noise.n${i}`)]
  const columns: ColumnData[] = names.map(() => ({ type: 'float64', values: new Float64Array(rows) }))
  const times = Float64Array.from({ length: rows }, (_, i) => i * MINUTE)
  const labels = new Uint8Array(rows)
  let fate = 0
  for (let i = 0; i < rows; i++) {
    if (i % 40 === 0) fate = normal() * 0.3
    const [x, first, second, turned] = [normal(), normal(), normal(), normal()]
    const values = [x, first, first + 0.3 * normal(), second, turned, ...Array.from({ length: noise }, normal)]
    values.forEach((v, k) => { columns[k].values[i] = v })
    const odds = 0.8 * x + first + 0.7 * second + (i < rows * 0.45 ? 0.8 : -0.8) * turned + fate - 0.5
    labels[i] = random() < 1 / (1 + Math.exp(-odds)) ? 1 : 0
  }
  if (shuffled) for (let i = rows - 1; i > 0; i--) { const j = Math.floor(random() * (i + 1)); const y = labels[i]; labels[i] = labels[j]; labels[j] = y }
  const table: Table = { rows, schema: names.map(name => ({ name, type: 'float64' })), columns }
  return { table, times, labelsKnown: times.map(t => t + 5 * MINUTE), labels, existing: 1, shares: sharesOf(0.2), limit, seed, learner: { name: 'gbdt', params: { trees: 40, learningRate: 0.1, leaves: 8 } }, learnerSeed: 0, alpha: 0.05 }
}
