import type { ForestTree } from './forest.ts'

/** The way from the root to one leaf. */
export interface LeafPath {
  leaf: number
  value: number
  /** Inputs that its splits read, each once, in the order of their first split. */
  features: number[]
  /** Per input: the share of training rows that its splits on this way let through. */
  ratios: Float64Array
  /** The splits, and the side on which the way goes on. */
  steps: { node: number; left: boolean }[]
  /** Per step: the place of its input in `features`. Every path through a node has the same. */
  places: number[]
}

/** A path for each leaf. A node that no training row reached passes half each way. */
export function readPaths(tree: ForestTree): LeafPath[] {
  const inner = tree.feature.length
  const rows = (child: number): number => (child >= 0 ? tree.innerWeight[child] : tree.leafWeight[~child])
  const paths: LeafPath[] = []
  const open: { child: number; steps: LeafPath['steps'] }[] = [{ child: inner > 0 ? 0 : ~0, steps: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { child, steps } = next
    if (child >= 0) open.push({ child: tree.right[child], steps: [...steps, { node: child, left: false }] }, { child: tree.left[child], steps: [...steps, { node: child, left: true }] })
    else paths.push(pathOf(tree, ~child, steps, rows))
  }
  return paths
}

function pathOf(tree: ForestTree, leaf: number, steps: LeafPath['steps'], rows: (child: number) => number): LeafPath {
  const features = [...new Set(steps.map(s => tree.feature[s.node]))]
  const places = steps.map(s => features.indexOf(tree.feature[s.node]))
  const ratios = new Float64Array(features.length).fill(1)
  steps.forEach(({ node, left }, s) => {
    const all = rows(node)
    ratios[places[s]] *= all > 0 ? rows(left ? tree.left[node] : tree.right[node]) / all : 0.5
  })
  return { leaf, value: tree.leaf[leaf], features, ratios, steps, places }
}
