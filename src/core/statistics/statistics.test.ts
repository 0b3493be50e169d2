import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auc, aucEstimate, aucVariance, comparePairedAuc } from './auc.ts'
import { fitCalibrationLine, measureCalibration } from './calibration.ts'
import { expectClose, readGolden } from './golden.fixture.ts'
import { normalCdf, normalQuantile, twoSidedP } from './normal.ts'
import { wilsonInterval } from './proportion.ts'
import { brierScore, logLoss } from './scores.ts'

interface Golden {
  normalCdf: [number, number][]
  normalQuantile: [number, number][]
  twoSidedP: [number, number][]
  wilson: [number, number, number, number, number][]
  lines: { name: string; probabilities: number[]; labels: number[]; intercept: number; slope: number; brier: number; ece: number }[]
  cases: {
    name: string; labels: number[]; first: number[]; second: number[]
    auc: number; logLoss: number; brier: number; ece: number; predicted: number; observed: number; intercept: number; slope: number; wilson: [number, number]
    delong: { first: number; second: number; varianceFirst: number; varianceSecond: number; difference: number; standardError: number; z: number; pValue: number }
  }[]
}

const golden = readGolden<Golden>('statistics')

describe('the normal distribution', () => {
  it('agrees with scipy far into the tails', () => {
    for (const [z, p] of golden.normalCdf) expectClose(normalCdf(z), p, 1e-12)
    for (const [z, p] of golden.twoSidedP) expectClose(twoSidedP(z), p, 1e-12)
    for (const [p, z] of golden.normalQuantile) expectClose(normalQuantile(p), z, 1e-14, 1e-15)
  })
  it('has ends', () => {
    expect([normalQuantile(0), normalQuantile(1), normalCdf(-60), normalCdf(60)]).toEqual([-Infinity, Infinity, 0, 1])
    expect(normalQuantile(1.1)).toBeNaN()
    expect(normalQuantile(Number.NaN)).toBeNaN()
  })
})

describe('a share', () => {
  it('has the interval that statsmodels gives', () => {
    for (const [k, n, alpha, low, high] of golden.wilson) {
      const interval = wilsonInterval(k, n, alpha)
      expectClose(interval.low, low, 1e-12, 1e-15)
      expectClose(interval.high, high)
    }
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 })
  })
})

describe.each(golden.cases)('scores: $name', ({ labels, first, second, ...want }) => {
  it('have the AUC of scikit-learn', () => { expectClose(auc(first, labels), want.auc) })
  it("have DeLong's variance by its definition over all pairs", () => {
    expectClose(aucVariance(first, labels), want.delong.varianceFirst)
    expectClose(aucVariance(second, labels), want.delong.varianceSecond)
    const pair = comparePairedAuc(first, second, labels)
    expectClose(pair.first, want.delong.first)
    expectClose(pair.second, want.delong.second)
    expectClose(pair.difference, want.delong.difference, 1e-11)
    expectClose(pair.standardError, want.delong.standardError, 1e-11)
    expectClose(pair.z, want.delong.z, 1e-10)
    expectClose(pair.pValue, want.delong.pValue, 1e-9)
  })
  it('have logloss, Brier score and calibration', () => {
    expectClose(logLoss(first, labels), want.logLoss)
    expectClose(brierScore(first, labels), want.brier)
    const c = measureCalibration(first, labels)!
    expectClose(c.ece, want.ece)
    expectClose(c.predicted, want.predicted)
    expectClose(c.observed.value, want.observed)
    expectClose(c.observed.low, want.wilson[0])
    expectClose(c.observed.high, want.wilson[1])
    expectClose(c.line!.intercept, want.intercept, 1e-8)
    expectClose(c.line!.slope, want.slope, 1e-8)
  })
})

const rows = fc.array(fc.record({ a: fc.integer({ min: 0, max: 6 }), b: fc.double({ noNaN: true, min: 0, max: 1 }), y: fc.integer({ min: 0, max: 1 }) }), { minLength: 2, maxLength: 60 })
  .filter(r => r.filter(x => x.y === 1).length >= 2 && r.filter(x => x.y === 0).length >= 2)

describe('the AUC', () => {
  it('is the share of pairs in order, ties half', () => {
    fc.assert(fc.property(rows, r => {
      let won = 0
      let pairs = 0
      for (const p of r) for (const q of r) if (p.y === 1 && q.y === 0) { pairs++; won += p.a > q.a ? 1 : p.a === q.a ? 0.5 : 0 }
      expectClose(auc(r.map(x => x.a), r.map(x => x.y)), won / pairs, 1e-12, 1e-15)
    }))
  })
  it('compared with itself, or with any increasing function of itself, has no difference and no error', () => {
    fc.assert(fc.property(rows, r => {
      const scores = r.map(x => x.a)
      const labels = r.map(x => x.y)
      for (const other of [scores, scores.map(s => 2 * s + 1)]) {
        expect(comparePairedAuc(scores, other, labels)).toMatchObject({ difference: 0, standardError: 0, z: 0, pValue: 1 })
      }
    }))
  })
  it('compared the other way round has the other sign', () => {
    fc.assert(fc.property(rows, r => {
      const [a, b, y] = [r.map(x => x.a), r.map(x => x.b), r.map(x => x.y)]
      const one = comparePairedAuc(a, b, y)
      const two = comparePairedAuc(b, a, y)
      expect(one.difference === -two.difference).toBe(true)
      expectClose(one.standardError, two.standardError)
    }))
  })
  it('needs both classes, and two rows of each for an interval', () => {
    expect(aucEstimate([], [])).toBeNull()
    expect(aucEstimate([0.1, 0.2], [1, 1])).toBeNull()
    expect(auc([0.1, 0.2], [0, 0])).toBeNaN()
    expect(aucEstimate([0.1, 0.2, 0.3], [0, 0, 1])).toEqual({ value: 1, low: 0, high: 1 })
    expect(aucEstimate([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1])).toEqual({ value: 1, low: 1, high: 1 })
  })
})

describe('calibration', () => {
  it.each(golden.lines)('$name has the line of statsmodels, ECE and Brier score by definition', want => {
    const line = fitCalibrationLine(want.probabilities, want.labels)!
    expectClose(line.intercept, want.intercept, 1e-10)
    expectClose(line.slope, want.slope, 1e-10)
    expectClose(measureCalibration(want.probabilities, want.labels)!.ece, want.ece)
    expectClose(brierScore(want.probabilities, want.labels), want.brier)
  })
  it('has no line where there is none', () => {
    expect(fitCalibrationLine([0.2, 0.3, 0.4], [0, 0, 0])).toBeNull()
    expect(fitCalibrationLine([0.5, 0.5, 0.5], [0, 1, 0])).toBeNull()
    expect(fitCalibrationLine([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])).toBeNull()
    expect(measureCalibration([], [])).toBeNull()
  })
  it('takes probabilities of exactly 0 and 1', () => {
    const c = measureCalibration([0, 1, 0, 1], [0, 1, 0, 1])!
    expect(c.ece).toBe(0)
    expect(logLoss([0, 1], [0, 1])).toBeLessThan(1e-15)
    expect(logLoss([1], [0])).toBeLessThan(40)
  })
})
