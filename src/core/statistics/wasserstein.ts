import type { Numbers } from './auc.ts'

/**
 * Wasserstein distance of order 1 between two samples, in their unit: ∫ |F − G| (Vallender 1974). Weights default to 1 a value;
 * they need not sum to anything. Values are finite. NaN when a sample has no weight.
 */
export function wassersteinDistance(first: Numbers, second: Numbers, weights: { first?: Numbers; second?: Numbers } = {}): number {
  const a = sortWeighted(first, weights.first)
  const b = sortWeighted(second, weights.second)
  let i = 0
  let j = 0
  let below = 0
  let belowOther = 0
  let previous = Math.min(a.values[0], b.values[0])
  let distance = 0
  while (i < a.values.length || j < b.values.length) {
    const value = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity)
    distance += Math.abs(below / a.total - belowOther / b.total) * (value - previous)
    previous = value
    while (a.values[i] === value) below += a.weights[i++]
    while (b.values[j] === value) belowOther += b.weights[j++]
  }
  return a.total > 0 && b.total > 0 ? distance : Number.NaN
}

function sortWeighted(values: Numbers, weights: Numbers | undefined): { values: Float64Array; weights: Numbers; total: number } {
  if (weights === undefined) return { values: Float64Array.from(values).sort(), weights: new Float64Array(values.length).fill(1), total: values.length }
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b])
  const sorted = Float64Array.from(order, i => weights[i])
  return { values: Float64Array.from(order, i => values[i]), weights: sorted, total: sorted.reduce((sum, w) => sum + w, 0) }
}
