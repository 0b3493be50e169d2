// One tree of a LightGBM text file.
import { CATEGORY, MISSING_LEFT, MISSING_RIGHT, ZERO_LEFT, ZERO_RIGHT, type CategorySet, type ForestTree, type LeafLine } from '../forest/forest.ts'
import { checkChildren } from '../forest/ordering.ts'
import { refuse } from '../reading.ts'
import { readCount, readList, type Fields } from './lines.ts'

const CATEGORICAL = 1
const DEFAULT_LEFT = 2
/** Bits 2 and 3 of a decision type. */
const MISSING = { none: 0, zero: 1, nan: 2 }

/** @param size inputs of the model. */
export function readTree(fields: Fields, path: string, size: number, score: number): ForestTree {
  const leaves = readCount(fields, 'num_leaves', path, 1, 1 << 24)
  const sets = readSets(fields, path)
  const leaf = finite(readList(fields, 'leaf_value', path, leaves), `${path}.leaf_value`)
  const lines = readCount(fields, 'is_linear', path, 0, 1, 0) === 1 ? readLines(fields, path, leaves, size) : null
  const inner = leaves - 1
  const list = (name: string, length = inner): Float64Array => (inner === 0 ? new Float64Array(length) : readList(fields, name, path, length))
  const feature = whole(list('split_feature'), `${path}.split_feature`, 0, size - 1)
  const threshold = list('threshold')
  const decision = whole(fields.has('decision_type') ? list('decision_type') : new Float64Array(inner), `${path}.decision_type`, 0, 127)
  const left = list('left_child')
  const right = list('right_child')
  checkChildren(left, right, leaves, (side, node) => `${path}.${side}_child[${node}]`)
  const kind = Int32Array.from(decision, (d, i) => kindOf(d, threshold[i], sets.length, `${path}`, i))
  return {
    score, feature, threshold, kind, sets, left, right, leaf, lines,
    innerWeight: inner === 0 ? [] : counts(fields, 'internal_count', path, inner), leafWeight: inner === 0 ? [1] : counts(fields, 'leaf_count', path, leaves),
  }
}

function kindOf(decision: number, threshold: number, sets: number, path: string, node: number): number {
  if ((decision & CATEGORICAL) !== 0) {
    if (!Number.isInteger(threshold) || threshold < 0 || threshold >= sets) refuse(`${path}.threshold[${node}]`, `must be the number of a set of categories, from 0 to ${sets - 1}`)
    return CATEGORY + threshold
  }
  const left = (decision & DEFAULT_LEFT) !== 0
  switch (decision >> 2) {
    // A missing value counts as 0 where training saw none.
    case MISSING.none: return threshold >= 0 ? MISSING_LEFT : MISSING_RIGHT
    case MISSING.zero: return left ? ZERO_LEFT : ZERO_RIGHT
    case MISSING.nan: return left ? MISSING_LEFT : MISSING_RIGHT
    default: return refuse(`${path}.decision_type[${node}]`, 'has an unknown kind of missing value')
  }
}

/** Codes in a set go left; missing, negative and unknown ones right. */
function readSets(fields: Fields, path: string): CategorySet[] {
  const count = readCount(fields, 'num_cat', path, 0, 1 << 24)
  if (count === 0) return []
  const bounds = readList(fields, 'cat_boundaries', path, count + 1)
  bounds.forEach((b, i) => { if (!Number.isInteger(b) || b < (i === 0 ? 0 : bounds[i - 1]) || (i === 0 && b !== 0)) refuse(`${path}.cat_boundaries[${i}]`, 'must be a whole number, from 0 on and never smaller than the one before it') })
  const words = whole(readList(fields, 'cat_threshold', path, bounds[count]), `${path}.cat_threshold`, 0, 0xffffffff)
  return Array.from({ length: count }, (_, i) => ({ words: words.subarray(bounds[i], bounds[i + 1]), outsideLeft: false, missingLeft: false }))
}

function readLines(fields: Fields, path: string, leaves: number, size: number): LeafLine[] {
  const intercepts = finite(readList(fields, 'leaf_const', path, leaves), `${path}.leaf_const`)
  const lengths = whole(readList(fields, 'num_features', path, leaves), `${path}.num_features`, 0, size)
  const total = lengths.reduce((a, b) => a + b, 0)
  const features = whole(readList(fields, 'leaf_features', path, total), `${path}.leaf_features`, 0, size - 1)
  const coefficients = finite(readList(fields, 'leaf_coeff', path, total), `${path}.leaf_coeff`)
  let at = 0
  return Array.from(intercepts, (intercept, i) => {
    const line = { intercept, features: [...features.subarray(at, at + lengths[i])], coefficients: [...coefficients.subarray(at, at + lengths[i])] }
    at += lengths[i]
    return line
  })
}

/** Only explanations need them: a file without has even ones. */
function counts(fields: Fields, name: string, path: string, length: number): Float64Array {
  return fields.has(name) ? whole(readList(fields, name, path, length), `${path}.${name}`, 0, 2 ** 31) : new Float64Array(length)
}

function whole(values: Float64Array, path: string, min: number, max: number): Float64Array {
  for (let i = 0; i < values.length; i++) if (!Number.isInteger(values[i]) || values[i] < min || values[i] > max) refuse(`${path}[${i}]`, `must be a whole number from ${min} to ${max}`)
  return values
}

function finite(values: Float64Array, path: string): Float64Array {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) refuse(`${path}[${i}]`, 'must be a finite number')
  return values
}
