// Path-dependent TreeSHAP by tables: which splits on its way a row fails decides all that a leaf contributes, so it is computed once.
import { SlipwayError } from '../../core/errors.ts'
import type { RawExplainer } from '../explanation.ts'
import type { Forest, ForestTree } from './forest.ts'
import { addLeafShapley } from './leaf-shapley.ts'
import { readPaths, type LeafPath } from './paths.ts'
import { goesLeft, placeNodes } from './score.ts'

/** A leaf whose path has d inputs gets a table of 2^d · d numbers; a path with more inputs than this is computed for each row. */
const MOST_INPUTS = 12
/** Numbers in all tables, 64 MiB. In a model that needs more, the longest paths go without. */
const MOST_NUMBERS = 1 << 23

/**
 * Tables are made here, once: some hundred milliseconds for 100 trees of 31 leaves.
 * @throws SlipwayError `invalid_request` for linear trees, whose leaves have no one value.
 */
export function compileForestExplainer(forest: Forest): RawExplainer {
  if (forest.trees.some(t => t.lines !== null)) throw new SlipwayError('invalid_request', 'The model has linear trees (linear_tree), for which there are no exact path-dependent Shapley values.', { remedy: 'Ask for predictions without explanations, or train without linear_tree.' })
  const paths = forest.trees.map(readPaths)
  const limit = tableLimit(paths.flat())
  const base = Float64Array.from(forest.base)
  paths.forEach((leaves, t) => { for (const { value, ratios } of leaves) base[forest.trees[t].score] += ratios.reduce((product, r) => product * r, value) })
  const trees = forest.trees.map((tree, t) => compileTree(tree, paths[t], limit)).filter(t => t.inner > 0)
  const { size } = forest
  const width = base.length
  const failed = new Int32Array(trees.reduce((most, t) => Math.max(most, t.inner * 2 + 1), 0))
  return {
    method: 'tree-path-dependent', base,
    explain(rows, count, into) {
      // A tree's tables stay in the cache while it goes over the rows.
      for (const tree of trees) for (let i = 0; i < count; i++) addTree(tree, rows, i * size, into, (i * width + tree.score) * size, failed)
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
  score: number
  inner: number
  /** Per inner node: its input, kind, right and left child, as the scorer has them. Leaf i is node `inner` + i. */
  nodes: Int32Array
  /** Per inner node: the bit of its input on every path through it. */
  bits: Int32Array
  thresholds: Float64Array
  sets: Int32Array
  /** Per leaf with a table, those with as many inputs side by side: its node, how many inputs, where they begin in `inputs`, where its table does. */
  leaves: Int32Array
  inputs: Int32Array
  table: Float64Array
  long: LeafPath[]
}

const LEAF = 4

function compileTree(tree: ForestTree, paths: readonly LeafPath[], limit: number): CompiledTree {
  const inner = tree.feature.length
  const nodes = new Int32Array(inner * 4)
  const words: number[] = []
  placeNodes(tree, 0, 0, nodes, words)
  for (let n = 0; n < inner * 4; n++) if (n % 4 > 1 && nodes[n] < 0) nodes[n] = inner + ~nodes[n]
  const bits = new Int32Array(inner)
  for (const { steps, places } of paths) steps.forEach(({ node }, s) => { if (places[s] < limit) bits[node] = 1 << places[s] })
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
    score: tree.score, inner, nodes, bits, table, leaves: Int32Array.from(leaves), inputs: Int32Array.from(inputs), sets: Int32Array.from(words),
    thresholds: Float64Array.from(tree.threshold), long: paths.filter(p => p.features.length > limit),
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

function addTree(tree: CompiledTree, rows: Float64Array, at: number, into: Float64Array, to: number, failed: Int32Array): void {
  const { inner, nodes, bits, thresholds, sets, leaves, inputs, table, long } = tree
  for (let n = 0; n < inner; n++) {
    const node = n << 2
    const mine = bits[n]
    const bit = goesLeft(nodes[node + 1], rows[at + nodes[node]], thresholds[n], sets) ? 0 : mine
    failed[nodes[node + 3]] = failed[n] | bit
    failed[nodes[node + 2]] = failed[n] | (mine ^ bit)
  }
  for (let i = 0; i < leaves.length; i += LEAF) {
    const d = leaves[i + 1]
    const first = leaves[i + 2]
    const from = leaves[i + 3] + failed[leaves[i]] * d
    for (let k = 0; k < d; k++) into[to + inputs[first + k]] += table[from + k]
  }
  for (const path of long) addLongPath(path, n => goesLeft(nodes[(n << 2) + 1], rows[at + nodes[n << 2]], thresholds[n], sets), into, to)
}

function addLongPath({ value, ratios, features, steps, places }: LeafPath, left: (node: number) => boolean, into: Float64Array, to: number): void {
  const open = new Uint8Array(features.length).fill(1)
  steps.forEach((step, s) => { if (left(step.node) !== step.left) open[places[s]] = 0 })
  const phi = new Float64Array(features.length)
  addLeafShapley(value, ratios, open, phi, 0)
  features.forEach((feature, k) => { into[to + feature] += phi[k] })
}
