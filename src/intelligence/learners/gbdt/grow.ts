// One tree, leaf by leaf, the greatest gain first (leaf-wise growth as in LightGBM; smaller child built, larger subtracted).
import type { Tree } from '../../../models/index.ts'
import type { Binned } from './bins.ts'
import { fillHistogram, layoutOf, subtractHistogram, type Layout } from './histogram.ts'
import type { GbdtParams } from './params.ts'
import { findSplit, type LeafSums, type Split } from './split.ts'

interface Leaf extends LeafSums {
  /** Its rows are index[from … to). */
  from: number
  to: number
  depth: number
  histogram: Float64Array | null
  best: Split | null
  /** The inner node above it and its side, to be filled in when it splits. */
  parent: number
  side: 'left' | 'right'
}

export interface Grown {
  tree: Tree
  /** For each leaf its stretch of `index`. */
  stretches: { from: number; to: number }[]
}

export interface Grower {
  /** Row numbers; the caller fills in the first `count` before `grow`, which reorders them. */
  index: Uint32Array
  grow(count: number, g: Float64Array, h: Float64Array, chosen: readonly number[]): Grown
}

export function createGrower(binned: Binned, params: GbdtParams): Grower {
  const { features, trainRows } = binned
  const layout = layoutOf(features)
  const index = new Uint32Array(trainRows)
  const spare = new Uint32Array(trainRows)
  const packedG = new Float64Array(trainRows)
  const packedH = new Float64Array(trainRows)
  const side = new Uint8Array(256)
  const free: Float64Array[] = []

  const grow = (count: number, g: Float64Array, h: Float64Array, chosen: readonly number[]): Grown => {
    const build = (leaf: Leaf): void => {
      const n = leaf.to - leaf.from
      for (let i = 0; i < n; i++) { const row = index[leaf.from + i]; packedG[i] = g[row]; packedH[i] = h[row] }
      leaf.histogram = free.pop() ?? new Float64Array(layout.size)
      fillHistogram(leaf.histogram, features, chosen, layout, index, leaf.from, leaf.to, packedG, packedH)
    }
    const search = (leaf: Leaf, counts: Uint32Array | null = null): void => {
      leaf.best = leaf.histogram === null ? null : findSplit(leaf.histogram, features, chosen, layout, leaf, params, counts)
    }
    const canSplit = (leaf: Leaf): boolean => leaf.rows >= 2 * params.minLeafRows && leaf.h >= 2 * params.minLeafHessian && (params.depth === 0 || leaf.depth < params.depth)

    const tree: Tree = { feature: [], split: [], missingLeft: [], left: [], right: [], gain: [], leaf: [], rows: [] }
    const root: Leaf = { ...sums(index, 0, count, g, h), from: 0, to: count, depth: 0, histogram: null, best: null, parent: -1, side: 'left' }
    const leaves = [root]
    if (canSplit(root)) { build(root); search(root) }

    while (leaves.length < params.leaves) {
      let chosenLeaf = -1
      leaves.forEach((l, i) => { if (l.best !== null && (chosenLeaf < 0 || l.best.gain > (leaves[chosenLeaf].best as Split).gain)) chosenLeaf = i })
      if (chosenLeaf < 0) break
      const leaf = leaves[chosenLeaf]
      const split = leaf.best as Split
      const feature = features[split.feature]
      side.fill(0)
      if (split.codes !== null) for (const code of split.codes) side[code] = 1
      else { side.fill(1, 0, split.bin + 1); side[feature.bins - 1] = split.missingLeft === 1 ? 1 : 0 }
      const middle = partition(feature.codes, side, index, spare, leaf.from, leaf.to)
      if (middle - leaf.from < params.minLeafRows || leaf.to - middle < params.minLeafRows) {
        // The estimate let a leaf pass that is too small: search this one again with counted rows.
        search(leaf, countRows(layout, binned, chosen, index, leaf.from, leaf.to))
        continue
      }
      const lower: Leaf = { rows: middle - leaf.from, g: split.g, h: split.h, from: leaf.from, to: middle, depth: leaf.depth + 1, histogram: null, best: null, parent: tree.feature.length, side: 'left' }
      const upper: Leaf = { rows: leaf.to - middle, g: leaf.g - lower.g, h: leaf.h - lower.h, from: middle, to: leaf.to, depth: leaf.depth + 1, histogram: null, best: null, parent: tree.feature.length, side: 'right' }
      // Where training had no missing value here, a later one goes where most rows went.
      const missingLeft = split.missingLeft >= 0 ? split.missingLeft : feature.hasMissing && holds(feature.codes, feature.bins - 1, index, leaf.from, leaf.to) ? 0 : Number(lower.rows > upper.rows)
      addNode(tree, leaf, split, feature.cuts, missingLeft)
      leaves[chosenLeaf] = lower
      leaves.push(upper)

      const histogram = leaf.histogram as Float64Array
      const [smaller, larger] = lower.rows <= upper.rows ? [lower, upper] : [upper, lower]
      if (leaves.length === params.leaves || !canSplit(larger)) { free.push(histogram); continue }
      build(smaller)
      subtractHistogram(histogram, smaller.histogram as Float64Array)
      larger.histogram = histogram
      search(larger)
      if (canSplit(smaller)) search(smaller)
      for (const l of [smaller, larger]) if (l.best === null && l.histogram !== null) { free.push(l.histogram); l.histogram = null }
    }

    leaves.forEach((leaf, i) => {
      if (leaf.histogram !== null) free.push(leaf.histogram)
      if (leaf.parent >= 0) tree[leaf.side][leaf.parent] = ~i
      // Newton's step, shrunk.
      tree.leaf.push(leaf.h < params.minLeafHessian ? 0 : -params.learningRate * leaf.g / (leaf.h + params.l2) || 0)
      tree.rows.push(leaf.rows)
    })
    return { tree, stretches: leaves.map(({ from, to }) => ({ from, to })) }
  }
  return { index, grow }
}

