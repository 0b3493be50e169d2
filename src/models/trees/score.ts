import { codeCount } from '../inputs.ts'
import type { RowsScorer } from '../native.ts'
import type { Trees } from './format.ts'

/** Compiles checked trees to typed arrays. The scorer takes rows as `createEncoder` makes them. */
export function compileTrees(model: Trees): RowsScorer {
  const inner = model.trees.reduce((n, t) => n + t.feature.length, 0)
  const leaves = new Float64Array(inner + model.trees.length)
  const roots = new Int32Array(model.trees.length)
  // Per inner node: input, left, right, kind. Kind 0 and 1: numbers, missing right or left; from 2 on: place of its bit set + 2.
  const nodes = new Int32Array(inner * 4)
  const thresholds = new Float64Array(inner)
  const words: number[] = []
  let node = 0
  let leaf = 0
  model.trees.forEach((tree, t) => {
    const child = (c: number): number => (c >= 0 ? node + c : ~(leaf + ~c))
    roots[t] = tree.feature.length > 0 ? node : ~leaf
    tree.feature.forEach((feature, i) => {
      const split = tree.split[i]
      let kind = tree.missingLeft[i]
      if (typeof split === 'number') thresholds[node + i] = split
      else {
        kind = words.length + 2
        const set = new Array<number>((codeCount(model.inputs[feature]) + 31) >>> 5).fill(0)
        for (const code of split) set[code >>> 5] |= 1 << (code & 31)
        words.push(...set)
      }
      nodes.set([feature, child(tree.left[i]), child(tree.right[i]), kind], (node + i) * 4)
    })
    leaves.set(tree.leaf, leaf)
    node += tree.feature.length
    leaf += tree.leaf.length
  })
  const sets = Int32Array.from(words)
  const { base } = model
  const size = model.inputs.length
  const scoreRow = (row: Float64Array, from: number): number => {
    let sum = base
    for (let t = 0; t < roots.length; t++) {
      let n = roots[t]
      while (n >= 0) {
        const at = n << 2
        const v = row[from + nodes[at]]
        const kind = nodes[at + 3]
        let left: boolean
        if (kind < 2) left = v <= thresholds[n] || (kind === 1 && v !== v)
        else { const code = v | 0; left = (sets[kind - 2 + (code >>> 5)] >>> (code & 31) & 1) === 1 }
        n = left ? nodes[at + 1] : nodes[at + 2]
      }
      sum += leaves[~n]
    }
    return sum
  }
  return (rows, count, raw) => { for (let r = 0; r < count; r++) raw[r] = scoreRow(rows, r * size) }
}
