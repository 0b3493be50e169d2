// Path-dependent TreeSHAP by tables: the outcomes of the splits decide all that a tree contributes, so it is computed once for each.
import { SlipwayError } from '../../core/errors.ts'
import type { RawExplainer } from '../explanation.ts'
import type { Forest, ForestTree } from './forest.ts'
import { addLeafShapley } from './leaf-shapley.ts'
import { readPaths, type LeafPath } from './paths.ts'
import { goesLeft, placeNodes } from './score.ts'
import { fillTable, partitionTree, tableSize, type Partition } from './units.ts'

/** Bits of a unit: with 11 the tables of a tree of 31 leaves are some 200 KiB, and it has seven or eight units (docs/decisions/0022). */
const BITS = 11
/** A leaf whose path has d inputs, more than `BITS`, gets a table of 2^d · d numbers; one with more inputs than this is computed for each row. */
const MOST_INPUTS = 12
/** Numbers in all tables, 128 MiB. In a model that needs more, units are smaller, and the longest paths go without. */
const MOST_NUMBERS = 1 << 24
/** Splits on the ways to all leaves; 10,000 trees of 100 leaves have some ten million. Chains of a hundred thousand splits have thousands of millions. */
const MOST_STEPS = 50_000_000

/**
 * Tables are made here, once: some hundred milliseconds for 100 trees of 31 leaves.
 * @throws SlipwayError `invalid_request` for linear trees, whose leaves have no one value.
 */
