import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareScores } from './comparison.ts'

const labels = Uint8Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : 0))
/** Scores that follow the labels, `noise` of them drowned. */
function scoresOf(noise: number, seed: number): Float64Array {
  return Float64Array.from(labels, (y, i) => y * (1 - noise) + noise * (Math.abs(Math.sin(i * 12.9898 + seed) * 43758.5453) % 1))
}

describe('the comparison of a gate', () => {
  it('passes a candidate whose lower bound exceeds the margin, and says so in words', () => {
    const c = compareScores({ candidate: scoresOf(0.6, 1), reference: scoresOf(0.9, 2), labels, referenceName: 'baseline:logistic' }, { margin: 0, alpha: 0.05 })
    expect(c).toMatchObject({ passed: true, rows: 200, positives: 50 })
    expect(c.difference.low).toBeGreaterThan(0)
    expect(c.pValue).toBeLessThan(0.05)
    expect(c.reason).toContain('of baseline:logistic on the same 200 rows (50 positive)')
    expect(c.reason).toContain('exceeds the margin +0.0000')
  })

  it('refuses one that is no better, with what it could have shown', () => {
    const c = compareScores({ candidate: scoresOf(0.9, 1), reference: scoresOf(0.9, 2), labels, referenceName: 'late@1' }, { margin: 0, alpha: 0.05 })
    expect(c.passed).toBe(false)
    expect(c.detectable).toBeGreaterThan(0)
    expect(c.reason).toContain('does not exceed the margin')
    expect(c.reason).toContain(`A true difference of ${c.detectable.toFixed(4)} above the margin would have passed in 80 % of cases`)
  })

  it('finds no difference between a model and itself: a win is refused, no loss passes', () => {
    const same = scoresOf(0.8, 1)
    const input = { candidate: same, reference: same, labels, referenceName: 'late@1' }
    expect(compareScores(input, { margin: 0, alpha: 0.05 })).toMatchObject({ passed: false, difference: { value: 0, low: 0, high: 0 }, pValue: 1 })
    expect(compareScores(input, { margin: -0.005, alpha: 0.05 })).toMatchObject({ passed: true })
  })

  it('refuses to judge on too few rows of a class', () => {
    const few = Uint8Array.from(labels, (_, i) => (i < 9 ? 1 : 0))
    const c = compareScores({ candidate: Float64Array.from(few), reference: scoresOf(1, 2), labels: few, referenceName: 'late@1' }, { margin: -1, alpha: 0.05 })
    expect(c.passed).toBe(false)
    expect(c.reason).toMatch(/^Too few rows to judge: 9 positive and 191 negative/)
  })

  it('has power 80 % where the true difference is margin + detectable', () => {
    // The distance from the margin, in standard errors, is z(1 − α/2) + z(0.8) whatever the data.
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0.01, 0.05, 0.2), (seed, alpha) => {
      const c = compareScores({ candidate: scoresOf(0.7, seed), reference: scoresOf(0.9, seed + 1), labels, referenceName: 'r' }, { margin: 0, alpha })
      const quantile = (c.difference.high - c.difference.value) / c.standardError
      expect(c.detectable / c.standardError).toBeCloseTo(quantile + 0.8416212335729143, 9)
    }), { numRuns: 20 })
  })
})
