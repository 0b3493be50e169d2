import type { Tree } from '../../../models/index.ts'
import type { Binned } from './bins.ts'

/** Adds a tree's values to the raw scores of rows [from, to), walking on bins. */
export function addTree(raw: Float64Array, tree: Tree, binned: Binned, from: number, to: number): void {
  if (tree.feature.length === 0) { for (let i = from; i < to; i++) raw[i] += tree.leaf[0]; return }
  const sides = tree.feature.map((_, i) => sideOf(tree, i, binned))
  const codes = tree.feature.map(f => binned.features[f].codes)
  const { left, right, leaf } = tree
  for (let i = from; i < to; i++) {
    let n = 0
    while (n >= 0) n = sides[n][codes[n][i]] === 1 ? left[n] : right[n]
    raw[i] += leaf[~n]
  }
}

/** For each bin of the node's feature: 1 when it goes left. */
function sideOf(tree: Tree, node: number, binned: Binned): Uint8Array {
  const feature = binned.features[tree.feature[node]]
  const split = tree.split[node]
  const side = new Uint8Array(feature.bins)
  if (typeof split !== 'number') { for (const code of split) side[code] = 1; return side }
  for (let b = 0; b < feature.cuts.length; b++) side[b] = Number(feature.cuts[b] <= split)
  side[feature.cuts.length] = Number(split === Number.POSITIVE_INFINITY)
  side[feature.bins - 1] = tree.missingLeft[node]
  return side
}
