import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, type Micros } from '../core/time.ts'
import { at, FakePredictions, type FakeRow } from './monitoring.fixture.ts'
import { measurePerformance, type PerformanceQuery, type PerformanceReport } from './performance.ts'
import { nextPeriod, startOfPeriod } from './period.ts'

function measure(rows: FakeRow[], asked: PerformanceQuery, now: Micros): Promise<PerformanceReport> {
  const predictions = new FakePredictions()
  predictions.rows = rows
  return measurePerformance(predictions, asked, now)
}

const query: PerformanceQuery = { endpoint: 'e', label: 'late', from: at('2013-04-01'), to: at('2013-05-01'), by: 'day' }
const NOW = at('2013-06-01')

describe('performance', () => {
  it('of no predictions is empty, not an error', async () => {
    const report = await measure([], query, NOW)
    expect(report).toMatchObject({ periods: [], knownBy: NOW })
    expect(report.total).toEqual({ from: query.from, to: query.to, predictions: 0, fallback: 0, labelled: 0, labelledShare: null, positives: 0, meanOutput: null, auc: null, logLoss: null, brier: null, calibration: null })
  })

  it('of predictions without truth counts them and measures nothing', async () => {
    const report = await measure([{ time: at('2013-04-02'), output: 0.25, label: Number.NaN }], query, NOW)
    expect(report.periods).toHaveLength(1)
    expect(report.periods[0]).toMatchObject({ predictions: 1, labelled: 0, labelledShare: 0, meanOutput: 0.25, auc: null, logLoss: null, brier: null, calibration: null })
  })

  it('has an AUC only where both outcomes came, and the other metrics before', async () => {
    const day = at('2013-04-02T10:00')
    const report = await measure([
      { time: day, output: 0.2, label: 0 }, { time: day + HOUR, output: 0.4, label: 0 },
      { time: day + DAY, output: 0.1, label: 0 }, { time: day + DAY, output: 0.2, label: 0 }, { time: day + DAY, output: 0.6, label: 1 }, { time: day + DAY, output: 0.8, label: 1 },
    ], query, NOW)
    expect(report.periods.map(p => p.auc)).toEqual([null, { value: 1, low: 1, high: 1 }])
    expect(report.periods[0].brier).toBeCloseTo(0.1)
    expect(report.periods[0].calibration).toMatchObject({ line: null, observed: { value: 0, low: 0 } })
    expect(report.periods[0].calibration?.predicted).toBeCloseTo(0.3)
    expect(report.total).toMatchObject({ predictions: 6, labelled: 6, labelledShare: 1, positives: 2 })
  })

  it('shows the days between, and cuts the first and last period to the range', async () => {
    const rows = [{ time: at('2013-04-05'), output: 0.5, label: 1 }, { time: at('2013-04-08T23:59'), output: 0.5, label: 0 }]
    const days = await measure(rows, query, NOW)
    expect(days.periods.map(p => p.predictions)).toEqual([1, 0, 0, 1])
    const months = await measure(rows, { ...query, from: at('2013-04-03'), by: 'month' }, NOW)
    expect(months.periods).toMatchObject([{ from: at('2013-04-03'), to: at('2013-05-01'), predictions: 2 }])
  })

  it('is of the model\'s answers: what a fallback gave is counted, what a shadow scored is not', async () => {
    const time = at('2013-04-02')
    const { total } = await measure([
      { time, output: 0.2, label: 0 }, { time, output: 0.8, label: 1, role: 'challenger', release: 2 }, { time, output: 0.9, label: 0, fallback: 'rule' }, { time, output: 0.9, label: 0, role: 'shadow', release: 2 },
    ], query, NOW)
    expect(total).toMatchObject({ predictions: 3, fallback: 1, labelled: 2, labelledShare: 1, meanOutput: 0.5, auc: { value: 1 } })
  })

  it('knows only what was known by the time that is asked for', async () => {
    const late = [{ time: at('2013-04-02'), output: 0.5, label: 1, knownAt: at('2013-04-03') }]
    expect((await measure(late, { ...query, knownBy: at('2013-04-02T12:00') }, NOW)).total.labelled).toBe(0)
    expect((await measure(late, { ...query, knownBy: at('2013-04-03') }, NOW)).total.labelled).toBe(1)
  })

  it('refuses an empty range, and more periods than anybody reads', async () => {
    await expect(measure([], { ...query, to: query.from }, NOW)).rejects.toMatchObject({ code: 'invalid_request' })
    const years = [{ time: 0, output: 0.5, label: 1 }, { time: at('2013-01-01'), output: 0.5, label: 1 }]
    await expect(measure(years, { ...query, from: 0 }, NOW)).rejects.toMatchObject({ code: 'invalid_request' })
    expect((await measure(years, { ...query, from: 0, by: 'month' }, NOW)).periods).toHaveLength(43 * 12 + 1)
  })

  it('counts every prediction in exactly one period', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ time: fc.integer({ min: query.from, max: query.to - 1 }), output: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.constantFrom(0, 1, Number.NaN) }), { maxLength: 40 }),
      fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      async (rows, by) => {
        const { periods, total } = await measure(rows, { ...query, by }, NOW)
        for (const key of ['predictions', 'labelled', 'positives'] as const) expect(periods.reduce((n, p) => n + p[key], 0)).toBe(total[key])
        expect(total.predictions).toBe(rows.length)
      },
    ))
  })
})

describe('periods', () => {
  it('are UTC days, weeks from Monday, and months', () => {
    expect(startOfPeriod(at('2013-04-07T23:59:59.999999'), 'week')).toBe(at('2013-04-01'))
    expect(startOfPeriod(at('1969-12-31T12:00'), 'week')).toBe(at('1969-12-29'))
    expect(startOfPeriod(at('2012-02-29T12:00'), 'month')).toBe(at('2012-02-01'))
    expect(nextPeriod(at('2012-12-01'), 'month')).toBe(at('2013-01-01'))
  })
  it('follow each other without a gap', () => {
    fc.assert(fc.property(fc.integer({ min: -1e14, max: 4e15 }), fc.constantFrom('day' as const, 'week' as const, 'month' as const), (time, by) => {
      const start = startOfPeriod(time, by)
      const end = nextPeriod(start, by)
      expect(start <= time && time < end).toBe(true)
      expect(startOfPeriod(end, by)).toBe(end)
      expect(startOfPeriod(end - 1, by)).toBe(start)
    }))
  })
})
