// How much one column alone says about the outcome: what says nearly all of it was probably not known before it.
import { auc } from '../../core/statistics/auc.ts'
import { getValue, toFloats, type ColumnData } from '../../core/table.ts'

const BINS = 64

/**
 * The AUC of one column for the outcome (1, 0; −1 for none), at least one half: of its order where it has one, and of its values (numbers in bins),
 * each value standing for the outcomes of the other half of the rows, so that rare values do not flatter. Missing is a value.
 */
export function associationOf(column: ColumnData, outcomes: Int8Array): number {
  const rows = [...outcomes.keys()].filter(i => outcomes[i] >= 0)
  const labels = Uint8Array.from(rows, i => outcomes[i])
  const positives = labels.reduce((n, y) => n + y, 0)
  if (positives === 0 || positives === labels.length) return 0.5
  const byValue = auc(encode(codesOf(column, rows), labels), labels)
  if (column.type === 'string') return Math.max(0.5, byValue)
  const numbers = toFloats(column)
  const present = rows.flatMap((i, k) => (Number.isNaN(numbers[i]) ? [] : [k]))
  if (present.length < rows.length / 2) return Math.max(0.5, byValue)
  const order = auc(Float64Array.from(present, k => numbers[rows[k]]), Uint8Array.from(present, k => labels[k]))
  return Math.max(byValue, Number.isNaN(order) ? 0.5 : order, Number.isNaN(order) ? 0.5 : 1 - order)
}

/** Each row's value as a small number. */
function codesOf(column: ColumnData, rows: readonly number[]): Int32Array {
  if (column.type === 'string' || column.type === 'boolean') {
    const seen = new Map<unknown, number>()
    return Int32Array.from(rows, i => {
      const value = getValue(column, i)
      const code = seen.get(value) ?? seen.size
      seen.set(value, code)
      return code
    })
  }
  const numbers = toFloats(column)
  const sorted = Float64Array.from(rows.map(i => numbers[i]).filter(v => !Number.isNaN(v))).sort()
  const cuts = [...new Set(Array.from({ length: BINS }, (_, b) => sorted[Math.floor(b * sorted.length / BINS)]))]
  return Int32Array.from(rows, i => {
    const v = numbers[i]
    if (Number.isNaN(v)) return -1
    let low = 0
    let high = cuts.length
    while (low < high) { const middle = (low + high) >> 1; if (cuts[middle] <= v) low = middle + 1; else high = middle }
    return low
  })
}

/** The mean outcome of a code in the other half, pulled towards the mean of all. */
function encode(codes: Int32Array, labels: Uint8Array): Float64Array {
  const mean = labels.reduce((n, y) => n + y, 0) / labels.length
  const sums = [new Map<number, { n: number; y: number }>(), new Map<number, { n: number; y: number }>()]
  codes.forEach((code, k) => {
    const sum = sums[k & 1].get(code) ?? { n: 0, y: 0 }
    sum.n++
    sum.y += labels[k]
    sums[k & 1].set(code, sum)
  })
  return Float64Array.from(codes, (code, k) => {
    const other = sums[1 - (k & 1)].get(code) ?? { n: 0, y: 0 }
    return (other.y + mean * 5) / (other.n + 5)
  })
}
