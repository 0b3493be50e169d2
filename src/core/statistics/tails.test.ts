import { describe, expect, it } from 'vitest'
import { chiSquareTail, testShares } from './chi-square.ts'
import { gammaTail, logGamma } from './gamma.ts'
import { createGenerator } from './generator.ts'
import { expectClose, readGolden } from './golden.fixture.ts'
import { kolmogorovTail } from './kolmogorov.ts'

const golden = readGolden<{
  logGamma: [number, number][]; gammaTail: [number, number, number][]; chiSquare: [number, number, number][]; kolmogorov: [number, number][]
  shares: { counts: number[]; shares: number[]; statistic: number; pValue: number }[]
}>('statistics')

describe('tails agree with scipy', () => {
  it('of the gamma function', () => {
    for (const [x, want] of golden.logGamma) expectClose(logGamma(x), want, 1e-13, 1e-14)
    for (const [a, x, want] of golden.gammaTail) expectClose(gammaTail(a, x), want, 2e-13)
  })
  it('of χ², up to 50,000 degrees of freedom and far out', () => {
    for (const [x, degrees, want] of golden.chiSquare) expectClose(chiSquareTail(x, degrees), want, 1e-11)
  })
  it('of Kolmogorov', () => {
    for (const [x, want] of golden.kolmogorov) expectClose(kolmogorovTail(x), want, 1e-13)
  })
  it('have ends', () => {
    expect([gammaTail(3, 0), gammaTail(3, Infinity), chiSquareTail(4, 0), kolmogorovTail(0), kolmogorovTail(60)]).toEqual([1, 0, 1, 1, 0])
    expect(gammaTail(0, 1)).toBeNaN()
    expect(gammaTail(1, -1)).toBeNaN()
  })
})

describe('a split of traffic', () => {
  it.each(golden.shares)('of $counts against $shares has the χ² of scipy', ({ counts, shares, statistic, pValue }) => {
    const test = testShares(counts, shares)
    expectClose(test.statistic, statistic)
    expectClose(test.pValue, pValue)
  })
  it('of nothing says nothing', () => { expect(testShares([0, 0], [0.5, 0.5])).toMatchObject({ statistic: 0, pValue: 1 }) })
})

describe('the generator', () => {
  it('is the same for the same seed, and uniform', () => {
    const [a, b, c] = [createGenerator(1), createGenerator(1), createGenerator(2)]
    const counts = new Float64Array(64)
    let same = 0
    for (let i = 0; i < 64_000; i++) {
      const u = a()
      expect(u === b() && u >= 0 && u < 1).toBe(true)
      if (u === c()) same++
      counts[Math.floor(u * 64)]++
    }
    expect(same).toBeLessThan(3)
    expect(testShares(counts, new Float64Array(64).fill(1)).pValue).toBeGreaterThan(1e-4)
  })
})
