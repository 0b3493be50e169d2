// The boosting itself, over features that are binned already: training makes an artifact of it, feature search compares many sets of the same columns.
import { log, sigmoid, type Tree } from '../../../models/index.ts'
import { logloss } from '../metrics.ts'
import { hash32 } from '../random.ts'
import type { Binned } from './bins.ts'
import { createGrower } from './grow.ts'
import { toGrid } from './histogram.ts'
import type { GbdtParams } from './params.ts'
import { addTree } from './walk.ts'

export interface Boosted {
  /** Log odds of the training rows' share of positives. */
  base: number
  trees: Tree[]
  /** Trees before training stopped. */
  tried: number
  /** Log odds of every row, those that were not trained on too. */
  raw: Float64Array
}

export interface BoostOptions {
  seed: number
  /** The rows right after the training rows that say when to stop; 0: all trees are grown. */
  validationRows: number
  /** Log odds of every row to begin with, such as another model's; default: those of the share of positives. */
  start?: Float64Array
  /** `loss`: of the validation rows; null without them. */
  onTree?: (trees: number, loss: number | null) => void
}

/** Trains on the first `binned.trainRows` rows. The same input gives the same trees. */
export function boost(binned: Binned, label: Uint8Array, params: GbdtParams, { seed, validationRows, start, onTree }: BoostOptions): Boosted {
  const { rows, trainRows } = binned
  const measured = trainRows + validationRows
  const grower = createGrower(binned, params)
  const base = logOdds(label, trainRows)
  const raw = start === undefined ? new Float64Array(rows).fill(base) : start.slice()
  const g = new Float64Array(trainRows)
  const h = new Float64Array(trainRows)
  const trees: Tree[] = []
  let best = { trees: 0, loss: validationRows > 0 ? logloss(raw, label, trainRows, measured) : 0 }

  while (trees.length < params.trees) {
    fillGradients(raw, label, g, h)
    const count = chooseRows(grower.index, trainRows, params.rowFraction, seed, trees.length)
    const { tree, stretches } = grower.grow(count, g, h, chooseFeatures(binned.features.length, params.featureFraction, seed, trees.length))
    // A tree without a split cannot be told from the next one, unless that one sees other rows or features.
    if (tree.feature.length === 0 && params.rowFraction === 1 && params.featureFraction === 1) break
    trees.push(tree)
    if (count === trainRows) stretches.forEach(({ from, to }, leaf) => { for (let i = from; i < to; i++) raw[grower.index[i]] += tree.leaf[leaf] })
    else addTree(raw, tree, binned, 0, trainRows)
    addTree(raw, tree, binned, trainRows, rows)
    const loss = validationRows > 0 ? logloss(raw, label, trainRows, measured) : null
    onTree?.(trees.length, loss)
    if (loss === null) continue
    if (loss < best.loss) best = { trees: trees.length, loss }
    else if (params.earlyStopping > 0 && trees.length - best.trees >= params.earlyStopping) break
  }
  const kept = validationRows > 0 && params.earlyStopping > 0 ? trees.slice(0, best.trees) : trees
  if (kept.length < trees.length) {
    if (start === undefined) raw.fill(base)
    else raw.set(start)
    for (const tree of kept) addTree(raw, tree, binned, 0, rows)
  }
  return { base, trees: kept, tried: trees.length, raw }
}

function logOdds(label: Uint8Array, rows: number): number {
  let positives = 0
  for (let i = 0; i < rows; i++) positives += label[i]
  return log(positives / (rows - positives))
}

function fillGradients(raw: Float64Array, label: Uint8Array, g: Float64Array, h: Float64Array): void {
  for (let i = 0; i < g.length; i++) {
    const p = sigmoid(raw[i])
    g[i] = toGrid(p - label[i])
    h[i] = toGrid(p * (1 - p))
  }
}

function chooseRows(index: Uint32Array, rows: number, fraction: number, seed: number, tree: number): number {
  const threshold = fraction * 4294967296
  let count = 0
  for (let i = 0; i < rows; i++) if (fraction === 1 || hash32(seed, tree, i) < threshold) index[count++] = i
  return count
}

/** Ascending numbers of the features with the smallest hashes. */
function chooseFeatures(features: number, fraction: number, seed: number, tree: number): number[] {
  const all = Array.from({ length: features }, (_, f) => f)
  if (fraction === 1) return all
  const key = all.map(f => hash32(seed, tree, -1 - f))
  return all.sort((a, b) => key[a] - key[b] || a - b).slice(0, Math.ceil(features * fraction)).sort((a, b) => a - b)
}

/** Loss reduction by splits of each feature, as shares that add to 1 (all 0 where nothing was split). */
export function importanceOf(trees: readonly Tree[], features: number): Float64Array {
  const gain = new Float64Array(features)
  let total = 0
  for (const tree of trees) tree.feature.forEach((f, i) => { gain[f] += tree.gain[i]; total += tree.gain[i] })
  return total > 0 ? gain.map(g => g / total) : gain
}
