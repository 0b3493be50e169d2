// Path-dependent TreeSHAP by tables: which splits on its way a row fails decides all that a leaf contributes, so it is computed once.
import { codeCount } from '../inputs.ts'
import type { RawExplainer } from '../explanation.ts'
import type { Tree, Trees } from './format.ts'
import { addLeafShapley } from './leaf-shapley.ts'
import { readPaths, type LeafPath } from './paths.ts'

/** A leaf whose path has d inputs gets a table of 2^d · d numbers; a path with more inputs than this is computed for each row. */
const MOST_INPUTS = 12
/** Numbers in all tables, 64 MiB. In a model that needs more, the longest paths go without. */
const MOST_NUMBERS = 1 << 23

/** Tables are made here, once: some hundred milliseconds for 100 trees of 31 leaves. */
export function compileTreeExplainer(model: Trees): RawExplainer {
  const paths = model.trees.map(readPaths)
  const limit = tableLimit(paths.flat())
  let base = model.base
  for (const { value, ratios } of paths.flat()) base += ratios.reduce((product, r) => product * r, value)
  const trees = model.trees.map((tree, t) => compileTree(model, tree, paths[t], limit)).filter(t => t.inner > 0)
  const width = model.inputs.length
  const failed = new Int32Array(trees.reduce((most, t) => Math.max(most, t.inner * 2 + 1), 0))
  return {
    method: 'tree-path-dependent', base: Float64Array.of(base),
    explain(rows, count, into) {
      // A tree's tables stay in the cache while it goes over the rows.
      for (const tree of trees) for (let i = 0; i < count; i++) addTree(tree, rows, i * width, into, failed)
    },
  }
}

/** The longest path that gets a table. */
function tableLimit(paths: readonly LeafPath[]): number {
  const needed = new Float64Array(MOST_INPUTS + 2)
  for (const { features: { length } } of paths) if (length <= MOST_INPUTS) needed[length] += length * 2 ** length
  let sum = 0
  let limit = 0
  while (limit < MOST_INPUTS && (sum += needed[limit + 1]) <= MOST_NUMBERS) limit++
  return limit
}

interface CompiledTree {
  inner: number
  /**
   * Per inner node: its input; the bit of the input on every path through it; its left and right child; where its categories begin in
   * `sets`, or −1 for a missing number that goes right and −2 for one that goes left. Leaf i is node `inner` + i.
   */
  nodes: Int32Array
  thresholds: Float64Array
  /** 1 for each code that goes left. */
  sets: Uint8Array
  /** Per leaf with a table, those with as many inputs side by side: its node, how many inputs, where they begin in `inputs`, where its table does. */
  leaves: Int32Array
  inputs: Int32Array
  table: Float64Array
  long: LeafPath[]
}

const NODE = 5
const LEAF = 4

function compileTree(model: Trees, tree: Tree, paths: readonly LeafPath[], limit: number): CompiledTree {
  const inner = tree.feature.length
  const slot = (child: number): number => (child >= 0 ? child : inner + ~child)
  const nodes = new Int32Array(inner * NODE)
  const sets: number[] = []
  tree.split.forEach((split, n) => {
    nodes.set([tree.feature[n], 0, slot(tree.left[n]), slot(tree.right[n]), typeof split === 'number' ? -1 - tree.missingLeft[n] : sets.length], n * NODE)
    if (typeof split !== 'number') for (let code = 0; code < codeCount(model.inputs[tree.feature[n]]); code++) sets.push(split.includes(code) ? 1 : 0)
  })
  for (const { steps, places } of paths) steps.forEach(({ node }, s) => { if (places[s] < limit) nodes[node * NODE + 1] = 1 << places[s] })
  const short = paths.filter(p => p.features.length <= limit).sort((a, b) => a.features.length - b.features.length)
  const leaves: number[] = []
  const inputs: number[] = []
  let size = 0
  for (const { leaf, features } of short) {
    leaves.push(inner + leaf, features.length, inputs.length, size)
    inputs.push(...features)
    size += features.length * 2 ** features.length
  }
  const table = new Float64Array(size)
  short.forEach((path, i) => { fillTable(path, table, leaves[i * LEAF + 3]) })
  return {
    inner, nodes, table, leaves: Int32Array.from(leaves), inputs: Int32Array.from(inputs), sets: Uint8Array.from(sets),
    thresholds: Float64Array.from(tree.split, s => (typeof s === 'number' ? s : 0)), long: paths.filter(p => p.features.length > limit),
  }
}

/** Contributions by the set of inputs that fail: bit k is input k of the path. */
function fillTable({ value, ratios }: LeafPath, table: Float64Array, at: number): void {
  const d = ratios.length
  const open = new Uint8Array(d)
  for (let failed = 0; failed < 2 ** d; failed++) {
    for (let k = 0; k < d; k++) open[k] = 1 - (failed >>> k & 1)
    addLeafShapley(value, ratios, open, table, at + failed * d)
  }
}

function addTree(tree: CompiledTree, rows: Float64Array, at: number, into: Float64Array, failed: Int32Array): void {
  const { inner, nodes, thresholds, sets, leaves, inputs, table, long } = tree
  for (let n = 0; n < inner; n++) {
    const node = n * NODE
    const left = goesLeft(nodes[node + 4], rows[at + nodes[node]], thresholds[n], sets)
    const bit = left ? 0 : nodes[node + 1]
    failed[nodes[node + 2]] = failed[n] | bit
    failed[nodes[node + 3]] = failed[n] | (nodes[node + 1] ^ bit)
  }
  for (let i = 0; i < leaves.length; i += LEAF) {
    const d = leaves[i + 1]
    const first = leaves[i + 2]
    const from = leaves[i + 3] + failed[leaves[i]] * d
    for (let k = 0; k < d; k++) into[at + inputs[first + k]] += table[from + k]
  }
  for (const path of long) addLongPath(path, n => goesLeft(nodes[n * NODE + 4], rows[at + nodes[n * NODE]], thresholds[n], sets), into, at)
}

/** As the scorer decides. */
function goesLeft(kind: number, v: number, threshold: number, sets: Uint8Array): boolean {
  return kind < 0 ? v <= threshold || (kind === -2 && v !== v) : sets[kind + v] === 1
}

function addLongPath({ value, ratios, features, steps, places }: LeafPath, left: (node: number) => boolean, into: Float64Array, at: number): void {
  const open = new Uint8Array(features.length).fill(1)
  steps.forEach((step, s) => { if (left(step.node) !== step.left) open[places[s]] = 0 })
  const phi = new Float64Array(features.length)
  addLeafShapley(value, ratios, open, phi, 0)
  features.forEach((feature, k) => { into[at + feature] += phi[k] })
}
