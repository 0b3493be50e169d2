// Features as columns of a linear model: standardised numbers, indicators of missing ones, one weight a category.
import type { Linear } from '../../../models/index.ts'
import type { CategoryFeature, Examples, NumberFeature } from '../examples.ts'
import type { LogisticParams } from './params.ts'

/** Missing numbers stand at the mean, which is 0 after standardising. */
interface NumberBlock { kind: 'number'; name: string; weight: number; missingWeight: number; values: Float64Array; missing: Uint8Array | null; mean: number; scale: number }
/** Code k has weight `weight + k`: categories, then unknown, then missing. Codes without training rows keep weight 0. */
interface CategoryBlock { kind: 'category'; name: string; weight: number; categories: string[]; codes: Uint32Array }
type Block = NumberBlock | CategoryBlock

export interface Design { rows: number; /** Weights, the intercept (0) first. */ width: number; blocks: Block[] }

/** Means, scales and dictionaries come from the first `trainRows` rows. */
export function designOf(examples: Examples, trainRows: number, params: LogisticParams): Design {
  let width = 1
  const blocks = examples.features.map((feature): Block => {
    const block = feature.type === 'category' ? categoryBlock(feature, trainRows, width, params) : numberBlock(feature, trainRows, width)
    width += block.kind === 'category' ? block.categories.length + 2 : block.missing === null ? 1 : 2
    return block
  })
  return { rows: examples.rows, width, blocks }
}

function numberBlock({ name, values }: NumberFeature, trainRows: number, weight: number): NumberBlock {
  let n = 0
  let mean = 0
  let squares = 0
  // Welford's update: no cancellation.
  for (let i = 0; i < trainRows; i++) {
    const v = values[i]
    if (v !== v) continue
    n++
    const d = v - mean
    mean += d / n
    squares += d * (v - mean)
  }
  const spread = n > 0 ? Math.sqrt(squares / n) : 0
  const scale = spread > 1e-12 * Math.abs(mean) && Number.isFinite(1 / spread) ? 1 / spread : 0
  const out = new Float64Array(values.length)
  const missing = n < trainRows ? new Uint8Array(values.length) : null
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (v === v) out[i] = (v - mean) * scale
    else if (missing !== null) missing[i] = 1
  }
  return { kind: 'number', name, weight, missingWeight: missing === null ? -1 : weight + 1, values: out, missing, mean, scale }
}

function categoryBlock({ name, categories, codes: all }: CategoryFeature, trainRows: number, weight: number, params: LogisticParams): CategoryBlock {
  const counts = new Uint32Array(categories.length)
  for (let i = 0; i < trainRows; i++) if (all[i] >= 0) counts[all[i]]++
  const kept = [...counts.keys()].filter(c => counts[c] >= params.minCategoryRows).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, params.categories).sort((a, b) => a - b)
  const place = new Uint32Array(categories.length).fill(kept.length)
  kept.forEach((c, i) => { place[c] = i })
  return { kind: 'category', name, weight, categories: kept.map(c => categories[c]), codes: Uint32Array.from(all, c => (c < 0 ? kept.length + 1 : place[c])) }
}

/** margins = X · w for rows [0, margins.length), in the order in which the model's scorer adds. */
export function multiply(design: Design, w: Float64Array, margins: Float64Array): void {
  const n = margins.length
  margins.fill(w[0])
  for (const b of design.blocks) {
    if (b.kind === 'category') {
      const { codes, weight } = b
      for (let i = 0; i < n; i++) margins[i] += w[weight + codes[i]]
      continue
    }
    const { values, missing } = b
    const weight = w[b.weight]
    if (missing === null) for (let i = 0; i < n; i++) margins[i] += values[i] * weight
    else { const m = w[b.missingWeight]; for (let i = 0; i < n; i++) margins[i] += missing[i] === 1 ? m : values[i] * weight }
  }
}

/** into = Xᵀ · r, or with `squared` the same with the elements of X squared. */
export function multiplyTransposed(design: Design, r: Float64Array, into: Float64Array, squared = false): void {
  const n = r.length
  into.fill(0)
  for (let i = 0; i < n; i++) into[0] += r[i]
  for (const b of design.blocks) {
    if (b.kind === 'category') {
      const { codes, weight } = b
      for (let i = 0; i < n; i++) into[weight + codes[i]] += r[i]
      continue
    }
    const { values, missing } = b
    let sum = 0
    if (squared) for (let i = 0; i < n; i++) sum += r[i] * values[i] * values[i]
    else for (let i = 0; i < n; i++) sum += r[i] * values[i]
    into[b.weight] = sum
    if (missing === null) continue
    let absent = 0
    for (let i = 0; i < n; i++) if (missing[i] === 1) absent += r[i]
    into[b.missingWeight] = absent
  }
}

/** The model of these weights. A number that training never missed adds nothing when it is missing: it stands at the mean. */
export function linearOf(design: Design, w: Float64Array): Linear {
  return {
    intercept: w[0],
    inputs: design.blocks.map(b => (b.kind === 'category' ? { name: b.name, type: 'category', categories: b.categories } : { name: b.name, type: 'float64' })),
    terms: design.blocks.map(b => (b.kind === 'category'
      ? { weights: [...w.subarray(b.weight, b.weight + b.categories.length + 2)] }
      : { mean: b.mean, scale: b.scale, weight: w[b.weight], missing: b.missing === null ? 0 : w[b.missingWeight] })),
  }
}