/** The leaf becomes an inner node; its children are filled in when they end as leaves or split themselves. */
function addNode(tree: Tree, leaf: Leaf, split: Split, cuts: Float64Array, missingLeft: number): void {
  if (leaf.parent >= 0) tree[leaf.side][leaf.parent] = tree.feature.length
  tree.feature.push(split.feature)
  tree.split.push(split.codes ?? (split.bin < cuts.length ? cuts[split.bin] : Number.POSITIVE_INFINITY))
  tree.missingLeft.push(missingLeft)
  tree.left.push(0)
  tree.right.push(0)
  tree.gain.push(split.gain)
}

function sums(index: Uint32Array, from: number, to: number, g: Float64Array, h: Float64Array): LeafSums {
  let sumG = 0
  let sumH = 0
  for (let i = from; i < to; i++) { sumG += g[index[i]]; sumH += h[index[i]] }
  return { rows: to - from, g: sumG, h: sumH }
}

/** Stable: rows whose bin has side 1 first. Returns where the others begin. */
function partition(codes: Uint8Array, side: Uint8Array, index: Uint32Array, spare: Uint32Array, from: number, to: number): number {
  let left = from
  let right = 0
  for (let i = from; i < to; i++) {
    const row = index[i]
    const s = side[codes[row]]
    index[left] = row
    spare[right] = row
    left += s
    right += 1 - s
  }
  index.set(spare.subarray(0, right), left)
  return left
}

function holds(codes: Uint8Array, code: number, index: Uint32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (codes[index[i]] === code) return true
  return false
}

function countRows(layout: Layout, binned: Binned, chosen: readonly number[], index: Uint32Array, from: number, to: number): Uint32Array {
  const counts = new Uint32Array(layout.size >> 1)
  for (const f of chosen) {
    const { codes } = binned.features[f]
    const offset = layout.offsets[f] >> 1
    for (let i = from; i < to; i++) counts[offset + codes[index[i]]]++
  }
  return counts
}
