// One tree of an XGBoost file: nodes in parallel arrays, leaves among them.
import { CATEGORY, MISSING_LEFT, MISSING_RIGHT, type CategorySet, type ForestTree } from '../forest/forest.ts'
import { readArray, readNumbers, readObject, refuse } from '../reading.ts'
import { singleBefore } from '../single.ts'
import { readParameter } from './fields.ts'

/** Categories are whole numbers below this in single precision. */
const MOST_CATEGORIES = 1 << 24

/** Words of sets that a file may still use: its categories are listed one by one, and a high one makes a long set. */
export interface Budget { words: number }

/**
 * @param weight by which dart counts the tree; 1 without it.
 * @param size inputs of the model.
 */
export function readTree(value: unknown, path: string, size: number, score: number, weight: number, budget: Budget): ForestTree {
  const tree = readObject(value, path)
  const parameters = readObject(tree.tree_param, `${path}.tree_param`)
  if (parameters.size_leaf_vector !== undefined && readParameter(parameters.size_leaf_vector, `${path}.tree_param.size_leaf_vector`, 0, 1 << 24) > 1) refuse(path, 'has a vector in each leaf (multi_output_tree), which is not supported: train with one_output_per_tree')
  const lefts = readNumbers(tree.left_children, `${path}.left_children`)
  const count = lefts.length
  if (count === 0) refuse(`${path}.left_children`, 'must not be empty')
  const numbers = (name: string): ArrayLike<number> => readNumbers(tree[name], `${path}.${name}`, count)
  const rights = numbers('right_children')
  const inputs = numbers('split_indices')
  const conditions = numbers('split_conditions')
  const hessians = numbers('sum_hessian')
  const defaults = readFlags(tree.default_left, `${path}.default_left`, count)
  const splits = tree.split_type === undefined ? new Uint8Array(count) : readFlags(tree.split_type, `${path}.split_type`, count)
  const listed = readCategories(tree, path)

  const feature: number[] = []
  const threshold: number[] = []
  const kind: number[] = []
  const sets: CategorySet[] = []
  const left: number[] = []
  const right: number[] = []
  const leaf: number[] = []
  const innerWeight: number[] = []
  const leafWeight: number[] = []
  const reached = new Uint8Array(count)
  // Numbered again from the root down: nodes that pruning left behind are out of reach.
  const open: { node: number; parent: number; side: number[] }[] = [{ node: 0, parent: -1, side: left }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent, side } = next
    if (reached[node] === 1) refuse(`${path}.left_children`, `reaches node ${node} twice`)
    reached[node] = 1
    const condition = Math.fround(conditions[node])
    const hessian = Math.fround(hessians[node])
    if (lefts[node] === -1) {
      if (!Number.isFinite(condition)) refuse(`${path}.split_conditions[${node}]`, 'must be a finite number')
      if (parent >= 0) side[parent] = ~leaf.length
      leaf.push(weight === 1 ? condition : Math.fround(condition * weight))
      leafWeight.push(hessian)
      continue
    }
    const n = feature.length
    if (parent >= 0) side[parent] = n
    const input = inputs[node]
    if (!Number.isInteger(input) || input < 0 || input >= size) refuse(`${path}.split_indices[${node}]`, `must be a whole number from 0 to ${size - 1}`)
    feature.push(input)
    innerWeight.push(hessian)
    left.push(0)
    right.push(0)
    if (splits[node] === 1) {
      threshold.push(0)
      sets.push(setOf(listed.get(node) ?? refuse(`${path}.categories_nodes`, `does not have node ${node}`), defaults[node] === 1, `${path}.categories`, budget))
      kind.push(CATEGORY + sets.length - 1)
    } else {
      if (Number.isNaN(condition)) refuse(`${path}.split_conditions[${node}]`, 'must be a number')
      // v < condition, for v in single precision.
      threshold.push(singleBefore(condition))
      kind.push(defaults[node] === 1 ? MISSING_LEFT : MISSING_RIGHT)
    }
    const child = (of: ArrayLike<number>, name: string): number => {
      const c = of[node]
      return Number.isInteger(c) && c > 0 && c < count ? c : refuse(`${path}.${name}[${node}]`, `must be a whole number from 1 to ${count - 1}`)
    }
    open.push({ node: child(rights, 'right_children'), parent: n, side: right }, { node: child(lefts, 'left_children'), parent: n, side: left })
  }
  return { score, feature, threshold, kind, sets, left, right, leaf, innerWeight, leafWeight, lines: null }
}

function readFlags(value: unknown, path: string, length: number): Uint8Array {
  const items = Array.isArray(value) ? readArray(value, path, length) : readNumbers(value, path, length)
  return Uint8Array.from({ length }, (_, i) => {
    const flag = Number(items[i])
    return flag === 0 || flag === 1 ? flag : refuse(`${path}[${i}]`, 'must be 0 or 1')
  })
}

/** Per node that splits by category: those that go right. */
function readCategories(tree: Record<string, unknown>, path: string): Map<number, ArrayLike<number>> {
  if (tree.categories_nodes === undefined) return new Map()
  const nodes = readNumbers(tree.categories_nodes, `${path}.categories_nodes`)
  const starts = readNumbers(tree.categories_segments, `${path}.categories_segments`, nodes.length)
  const lengths = readNumbers(tree.categories_sizes, `${path}.categories_sizes`, nodes.length)
  const all = Array.from(readNumbers(tree.categories, `${path}.categories`))
  let last = 0
  return new Map(Array.from(nodes, (node, i) => {
    // One after the other, as XGBoost writes them: overlapping ones would let a small file name many categories.
    if (starts[i] !== last || !Number.isInteger(lengths[i]) || lengths[i] < 1 || last + lengths[i] > all.length) refuse(`${path}.categories_segments[${i}]`, 'must begin where the one before it ends, and have its categories')
    last += lengths[i]
    return [node, all.slice(starts[i], last)]
  }))
}

/** All but the listed categories go left, and so do codes that are none. */
function setOf(right: ArrayLike<number>, missingLeft: boolean, path: string, budget: Budget): CategorySet {
  let most = 0
  for (let i = 0; i < right.length; i++) {
    const c = right[i]
    if (!Number.isInteger(c) || c < 0 || c >= MOST_CATEGORIES) refuse(path, `must be whole numbers from 0 to ${MOST_CATEGORIES - 1}`)
    if (c > most) most = c
  }
  const length = (most >>> 5) + 1
  budget.words -= length
  if (budget.words < 0) refuse(path, 'has too many sets with high codes')
  const words = new Int32Array(length).fill(-1)
  for (let i = 0; i < right.length; i++) words[right[i] >>> 5] &= ~(1 << (right[i] & 31))
  return { words, outsideLeft: true, missingLeft }
}
