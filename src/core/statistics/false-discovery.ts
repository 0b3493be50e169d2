import type { Numbers } from './auc.ts'

/**
 * Benjamini-Hochberg adjusted p-values: the false discovery rate at which each test would just be called (Benjamini & Hochberg 1995).
 * In the order of the p-values, never below them, at most 1. Holds under independence and positive dependence.
 */
export function qValues(pValues: Numbers): Float64Array {
  const count = pValues.length
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => pValues[a] - pValues[b])
  const q = new Float64Array(count)
  let smallest = 1
  for (let rank = count; rank >= 1; rank--) {
    const i = order[rank - 1]
    smallest = Math.min(smallest, pValues[i] * (count / rank))
    q[i] = Math.max(pValues[i], smallest)
  }
  return q
}
