// Gradient-boosted trees for yes-or-no labels: logloss, Newton steps, histograms.
import { SlipwayError } from '../../../core/errors.ts'
import { encodeTrees, log, sigmoid, TREES_FORMAT, type Tree } from '../../../models/index.ts'
import type { Learner, TrainInput, TrainOutput } from '../learner.ts'
import { auc, logloss } from '../metrics.ts'
import { hash32 } from '../random.ts'
import { binExamples, type Binned } from './bins.ts'
import { createGrower } from './grow.ts'
import { MAX_ROWS, toGrid } from './histogram.ts'
import { GBDT_PARAMETERS, type GbdtParams } from './params.ts'
import { addTree } from './walk.ts'

/** Gradient-boosted trees; parameters in `GBDT_PARAMETERS`. Its artifact has the format `slipway-trees/1`. */
export const gbdt: Learner = { name: 'gbdt', parameters: GBDT_PARAMETERS, train: trainTrees }

function trainTrees(input: TrainInput): TrainOutput {
  const { examples: { rows, label, features }, seed, validationRows, onProgress } = input
  const params = input.params as GbdtParams
  const trainRows = rows - validationRows
  if (trainRows > MAX_ROWS) throw new SlipwayError('invalid_request', `gbdt takes at most ${MAX_ROWS} rows, and there are ${trainRows}; take a sample.`)
  const binned = binExamples(input.examples, trainRows, params.bins)
  const grower = createGrower(binned, params)
  const base = logOdds(label, trainRows)
  const raw = new Float64Array(rows).fill(base)
  const g = new Float64Array(trainRows)
  const h = new Float64Array(trainRows)
  const trees: Tree[] = []
  let best = { trees: 0, loss: validationRows > 0 ? logloss(raw, label, trainRows, rows) : 0 }

  while (trees.length < params.trees) {
    fillGradients(raw, label, g, h)
    const count = chooseRows(grower.index, trainRows, params.rowFraction, seed, trees.length)
    const { tree, stretches } = grower.grow(count, g, h, chooseFeatures(features.length, params.featureFraction, seed, trees.length))
    // A tree without a split cannot be told from the next one, unless that one sees other rows or features.
    if (tree.feature.length === 0 && params.rowFraction === 1 && params.featureFraction === 1) break
    trees.push(tree)
    if (count === trainRows) stretches.forEach(({ from, to }, leaf) => { for (let i = from; i < to; i++) raw[grower.index[i]] += tree.leaf[leaf] })
    else addTree(raw, tree, binned, 0, trainRows)
    addTree(raw, tree, binned, trainRows, rows)
    const loss = validationRows > 0 ? logloss(raw, label, trainRows, rows) : null
    onProgress?.({ iteration: trees.length, of: params.trees, metric: loss })
    if (loss === null) continue
    if (loss < best.loss) best = { trees: trees.length, loss }
    else if (params.earlyStopping > 0 && trees.length - best.trees >= params.earlyStopping) break
  }
  const kept = validationRows > 0 && params.earlyStopping > 0 ? trees.slice(0, best.trees) : trees
  if (kept.length < trees.length) {
    raw.fill(base)
    for (const tree of kept) addTree(raw, tree, binned, 0, rows)
  }
  return {
    artifact: encodeTrees({ inputs: binned.features.map(f => f.input), base, trees: kept }),
    format: TREES_FORMAT,
    summary: {
      learner: 'gbdt', params, seed, trainRows, validationRows, iterations: kept.length, tried: trees.length,
      metrics: {
        trainLogloss: logloss(raw, label, 0, trainRows),
        ...(validationRows > 0 ? { validationLogloss: logloss(raw, label, trainRows, rows), validationAuc: auc(raw, label, trainRows, rows) } : {}),
      },
      importance: importanceOf(kept, binned),
    },
  }
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

function importanceOf(trees: readonly Tree[], binned: Binned): { feature: string; share: number }[] {
  const gain = new Float64Array(binned.features.length)
  let total = 0
  for (const tree of trees) tree.feature.forEach((f, i) => { gain[f] += tree.gain[i]; total += tree.gain[i] })
  return binned.features.map((f, i) => ({ feature: f.input.name, share: total > 0 ? gain[i] / total : 0 })).sort((a, b) => b.share - a.share)
}
