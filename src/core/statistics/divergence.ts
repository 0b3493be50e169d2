import type { Numbers } from './auc.ts'

/**
 * Jensen-Shannon distance of two distributions over the same categories, given as counts or shares: the square root of their
 * divergence in bits (Lin 1991; Endres & Schindelin 2003). 0 when alike, 1 when they share no category; NaN when either is empty.
 */
export function jensenShannonDistance(first: Numbers, second: Numbers): number {
  let n = 0
  let m = 0
  for (let i = 0; i < first.length; i++) { n += first[i]; m += second[i] }
  let sum = 0
  for (let i = 0; i < first.length; i++) {
    const p = first[i] / n
    const q = second[i] / m
    const middle = (p + q) / 2
    if (p > 0) sum += p * Math.log2(p / middle)
    if (q > 0) sum += q * Math.log2(q / middle)
    if (Number.isNaN(middle)) return Number.NaN
  }
  return Math.sqrt(Math.min(1, Math.max(0, sum / 2)))
}
