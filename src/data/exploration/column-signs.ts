// What can be seen of a column without a label: whether it says anything, and whether another one says it already.

/** Of the rows that are compared for correlation; a sample, evenly, stands for more. */
const COMPARED_ROWS = 8_192

/** Values as numbers; missing is NaN. */
export type Numbers = Float64Array

/** Share of the rows that are missing. */
export function missingShare(values: Numbers): number {
  let missing = 0
  for (const v of values) if (v !== v) missing++
  return values.length === 0 ? 1 : missing / values.length
}

/** Share of the most frequent value among all rows, missing being a value too. */
export function modeShare(values: Numbers): number {
  const counts = new Map<number, number>()
  let most = 0
  for (const v of values) {
    const n = (counts.get(v) ?? 0) + 1
    counts.set(v, n)
    if (n > most) most = n
  }
  return values.length === 0 ? 1 : most / values.length
}

/** Equal for columns with the same bits (a NaN is a NaN); unequal columns may share it. */
export function fingerprint(values: Numbers): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  let h = 0x811c9dc5
  for (let i = 0; i < values.length; i++) {
    const missing = values[i] !== values[i]
    h = Math.imul(h ^ (missing ? 0 : words[2 * i]), 0x01000193)
    h = Math.imul(h ^ (missing ? 0x7ff80000 : words[2 * i + 1]), 0x01000193)
    h ^= h >>> 15
  }
  return h >>> 0
}

export function isSame(a: Numbers, b: Numbers): boolean {
  return a.length === b.length && a.every((v, i) => Object.is(v, b[i]))
}

/** A column ready to be compared with others: standardised values and standardised ranks, a missing one at the mean. */
export interface Comparable { values: Float64Array; ranks: Float64Array }

export function toComparable(values: Numbers): Comparable {
  const n = Math.min(values.length, COMPARED_ROWS)
  const sample = Float64Array.from({ length: n }, (_, i) => values[Math.floor(i * values.length / n)])
  return { values: standardise(sample), ranks: standardise(rank(sample)) }
}

/** The greater of |Pearson| and |Spearman|. A missing value agrees with nothing, so that columns which miss different rows are less alike. */
export function likeness(a: Comparable, b: Comparable): number {
  return Math.max(Math.abs(dot(a.values, b.values)), Math.abs(dot(a.ranks, b.ranks)))
}

/** Mean 0 and length 1. */
function standardise(values: Float64Array): Float64Array {
  let n = 0
  let mean = 0
  for (const v of values) if (v === v) { n++; mean += (v - mean) / n }
  const out = values.map(v => (v === v ? v - mean : 0))
  const scale = out.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  if (scale === 0) return out
  // By the greatest first: squares of what sums can hold may not fit.
  let squares = 0
  for (let i = 0; i < out.length; i++) { out[i] /= scale; squares += out[i] * out[i] }
  const length = Math.sqrt(squares)
  for (let i = 0; i < out.length; i++) out[i] /= length
  return out
}

/** Places from 1, equal values sharing the mean of theirs; missing stays NaN. */
function rank(values: Float64Array): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).filter(i => values[i] === values[i]).sort((a, b) => values[a] - values[b])
  const out = new Float64Array(values.length).fill(Number.NaN)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end < order.length && values[order[end]] === values[order[start]]) end++
    for (let k = start; k < end; k++) out[order[k]] = (start + end + 1) / 2
    start = end
  }
  return out
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
