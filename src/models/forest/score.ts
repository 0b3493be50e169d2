import type { RowsScorer } from '../native.ts'
import { CATEGORY, type Forest, type ForestTree, type LeafLine } from './forest.ts'

/** Rows that go through a tree before the next tree is read. */
const BLOCK = 64

/**
 * Compiles checked trees to typed arrays; docs/decisions/0022 has the measurements of this against generated code.
 * The scorer takes rows as `createEncoder` makes them.
 */
export function compileForest({ size, base, single, trees }: Forest): RowsScorer {
  const width = base.length
  const inner = trees.reduce((n, t) => n + t.feature.length, 0)
  const leaves = new Float64Array(inner + trees.length)
  const roots = new Int32Array(trees.length)
  const scores = Int32Array.from(trees, t => t.score)
  const plain = Uint8Array.from(trees, t => (Array.from(t.kind).every(k => k < 2) ? 1 : 0))
  /** Per inner node: input, kind (a set's is its place in `sets`), right child, left child. */
  const nodes = new Int32Array(inner * 4)
  const thresholds = new Float64Array(inner)
  const words: number[] = []
  const lines = trees.some(t => t.lines !== null) ? new Array<LeafLine | null>(leaves.length).fill(null) : null
  let node = 0
  let leaf = 0
  trees.forEach((tree, t) => {
    roots[t] = tree.feature.length > 0 ? node : ~leaf
    placeNodes(tree, node, leaf, nodes, words)
    thresholds.set(tree.threshold, node)
    leaves.set(tree.leaf, leaf)
    tree.lines?.forEach((line, i) => { lines![leaf + i] = line })
    node += tree.feature.length
    leaf += tree.leaf.length
  })
  const sets = Int32Array.from(words)

  /** The leaf of a tree whose splits are all by number and know missing values only. */
  const findPlain = (rows: Float64Array, at: number, root: number): number => {
    let n = root
    while (n >= 0) {
      const k = n << 2
      const v = rows[at + nodes[k]]
      n = nodes[k + 2 + +(v <= thresholds[n] || (v !== v && nodes[k + 1] === 1))]
    }
    return ~n
  }
  const find = (rows: Float64Array, at: number, root: number): number => {
    let n = root
    while (n >= 0) {
      const k = n << 2
      n = nodes[k + 2 + +goesLeft(nodes[k + 1], rows[at + nodes[k]], thresholds[n], sets)]
    }
    return ~n
  }
  return (rows, count, raw) => {
    for (let r = 0; r < count; r++) for (let s = 0; s < width; s++) raw[r * width + s] = base[s]
    for (let from = 0; from < count; from += BLOCK) {
      const to = Math.min(from + BLOCK, count)
      for (let t = 0; t < roots.length; t++) {
        const root = roots[t]
        const score = scores[t]
        const isPlain = plain[t] === 1
        for (let r = from; r < to; r++) {
          const l = isPlain ? findPlain(rows, r * size, root) : find(rows, r * size, root)
          const value = lines !== null && lines[l] !== null ? lineValue(lines[l], leaves[l], rows, r * size) : leaves[l]
          const sum = raw[r * width + score] + value
          raw[r * width + score] = single ? Math.fround(sum) : sum
        }
      }
    }
  }
}

/** Writes the nodes of one tree from `node` on; `leaf` is its first leaf. */
export function placeNodes(tree: ForestTree, node: number, leaf: number, nodes: Int32Array, words: number[]): void {
  const child = (c: number): number => (c >= 0 ? node + c : ~(leaf + ~c))
  for (let i = 0; i < tree.feature.length; i++) {
    let kind = tree.kind[i]
    if (kind >= CATEGORY) {
      const set = tree.sets[kind - CATEGORY]
      kind = words.length + CATEGORY
      words.push(set.words.length * 32, (set.outsideLeft ? 1 : 0) | (set.missingLeft ? 2 : 0))
      for (let w = 0; w < set.words.length; w++) words.push(set.words[w] | 0)
    }
    nodes.set([tree.feature[i], kind, child(tree.right[i]), child(tree.left[i])], (node + i) * 4)
  }
}

/** Which way a value goes; `sets` holds per set: how many codes, flags, words. */
export function goesLeft(kind: number, v: number, threshold: number, sets: Int32Array): boolean {
  if (kind < 2) return v <= threshold || (kind === 1 && v !== v)
  if (kind < CATEGORY) return v !== v || v === 0 ? kind === 3 : v <= threshold
  const at = kind - CATEGORY
  if (v !== v) return (sets[at + 1] & 2) !== 0
  if (!(v > -1 && v < sets[at])) return (sets[at + 1] & 1) !== 0
  const code = v | 0
  return (sets[at + 2 + (code >>> 5)] >>> (code & 31) & 1) === 1
}

function lineValue({ intercept, features, coefficients }: LeafLine, leaf: number, rows: Float64Array, at: number): number {
  let sum = intercept
  for (let i = 0; i < features.length; i++) {
    const v = rows[at + features[i]]
    if (v !== v) return leaf
    sum += coefficients[i] * v
  }
  return sum
}
