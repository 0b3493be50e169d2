// slipway-trees/1: boosted binary trees as canonical JSON.
import { canonicalize } from '../../core/canonical.ts'
import { codeCount, type EncodedInput } from '../inputs.ts'
import { readArray, readFinite, readInputs, readObject, readWhole, refuse } from '../reading.ts'

export const TREES_FORMAT = 'slipway-trees/1'

/**
 * One tree: inner nodes 0 … n−1 (0 is the root) and n + 1 leaves. A child c ≥ 0 is an inner node that stands after its
 * parent, and c < 0 is leaf ~c. A tree of one leaf has no inner node.
 */
export interface Tree {
  /** Input of each inner node. */
  feature: number[]
  /** Number: values ≤ it go left. Codes, ascending: a category whose code is listed goes left, all others right. */
  split: (number | number[])[]
  /** 1: a missing number goes left. A category has a code for missing, so 0 there. */
  missingLeft: number[]
  left: number[]
  right: number[]
  /** Reduction of the loss that the split gave in training. */
  gain: number[]
  /** What each leaf adds to the raw score. */
  leaf: number[]
  /** Training rows in each leaf. */
  rows: number[]
}

/** raw score = base + the leaves' values, added in the order of the trees; probability = 1 / (1 + e^−raw). */
export interface Trees {
  inputs: EncodedInput[]
  base: number
  trees: Tree[]
}

/** The same model always gives the same bytes. */
export function encodeTrees(model: Trees): Uint8Array {
  const inputs = model.inputs.map(({ name, type, categories }) => ({ name, type, categories: categories === undefined ? undefined : [...categories] }))
  const trees = model.trees.map(t => ({ ...t }))
  return new TextEncoder().encode(canonicalize({ format: TREES_FORMAT, objective: 'binary-logistic', base: model.base, inputs, trees }))
}

/**
 * Checks everything that scoring relies on, so that scoring need not.
 * @throws SlipwayError `invalid_request`, naming the place.
 */
export function readTrees(file: Record<string, unknown>): Trees {
  if (file.objective !== 'binary-logistic') refuse('objective', 'must be binary-logistic')
  const inputs = readInputs(file.inputs)
  return { inputs, base: readFinite(file.base, 'base'), trees: readArray(file.trees, 'trees').map((t, i) => readTree(t, `trees[${i}]`, inputs)) }
}

function readTree(value: unknown, path: string, inputs: EncodedInput[]): Tree {
  const t = readObject(value, path)
  const leaf = readArray(t.leaf, `${path}.leaf`).map((v, i) => readFinite(v, `${path}.leaf[${i}]`))
  const inner = leaf.length - 1
  if (inner < 0) refuse(`${path}.leaf`, 'must not be empty')
  const feature = readArray(t.feature, `${path}.feature`, inner).map((v, i) => readWhole(v, `${path}.feature[${i}]`, 0, inputs.length - 1))
  const split = readArray(t.split, `${path}.split`, inner).map((v, i) => readSplit(v, `${path}.split[${i}]`, inputs[feature[i]]))
  const flags = readArray(t.missingLeft, `${path}.missingLeft`, inner).map((v, i) => readWhole(v, `${path}.missingLeft[${i}]`, 0, 1))
  const gain = readArray(t.gain, `${path}.gain`, inner).map((v, i) => readFinite(v, `${path}.gain[${i}]`))
  const rows = readArray(t.rows, `${path}.rows`, inner + 1).map((v, i) => readWhole(v, `${path}.rows[${i}]`, 0, Number.MAX_SAFE_INTEGER))
  // Children after their parents and each reached once: no circle, nothing out of reach.
  const reached = new Set<number>()
  const children = (name: 'left' | 'right'): number[] => readArray(t[name], `${path}.${name}`, inner).map((v, i) => {
    const child = readWhole(v, `${path}.${name}[${i}]`, -inner - 1, inner - 1)
    if (child >= 0 && child <= i) refuse(`${path}.${name}[${i}]`, 'must stand after its parent')
    if (reached.has(child)) refuse(`${path}.${name}[${i}]`, 'is reached twice')
    reached.add(child)
    return child
  })
  return { feature, split, missingLeft: flags, left: children('left'), right: children('right'), gain, leaf, rows }
}

function readSplit(value: unknown, path: string, input: EncodedInput): number | number[] {
  if (input.type === 'float64') {
    if (typeof value !== 'number' || Number.isNaN(value)) refuse(path, 'must be a number')
    return value
  }
  let last = -1
  return readArray(value, path).map((v, i) => {
    const code = readWhole(v, `${path}[${i}]`, 0, codeCount(input) - 1)
    if (code <= last) refuse(`${path}[${i}]`, 'must be greater than the code before it')
    return last = code
  })
}
