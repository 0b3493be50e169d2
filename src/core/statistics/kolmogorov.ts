import type { Numbers } from './auc.ts'

/**
 * P(K > λ) of the Kolmogorov distribution: the limit of the law of √n · sup|F_n − F| (Kolmogorov 1933). Both of its series
 * converge in a few terms on their side, so that the tail keeps its relative accuracy.
 */
export function kolmogorovTail(lambda: number): number {
  if (!(lambda > 0)) return 1
  if (lambda < 1.18) {
    const y = Math.exp(-(Math.PI ** 2) / (8 * lambda * lambda))
    return 1 - Math.sqrt(2 * Math.PI) / lambda * (y + y ** 9 + y ** 25 + y ** 49)
  }
  let sum = 0
  for (let k = 1; k <= 8; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda)
    sum += k % 2 === 1 ? term : -term
  }
  return 2 * sum
}

export interface KsTest {
  /** Largest distance of the two empirical distribution functions, 0 to 1. */
  statistic: number
  /** By the limit law, at the effective size nm / (n + m); larger than it need be where values are tied. */
  pValue: number
}

/** Two-sample test of Kolmogorov and Smirnov (Smirnov 1939) of numbers without NaN; tied values are one step. Null without rows. */
export function ksTest(first: Numbers, second: Numbers): KsTest | null {
  const n = first.length
  const m = second.length
  if (n === 0 || m === 0) return null
  const a = Float64Array.from(first).sort()
  const b = Float64Array.from(second).sort()
  let i = 0
  let j = 0
  let statistic = 0
  while (i < n && j < m) {
    const value = Math.min(a[i], b[j])
    while (i < n && a[i] <= value) i++
    while (j < m && b[j] <= value) j++
    statistic = Math.max(statistic, Math.abs(i / n - j / m))
  }
  return { statistic, pValue: kolmogorovTail(statistic * Math.sqrt(n * m / (n + m))) }
}
