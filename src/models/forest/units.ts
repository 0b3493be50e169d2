// A tree in units for explaining: subtrees whose splits, with what is decided above them, have so few outcomes that each outcome's
// contributions are computed once and looked up from then on.
import type { ForestTree } from './forest.ts'
import { addLeafShapley } from './leaf-shapley.ts'
import type { LeafPath } from './paths.ts'

/** A subtree: its index has a bit for each input of the way to it that fails, then one for each of its inner nodes that goes right. */
export interface Unit {
  /** Its top: an inner node, or ~leaf. */
  top: number
  /** Inputs on the way to it, which have the first places in `LeafPath.features` of each of its leaves. */
  above: number
  nodes: number[]
  leaves: LeafPath[]
  /** Inputs that its leaves depend on. */
  inputs: number[]
}

export interface Partition {
  /** Inner nodes above all units, parents first. */
  upper: number[]
  units: Unit[]
}

/** Numbers in the table of a unit. */
export function tableSize(unit: Unit): number { return 2 ** (unit.above + unit.nodes.length) * unit.inputs.length }

/**
 * Takes the largest subtrees with at most `bits` bits.
 * @param longest a leaf for itself may have up to so many; with more it is of no unit.
 */
export function partitionTree(tree: ForestTree, paths: readonly LeafPath[], bits: number, longest: number): Partition {
  const inner = tree.feature.length
  const of = new Map(paths.map(p => [p.leaf, p]))
  const innerCount = new Int32Array(inner)
  const nodesBelow = (child: number): number => (child >= 0 ? innerCount[child] : 0)
  for (let i = inner - 1; i >= 0; i--) innerCount[i] = 1 + nodesBelow(tree.left[i]) + nodesBelow(tree.right[i])
  const partition: Partition = { upper: [], units: [] }
  const open: { child: number; seen: readonly number[] }[] = [{ child: inner > 0 ? 0 : ~0, seen: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { child, seen } = next
    if (seen.length + nodesBelow(child) <= (child < 0 ? Math.max(bits, longest) : bits)) partition.units.push(unitOf(tree, child, seen.length, of))
    else if (child >= 0) {
      partition.upper.push(child)
      const deeper = seen.includes(tree.feature[child]) ? seen : [...seen, tree.feature[child]]
      open.push({ child: tree.right[child], seen: deeper }, { child: tree.left[child], seen: deeper })
    }
  }
  return partition
}

function unitOf(tree: ForestTree, top: number, above: number, of: ReadonlyMap<number, LeafPath>): Unit {
  const unit: Unit = { top, above, nodes: [], leaves: [], inputs: [] }
  const open = [top]
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child >= 0) { unit.nodes.push(child); open.push(tree.right[child], tree.left[child]) } else unit.leaves.push(of.get(~child)!)
  }
  unit.inputs = [...new Set(unit.leaves.flatMap(l => l.features))]
  return unit
}

/** Writes what each outcome of a unit contributes: for each index, one number an input. */
export function fillTable({ above, nodes, leaves, inputs }: Unit, table: Float64Array, at: number): void {
  const width = inputs.length
  const outcomes = 2 ** (above + nodes.length)
  const known = 2 ** above - 1
  for (const path of leaves) {
    const d = path.features.length
    const own = leafTable(path)
    const places = path.features.map(f => inputs.indexOf(f))
    const steps = path.steps.flatMap(({ node, left }, s) => {
      const bit = nodes.indexOf(node)
      return bit < 0 ? [] : [{ shift: above + bit, fails: left ? 1 : 0, mask: 1 << path.places[s] }]
    })
    for (let index = 0; index < outcomes; index++) {
      let failed = index & known
      for (const { shift, fails, mask } of steps) if ((index >>> shift & 1) === fails) failed |= mask
      for (let k = 0; k < d; k++) table[at + index * width + places[k]] += own[failed * d + k]
    }
  }
}

/** Contributions of one leaf by the set of inputs that fail: bit k is input k of its path. */
function leafTable({ value, ratios }: LeafPath): Float64Array {
  const d = ratios.length
  const table = new Float64Array(2 ** d * d)
  const open = new Uint8Array(d)
  for (let failed = 0; failed < 2 ** d; failed++) {
    for (let k = 0; k < d; k++) open[k] = 1 - (failed >>> k & 1)
    addLeafShapley(value, ratios, open, table, failed * d)
  }
  return table
}
