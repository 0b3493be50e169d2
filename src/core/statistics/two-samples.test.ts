import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareCounts } from './contingency.ts'
import { jensenShannonDistance } from './divergence.ts'
import { qValues } from './false-discovery.ts'
import { expectClose, readGolden } from './golden.fixture.ts'
import { ksTest } from './kolmogorov.ts'
import { stabilityIndex } from './stability-index.ts'
import { wassersteinDistance } from './wasserstein.ts'

type Test = [statistic: number, degrees: number, pValue: number]
interface Counts { name: string; first: number[]; second: number[]; psi: number; js: number; g: Test }

const golden = readGolden<{
  distances: { name: string; first: number[]; second: number[]; ks: number; ksP: number; wasserstein: number; weighted: number; firstWeights: number[]; secondWeights: number[] }[]
  counts: (Counts & { pearson: Test })[]
  pooled: Counts[]
  falseDiscovery: { p: number[]; q: number[] }[]
}>('statistics')

describe.each(golden.distances)('two samples of numbers: $name', ({ first, second, ...want }) => {
  it('have the KS statistic of scipy, and its limit law', () => {
    const test = ksTest(first, second)!
    expectClose(test.statistic, want.ks)
    expectClose(test.pValue, want.ksP)
  })
  it('have the Wasserstein distance of scipy', () => {
    expectClose(wassersteinDistance(first, second), want.wasserstein, 1e-11)
    expectClose(wassersteinDistance(first, second, { first: want.firstWeights, second: want.secondWeights }), want.weighted, 1e-11)
  })
})

function expectTest(actual: { statistic: number; degrees: number; pValue: number }, [statistic, degrees, pValue]: Test): void {
  expectClose(actual.statistic, statistic, 1e-11, 1e-12)
  expect(actual.degrees).toBe(degrees)
  expectClose(actual.pValue, pValue, 1e-10)
}

describe.each([...golden.counts, ...golden.pooled.map((c, i) => ({ ...c, name: `Zipf, pooled, ${i}`, pearson: null }))])('two samples of categories: $name', ({ first, second, ...want }) => {
  it('have PSI and Jensen-Shannon distance', () => {
    expectClose(stabilityIndex(first, second), want.psi, 1e-11, 1e-15)
    // scipy's own rounding: a distance of 0 comes out as the root of 1e-17.
    expectClose(jensenShannonDistance(first, second), want.js, 1e-11, 2e-8)
  })
  it('have the G and χ² of scipy', () => {
    expectTest(compareCounts(first, second), want.g)
    if (want.pearson !== null) expectTest(compareCounts(first, second, { statistic: 'pearson' }), want.pearson)
  })
})

describe('Benjamini and Hochberg', () => {
  it('have the q-values of statsmodels', () => {
    for (const { p, q } of golden.falseDiscovery) qValues(p).forEach((value, i) => { expectClose(value, q[i]) })
    expect(qValues([])).toHaveLength(0)
  })
  it('keep the order, and lie between p and p times the number of tests', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), p => {
      const q = qValues(p)
      p.forEach((x, i) => {
        expect(q[i] >= x && q[i] <= Math.min(1, x * p.length) + 1e-15).toBe(true)
        p.forEach((y, j) => { if (x < y) expect(q[i]).toBeLessThanOrEqual(q[j]) })
      })
    }))
  })
})

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 })
const cells = fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { minLength: 1, maxLength: 20 }).filter(c => c.some(x => x[0] > 0) && c.some(x => x[1] > 0))

describe('distances', () => {
  it('are 0 to itself, and alike both ways round', () => {
    fc.assert(fc.property(numbers, numbers, cells, (a, b, c) => {
      const [p, q] = [c.map(x => x[0]), c.map(x => x[1])]
      expect([wassersteinDistance(a, a), ksTest(a, a)!.statistic, jensenShannonDistance(p, p), stabilityIndex(p, p), compareCounts(p, p).statistic]).toEqual([0, 0, 0, 0, 0])
      expectClose(wassersteinDistance(a, b), wassersteinDistance(b, a), 1e-12, 1e-12)
      expect(ksTest(a, b)).toEqual(ksTest(b, a))
      expectClose(jensenShannonDistance(p, q), jensenShannonDistance(q, p), 1e-12, 1e-12)
      expectClose(compareCounts(p, q).statistic, compareCounts(q, p).statistic, 1e-9, 1e-9)
    }))
  })
  it('of Wasserstein follow a shift and a stretch, and are never below the distance of the means', () => {
    fc.assert(fc.property(numbers, numbers, fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 4 }), (a, b, shift, stretch) => {
      expectClose(wassersteinDistance(a, a.map(x => x + shift)), Math.abs(shift), 1e-9, 1e-9)
      expectClose(wassersteinDistance(a.map(x => x * stretch), b.map(x => x * stretch)), stretch * wassersteinDistance(a, b), 1e-9, 1e-9)
      const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length
      expect(wassersteinDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(mean(a) - mean(b)) - 1e-9)
    }))
  })
  it('of Jensen and Shannon lie between 0 and 1', () => {
    fc.assert(fc.property(cells, c => {
      const js = jensenShannonDistance(c.map(x => x[0]), c.map(x => x[1]))
      expect(js >= 0 && js <= 1).toBe(true)
    }))
    expect(jensenShannonDistance([5, 0], [0, 3])).toBe(1)
  })
  it('need rows', () => {
    expect(ksTest([], [1])).toBeNull()
    expect(wassersteinDistance([], [1])).toBeNaN()
    expect(jensenShannonDistance([0, 0], [1, 2])).toBeNaN()
    expect(compareCounts([0, 0], [1, 2])).toEqual({ statistic: 0, degrees: 0, pValue: 1 })
  })
})

describe('counts of rare categories', () => {
  it('join the smallest cell where they are too few together', () => {
    expect(compareCounts([50, 30, 1, 0], [50, 30, 0, 1])).toMatchObject({ degrees: 1 })
    expect(compareCounts([1, 2], [2, 1])).toEqual({ statistic: 0, degrees: 0, pValue: 1 })
  })
})
