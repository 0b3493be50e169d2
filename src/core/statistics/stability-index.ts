import type { Numbers } from './auc.ts'

/**
 * Population stability index of counts over the same bins: Σ (q − p) · ln(q / p), in nats (Lewis 1994; it is the symmetric
 * divergence of Jeffreys 1946). Shares below `floor` count as `floor`, on both sides alike, so that an empty bin is not infinite.
 * Without drift it is about (bins − 1)(1/n + 1/m), which is why its usual limits of 0.1 and 0.25 mean nothing without the sizes.
 */
export function stabilityIndex(reference: Numbers, counts: Numbers, floor = 1e-4): number {
  let m = 0
  let n = 0
  for (let i = 0; i < reference.length; i++) { m += reference[i]; n += counts[i] }
  let sum = 0
  for (let i = 0; i < reference.length; i++) {
    const p = Math.max(floor, reference[i] / m)
    const q = Math.max(floor, counts[i] / n)
    sum += (q - p) * Math.log(q / p)
  }
  return sum
}
