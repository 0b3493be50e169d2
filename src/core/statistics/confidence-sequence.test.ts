import { describe, expect, it } from 'vitest'
import { alwaysValidDifference, alwaysValidInterval, mixturePValue, tuneSequence, type Sample } from './confidence-sequence.ts'
import { createGenerator } from './generator.ts'
import { expectClose, readGolden } from './golden.fixture.ts'
import { wilsonInterval } from './proportion.ts'

const golden = readGolden<{ cases: { control: Sample; treatment: Sample; alpha: number; tunedAt: number; rho: number; value: number; low: number; high: number; standardError: number; tau: number; pValue: number; gbstatsP: number }[] }>('sequential')

describe('the confidence sequence', () => {
  it.each(golden.cases)('is that of gbstats for $control.n and $treatment.n rows', want => {
    expectClose(tuneSequence(want.alpha, want.tunedAt), want.rho)
    const interval = alwaysValidDifference(want.treatment, want.control, want)!
    expectClose(interval.value, want.value, 1e-10)
    expectClose(interval.low, want.low, 1e-10)
    expectClose(interval.high, want.high, 1e-10)
    expectClose(mixturePValue(want.value, want.standardError, want.tau), want.pValue, 1e-10)
    expectClose(mixturePValue(want.value, want.standardError, want.tau), want.gbstatsP, 1e-8)
  })
  it('excludes 0 exactly when the p-value of the same mixture is below its level', () => {
    for (const value of [0.001, 0.02, 0.033, 0.034, 0.05]) {
      const tau = tuneSequence(0.05, 5_000) * Math.sqrt(2_000) * 0.01
      expect(alwaysValidInterval(value, 0.01, 2_000).low > 0).toBe(mixturePValue(value, 0.01, tau) < 0.05)
    }
  })
  it('is wider than an interval for one look, and narrower with more rows', () => {
    const widths = [200, 1_000, 5_000, 50_000].map(n => alwaysValidInterval(0, 1 / Math.sqrt(n), n).high * Math.sqrt(n))
    for (const width of widths) expect(width).toBeGreaterThan(1.96)
    expect(widths[1]).toBeLessThan(widths[0])
    expect(Math.min(...widths)).toBe(widths[2])
  })
  it('needs two rows in each arm', () => { expect(alwaysValidDifference({ n: 1, mean: 0, variance: 0 }, { n: 9, mean: 0, variance: 1 })).toBeNull() })

  it('watched at every look misses the truth no more often than its level, and an interval for one look does', () => {
    const trials = 400
    const random = createGenerator(5)
    let missed = 0
    let missedByOneLook = 0
    for (let trial = 0; trial < trials; trial++) {
      // Brier losses of two equal arms: skewed and bounded, as those of a trial are.
      const arms = [{ n: 0, sum: 0, squares: 0 }, { n: 0, sum: 0, squares: 0 }]
      let outside = false
      let outsideOnce = false
      for (let look = 0; look < 60; look++) {
        for (let i = 0; i < 100; i++) {
          const arm = arms[random() < 0.5 ? 0 : 1]
          const p = random() ** 2
          const loss = (p - (random() < p ? 1 : 0)) ** 2
          arm.n++
          arm.sum += loss
          arm.squares += loss * loss
        }
        if (look < 2) continue
        const [a, b] = arms.map(({ n, sum, squares }) => ({ n, mean: sum / n, variance: (squares - sum * sum / n) / (n - 1) }))
        const { low, high } = alwaysValidDifference(a, b)!
        outside ||= low > 0 || high < 0
        outsideOnce ||= Math.abs(a.mean - b.mean) > 1.96 * Math.sqrt(a.variance / a.n + b.variance / b.n)
      }
      if (outside) missed++
      if (outsideOnce) missedByOneLook++
    }
    expect(missed / trials).toBeLessThanOrEqual(0.05)
    expect(wilsonInterval(missedByOneLook, trials).low).toBeGreaterThan(0.15)
  })
})
