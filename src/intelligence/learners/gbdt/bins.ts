// Features as bytes: numbers by cuts at quantiles, categories by code, missing in a bin of its own.
import type { EncodedInput } from '../../../models/index.ts'
import type { CategoryFeature, Examples, Feature, NumberFeature } from '../examples.ts'
import { mix32 } from '../random.ts'

/** Rows from which cuts are taken; beyond it a sample by hash stands for all. */
const CUT_ROWS = 100_000

export interface BinnedFeature {
  input: EncodedInput
  /** Numbers: bin b holds values in (cuts[b − 1], cuts[b]]; the last value bin has no cut above. */
  cuts: Float64Array
  /** Bins in use: values or codes, then missing, which is always the last. */
  bins: number
  /** A byte a row. */
  codes: Uint8Array
  /** Whether a training row misses it. */
  hasMissing: boolean
}

export interface Binned { rows: number; trainRows: number; features: BinnedFeature[] }

/** Cuts and dictionaries come from the first `trainRows` rows only; all rows are binned. */
export function binExamples(examples: Examples, trainRows: number, bins: number): Binned {
  return { rows: examples.rows, trainRows, features: examples.features.map(f => binFeature(f, trainRows, bins)) }
}

function binFeature(feature: Feature, trainRows: number, bins: number): BinnedFeature {
  return feature.type === 'category' ? binCategories(feature, trainRows, bins) : binNumbers(feature, trainRows, bins)
}

function binNumbers({ name, values }: NumberFeature, trainRows: number, bins: number): BinnedFeature {
  const cuts = cutsOf(sortedSample(values, trainRows), bins - 1)
  const missing = cuts.length + 1
  const codes = new Uint8Array(values.length)
  let hasMissing = false
  // Binary search without branches on a table padded to a power of two.
  const table = new Float64Array(256).fill(Number.POSITIVE_INFINITY)
  table.set(cuts)
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (v !== v) { codes[i] = missing; if (i < trainRows) hasMissing = true; continue }
    let b = 0
    for (let step = 128; step > 0; step >>= 1) if (table[b + step - 1] < v) b += step
    codes[i] = b
  }
  return { input: { name, type: 'float64' }, cuts, bins: missing + 1, codes, hasMissing }
}

function sortedSample(values: Float64Array, trainRows: number): Float64Array {
  const out = new Float64Array(trainRows)
  const threshold = CUT_ROWS / trainRows * 4294967296
  let n = 0
  // Adding 0 makes −0 a 0.
  for (let i = 0; i < trainRows; i++) if (values[i] === values[i] && (trainRows <= CUT_ROWS || mix32(i) < threshold)) out[n++] = values[i] + 0
  return out.subarray(0, n).sort()
}

/** At most `bins` − 1 ascending cuts: between all distinct values where they are few, else at about equal counts; a frequent value has its own bin. */
export function cutsOf(sorted: Float64Array, bins: number): Float64Array {
  const values: number[] = []
  const counts: number[] = []
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) counts[counts.length - 1]++
    else { values.push(sorted[i]); counts.push(1) }
  }
  const cuts: number[] = []
  const cutAfter = (k: number): void => { cuts.push(between(values[k], values[k + 1])) }
  if (values.length <= bins) {
    for (let k = 0; k + 1 < values.length; k++) cutAfter(k)
    return Float64Array.from(cuts)
  }
  let left = sorted.length
  let binsLeft = bins
  let inBin = 0
  for (let k = 0; k + 1 < values.length && binsLeft > 1; k++) {
    inBin += counts[k]
    left -= counts[k]
    const target = (left + inBin) / binsLeft
    // Close the bin when it is full, or when the next value alone would fill one.
    if (inBin >= target || (inBin > target / 2 && counts[k + 1] >= target)) { cutAfter(k); binsLeft--; inBin = 0 }
  }
  return Float64Array.from(cuts)
}

/** A number t with a ≤ t < b: the middle where doubles have one. */
function between(a: number, b: number): number {
  const middle = a / 2 + b / 2
  return middle >= a && middle < b ? middle : a
}

function binCategories({ name, categories, codes: all }: CategoryFeature, trainRows: number, bins: number): BinnedFeature {
  const counts = new Uint32Array(categories.length)
  let hasMissing = false
  for (let i = 0; i < trainRows; i++) if (all[i] >= 0) counts[all[i]]++; else hasMissing = true
  // The most frequent ones; equal counts in the order of the dictionary. Two codes are for unknown and for missing.
  const kept = [...counts.keys()].filter(c => counts[c] > 0).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, bins - 2).sort((a, b) => a - b)
  const place = new Uint8Array(categories.length).fill(kept.length)
  kept.forEach((c, i) => { place[c] = i })
  const codes = new Uint8Array(all.length)
  for (let i = 0; i < codes.length; i++) codes[i] = all[i] < 0 ? kept.length + 1 : place[all[i]]
  return { input: { name, type: 'category', categories: kept.map(c => categories[c]) }, cuts: new Float64Array(0), bins: kept.length + 2, codes, hasMissing }
}
