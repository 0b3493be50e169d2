import type { Numbers } from './auc.ts'
import { gammaTail } from './gamma.ts'

/** P(χ² > x) with this many degrees of freedom; 1 without any, for then there is nothing to test. */
export function chiSquareTail(x: number, degrees: number): number {
  if (degrees === 0) return 1
  return gammaTail(degrees / 2, Math.max(0, x) / 2)
}

export interface CountsTest {
  statistic: number
  degrees: number
  pValue: number
}

/**
 * Pearson's χ² of counts against shares that were planned (they need not sum to 1): whether a split of traffic is the one
 * that was asked for (Pearson 1900).
 */
export function testShares(counts: Numbers, shares: Numbers): CountsTest {
  let rows = 0
  let whole = 0
  for (let i = 0; i < counts.length; i++) { rows += counts[i]; whole += shares[i] }
  let statistic = 0
  for (let i = 0; i < counts.length; i++) {
    const expected = rows * shares[i] / whole
    if (expected === 0 && counts[i] === 0) continue
    statistic += (counts[i] - expected) ** 2 / expected
  }
  const degrees = Math.max(0, counts.length - 1)
  return { statistic, degrees, pValue: rows === 0 ? 1 : chiSquareTail(statistic, degrees) }
}
