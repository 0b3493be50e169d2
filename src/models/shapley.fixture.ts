// Shapley values by their definition, over all subsets of the inputs, to compare with.
import type { Value } from '../core/schema.ts'
import type { Tree, Trees } from './trees/format.ts'

/** The expectation of the model where only the inputs of `known` (bits) are: the others go both ways, in the shares of the training rows. */
function expectation(model: Trees, vector: readonly Value[], known: number): number {
  return model.trees.reduce((sum, tree) => sum + (tree.feature.length > 0 ? expectationBelow(model, tree, 0, vector, known) : tree.leaf[0]), model.base)
}

function rowsBelow(tree: Tree, child: number): number {
  return child < 0 ? tree.rows[~child] : rowsBelow(tree, tree.left[child]) + rowsBelow(tree, tree.right[child])
}

function expectationBelow(model: Trees, tree: Tree, child: number, vector: readonly Value[], known: number): number {
  if (child < 0) return tree.leaf[~child]
  const below = (next: number): number => expectationBelow(model, tree, next, vector, known)
  const left = tree.left[child]
  const right = tree.right[child]
  const feature = tree.feature[child]
  if ((known >>> feature & 1) === 1) return below(goesLeft(model, tree, child, vector[feature]) ? left : right)
  const all = rowsBelow(tree, child)
  const share = all > 0 ? rowsBelow(tree, left) / all : 0.5
  return share * below(left) + (1 - share) * below(right)
}

function goesLeft(model: Trees, tree: Tree, node: number, value: Value): boolean {
  const { type, categories = [] } = model.inputs[tree.feature[node]]
  const split = tree.split[node]
  if (type === 'float64') return value === null ? tree.missingLeft[node] === 1 : Number(value) <= (split as number)
  const found = categories.indexOf(value as string)
  return (split as number[]).includes(value === null ? categories.length + 1 : found >= 0 ? found : categories.length)
}

/** For few inputs: 2^n expectations. */
export function bruteShapley(model: Trees, vector: readonly Value[]): { base: number; values: number[] } {
  const n = model.inputs.length
  const expected = Array.from({ length: 2 ** n }, (_, known) => expectation(model, vector, known))
  const size = (set: number): number => Array.from({ length: n }, (_, i) => set >>> i & 1).reduce((a, b) => a + b, 0)
  /** s! (n − 1 − s)! / n! = 1 / (n · C(n − 1, s)) */
  const weights = Array.from({ length: n }, (_, s) => {
    let choose = 1
    for (let k = 1; k <= s; k++) choose *= (n - k) / k
    return 1 / (n * choose)
  })
  const values = Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let set = 0; set < 2 ** n; set++) if ((set >>> i & 1) === 0) sum += weights[size(set)] * (expected[set | 1 << i] - expected[set])
    return sum
  })
  return { base: expected[0], values }
}

/** One path through all inputs, each splitting at 0.5 in other shares, then the first input once more. */
export function chainOf(inputs: number): Trees {
  const count = inputs + 1
  const all = Array.from({ length: count }, (_, i) => i)
  return {
    base: 0.25,
    inputs: all.slice(0, inputs).map(i => ({ name: `x${i}`, type: 'float64' })),
    trees: [{
      feature: all.map(i => i % inputs), split: all.map(i => (i < inputs ? 0.5 : 0.75)), missingLeft: all.map(() => 0), gain: all.map(() => 1),
      left: all.map(i => ~i), right: all.map(i => (i < count - 1 ? i + 1 : ~count)),
      leaf: [...all.map(i => Math.sin(i)), 3], rows: [...all.map(i => 1 + (i * 7) % 5), 20],
    }],
  }
}