export function compileForestExplainer(forest: Forest): RawExplainer {
  if (forest.trees.some(t => t.lines !== null)) throw new SlipwayError('invalid_request', 'The model has linear trees (linear_tree), for which there are no exact path-dependent Shapley values.', { remedy: 'Ask for predictions without explanations, or train without linear_tree.' })
  if (forest.trees.reduce((sum, tree) => sum + countSteps(tree), 0) > MOST_STEPS) throw new SlipwayError('invalid_request', `The trees of the model are too deep to be explained: the ways to their leaves have more than ${MOST_STEPS} splits together.`)
  const paths = forest.trees.map(readPaths)
  const base = Float64Array.from(forest.base)
  paths.forEach((leaves, t) => { for (const { value, ratios } of leaves) base[forest.trees[t].score] += ratios.reduce((product, r) => product * r, value) })
  const partitions = partitionForest(forest.trees, paths)
  const trees = forest.trees.map((tree, t) => compileTree(tree, paths[t], partitions[t])).filter(t => t.inner > 0)
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

function countSteps({ left, right }: ForestTree): number {
  const depth = new Float64Array(left.length)
  let steps = 0
  // Children stand after their parents.
  for (let n = 0; n < left.length; n++) {
    for (const child of [left[n], right[n]]) if (child >= 0) depth[child] = depth[n] + 1; else steps += depth[n] + 1
  }
  return steps
}

/** The largest units whose tables keep within the limit. */
function partitionForest(trees: readonly ForestTree[], paths: readonly LeafPath[][]): Partition[] {
  for (let bits = BITS; ; bits--) {
    const longest = bits < BITS ? bits : MOST_INPUTS
    const partitions = trees.map((tree, t) => partitionTree(tree, paths[t], bits, longest))
    const numbers = partitions.reduce((sum, { units }) => sum + units.reduce((n, unit) => n + tableSize(unit), 0), 0)
    if (numbers <= MOST_NUMBERS || bits === 0) return partitions
  }
}

/** Nodes in the order in which they are decided: first those above the units, parents first, then unit by unit. */
interface CompiledTree {
  score: number
  inner: number
  /** Numbers alone, with missing values that are nothing but missing. */
  plain: boolean
  /** Per node: its input, and its kind as the scorer has it. */
  nodes: Int32Array
  thresholds: Float64Array
  sets: Int32Array
  /** Per node above the units: the bit of its input, and what its left and its right child are: a node, or `upper` + a unit. */
  upper: Int32Array
  /** Per unit: how many inputs are above it, how many nodes it has, how many inputs, where they begin in `inputs`, where its table does. */
  units: Int32Array
  inputs: Int32Array
  table: Float64Array
  /** Leaves of no unit. */
  long: LongPath[]
}

/** Per split on the way to a leaf: its place among the nodes, whether it goes on to the left, and the place of its input. */
interface LongPath { value: number; ratios: Float64Array; features: Int32Array; nodes: Int32Array; lefts: Uint8Array; places: Int32Array }

const UPPER = 3
const UNIT = 5

function compileTree(tree: ForestTree, paths: readonly LeafPath[], { upper, units }: Partition): CompiledTree {
  const inner = tree.feature.length
  const ordered = [...upper, ...units.flatMap(u => u.nodes)]
  const placed = new Int32Array(inner * 4)
  const words: number[] = []
  placeNodes(tree, 0, 0, placed, words)
  const bits = new Map(paths.flatMap(p => p.steps.map(({ node }, s) => [node, p.places[s] < 31 ? 1 << p.places[s] : 0])))
  const slots = new Map([...upper.map((n, i): [number, number] => [n, i]), ...units.map((u, i): [number, number] => [u.top, upper.length + i])])
  // A leaf of no unit has a slot that nobody reads.
  const slotOf = (child: number): number => slots.get(child) ?? upper.length + units.length
  const places = new Int32Array(inner)
  ordered.forEach((n, i) => { places[n] = i })
  const compiled: number[] = []
  const inputs: number[] = []
  let size = 0
  for (const unit of units) {
    compiled.push(unit.above, unit.nodes.length, unit.inputs.length, inputs.length, size)
    inputs.push(...unit.inputs)
    size += tableSize(unit)
  }
  const table = new Float64Array(size)
  units.forEach((unit, i) => { fillTable(unit, table, compiled[i * UNIT + 4]) })
  const tabled = new Set(units.flatMap(u => u.leaves.map(l => l.leaf)))
  return {
    score: tree.score, inner, plain: ordered.every(n => tree.kind[n] < 2),
    nodes: Int32Array.from(ordered.flatMap(n => [tree.feature[n], placed[n * 4 + 1]])), thresholds: Float64Array.from(ordered, n => tree.threshold[n]), sets: Int32Array.from(words),
    upper: Int32Array.from(upper.flatMap(n => [bits.get(n) ?? 0, slotOf(tree.left[n]), slotOf(tree.right[n])])), units: Int32Array.from(compiled), inputs: Int32Array.from(inputs),
    table, long: paths.filter(p => !tabled.has(p.leaf)).map(({ value, ratios, features, steps, places: inputPlaces }) => ({
      value, ratios, features: Int32Array.from(features), nodes: Int32Array.from(steps, t => places[t.node]), lefts: Uint8Array.from(steps, t => (t.left ? 1 : 0)), places: Int32Array.from(inputPlaces),
    })),
  }
}

function addTree(tree: CompiledTree, rows: Float64Array, at: number, into: Float64Array, to: number, failed: Int32Array): void {
  const { plain, nodes, thresholds, sets, upper, units, inputs, table, long } = tree
  const above = upper.length / UPPER
  failed[0] = 0
  for (let n = 0; n < above; n++) {
    const mine = upper[n * UPPER]
    const bit = mine & -goesRight(plain, nodes[2 * n + 1], rows[at + nodes[2 * n]], thresholds[n], sets)
    failed[upper[n * UPPER + 1]] = failed[n] | bit
    failed[upper[n * UPPER + 2]] = failed[n] | (mine ^ bit)
  }
  let n = above
  for (let u = 0, slot = above; u < units.length; u += UNIT, slot++) {
    let index = failed[slot]
    let shift = units[u]
    for (const end = n + units[u + 1]; n < end; n++) index |= goesRight(plain, nodes[2 * n + 1], rows[at + nodes[2 * n]], thresholds[n], sets) << shift++
    const d = units[u + 2]
    const input = units[u + 3]
    const from = units[u + 4] + index * d
    for (let k = 0; k < d; k++) into[to + inputs[input + k]] += table[from + k]
  }
  if (long.length === 0) return
  const sides = scratch(tree.inner)
  for (let k = 0; k < tree.inner; k++) sides[k] = goesRight(plain, nodes[2 * k + 1], rows[at + nodes[2 * k]], thresholds[k], sets)
  for (let i = 0; i < long.length; i++) addLongPath(long[i], sides, into, to)
}

/** 1 or 0, as the scorer decides. */
function goesRight(plain: boolean, kind: number, v: number, threshold: number, sets: Int32Array): number {
  return plain ? v !== v ? 1 - kind : +!(v <= threshold) : +!goesLeft(kind, v, threshold, sets)
}

let decided = new Uint8Array(256)
let open = new Uint8Array(64)
let values = new Float64Array(64)

function scratch(length: number): Uint8Array {
  if (decided.length < length) decided = new Uint8Array(length)
  return decided
}

function addLongPath({ value, ratios, features, nodes, lefts, places }: LongPath, sides: Uint8Array, into: Float64Array, to: number): void {
  const d = features.length
  if (open.length < d) { open = new Uint8Array(d); values = new Float64Array(d) }
  open.fill(1, 0, d)
  values.fill(0, 0, d)
  // The row goes right where the way goes left, or the other way round.
  for (let s = 0; s < nodes.length; s++) if (sides[nodes[s]] === lefts[s]) open[places[s]] = 0
  addLeafShapley(value, ratios, open, values, 0)
  for (let k = 0; k < d; k++) into[to + features[k]] += values[k]
}
