import { CATEGORY, type CategorySet, type Forest, type ForestTree } from '../forest/forest.ts'
import { codeCount } from '../inputs.ts'
import type { Tree, Trees } from './format.ts'

/** Checked trees as a forest. The codes of a category cover unknown and missing ones, so nothing is outside its set. */
export function forestOf(model: Trees): Forest {
  return { size: model.inputs.length, base: [model.base], single: false, trees: model.trees.map(tree => treeOf(model, tree)) }
}

function treeOf(model: Trees, tree: Tree): ForestTree {
  const sets: CategorySet[] = []
  const kind = tree.split.map((split, i) => {
    if (typeof split === 'number') return tree.missingLeft[i]
    const words = new Int32Array((codeCount(model.inputs[tree.feature[i]]) + 31) >>> 5)
    for (const code of split) words[code >>> 5] |= 1 << (code & 31)
    return CATEGORY + sets.push({ words, outsideLeft: false, missingLeft: false }) - 1
  })
  const innerWeight = new Float64Array(tree.feature.length)
  const rows = (child: number): number => (child >= 0 ? innerWeight[child] : tree.rows[~child])
  // Children stand after their parents.
  for (let i = innerWeight.length - 1; i >= 0; i--) innerWeight[i] = rows(tree.left[i]) + rows(tree.right[i])
  return {
    score: 0, feature: tree.feature, threshold: tree.split.map(s => (typeof s === 'number' ? s : 0)), kind, sets,
    left: tree.left, right: tree.right, leaf: tree.leaf, innerWeight, leafWeight: tree.rows, lines: null,
  }
}
