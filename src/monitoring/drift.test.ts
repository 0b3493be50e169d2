import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGenerator } from '../core/statistics/generator.ts'
import { ksTest } from '../core/statistics/kolmogorov.ts'
import { wassersteinDistance } from '../core/statistics/wasserstein.ts'
import { columnOf, tableFromRows, type Table } from '../core/table.ts'
import { drawTable, gauss, MIXED, zipf, type Inputs } from './drift.fixture.ts'
import { inputsOf, profileInputs, type DriftProfile, type NumberProfile } from './drift-profile.ts'
import { driftsBeyond, openDriftGauge } from './drift.ts'
import type { FeatureDrift } from './records.ts'

const REFERENCE = 20_000
const training = drawTable(MIXED, REFERENCE, createGenerator(1))
const gauge = openDriftGauge(profileInputs(training))

/** A window of the same inputs, some of them drawn otherwise. */
function measure(changed: Partial<Inputs>, rows = 2_000, seed = 2): Record<string, FeatureDrift> {
  const inputs = Object.fromEntries(Object.entries(MIXED).map(([name, input]) => [name, changed[name] ?? input]))
  return Object.fromEntries(gauge.measure(drawTable(inputs, rows, createGenerator(seed))).map(f => [f.feature, f]))
}

const numbersOf = (table: Table, name: string): Float64Array => columnOf(table, name)?.values as Float64Array

describe('a profile', () => {
  it('survives JSON', () => {
    const copy = JSON.parse(JSON.stringify(profileInputs(training))) as DriftProfile
    const window = drawTable(MIXED, 900, createGenerator(3))
    expect(openDriftGauge(copy).measure(window)).toEqual(gauge.measure(window))
  })
  it('counts every row once', () => {
    for (const input of profileInputs(training).inputs) {
      const counts = input.type === 'number' ? [...input.at, ...input.between] : [...input.counts, input.rest]
      expect(counts.reduce((a, b) => a + b, input.missing), input.feature).toBe(REFERENCE)
    }
  })
  it('keeps few knots, and every value where values are few', () => {
    const byName = Object.fromEntries(profileInputs(training).inputs.map(i => [i.feature, i as NumberProfile]))
    expect(byName.normal.knots.length).toBeLessThanOrEqual(229)
    expect(byName.normal.at.reduce((a, b) => a + b, 0)).toBeLessThan(300)
    expect(byName.hour.knots).toEqual(Array.from({ length: 24 }, (_, i) => i))
    expect(byName.rare.knots).toEqual([0, 1])
    expect(byName.rain.knots[0]).toBe(0)
    expect(byName.rain.at[0]).toBe(numbersOf(training, 'rain').filter(x => x === 0).length)
  })
  it('takes the inputs of a training set by their place after the label', () => {
    const table = tableFromRows([{ name: 'time', type: 'timestamp' }, { name: 'entity.label', type: 'string' }, { name: 'label', type: 'boolean' }, { name: 'time', type: 'float64' }, { name: 'label', type: 'string' }], [])
    expect(inputsOf(table).schema.map(c => c.name)).toEqual(['time', 'label'])
    expect(() => inputsOf(training)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })
})

describe('numbers', () => {
  it.each(['normal', 'lognormal', 'hour', 'rain'])('%s: the distance is that of the rows, in standard deviations', name => {
    const sd = (profileInputs(training).inputs.find(i => i.feature === name) as NumberProfile).sd
    for (const [seed, change] of [[5, (x: number) => x], [6, (x: number) => x + 0.5 * sd], [7, (x: number) => x * 1.5], [8, (x: number) => -2 * x]] as const) {
      const window = { type: 'float64' as const, draw: (r: () => number) => change(Number(MIXED[name].draw(r))) }
      const inputs = { [name]: window }
      const table = drawTable(inputs, 3_000, createGenerator(seed))
      const one: Table = { rows: REFERENCE, schema: [{ name, type: 'float64' }], columns: [{ type: 'float64', values: Float64Array.from(numbersOf(training, name), Number) }] }
      const [drift] = openDriftGauge(profileInputs(one)).measure(table)
      const exact = wassersteinDistance(one.columns[0].values as Float64Array, numbersOf(table, name)) / sd
      expect(Math.abs(drift.effect - exact), `${drift.effect} is not ${exact}`).toBeLessThan(0.002 + 0.05 * exact)
      const ks = ksTest(one.columns[0].values as Float64Array, numbersOf(table, name))!
      if (drift.test === 'ks') expect(drift.pValue).toBeGreaterThanOrEqual(ks.pValue * (1 - 1e-9))
      if (drift.test === 'ks' && ks.pValue < 1e-6) expect(drift.pValue).toBeLessThan(1e-4)
    }
  })
  it('that are all knots are measured exactly', () => {
    const values = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 80 }).filter(v => new Set(v).size > 1)
    fc.assert(fc.property(values, values, (a, b) => {
      const table = (v: number[]): Table => ({ rows: v.length, schema: [{ name: 'x', type: 'int64' }], columns: [{ type: 'int64', values: BigInt64Array.from(v, BigInt) }] })
      // Only values that training knows: one between two knots is somewhere between them.
      const known = b.map(x => a[x % a.length])
      const profile = profileInputs(table(a))
      const [drift] = openDriftGauge(profile).measure(table(known))
      expect(drift.effect).toBeCloseTo(wassersteinDistance(a, known) / (profile.inputs[0] as NumberProfile).sd, 9)
    }), { numRuns: 60 })
  })
  it('shifted by 0.3 standard deviations are an alert, and nothing else is', () => {
    const found = measure({ normal: { type: 'float64', draw: r => 0.35 + gauss(r) } }, 5_000)
    expect(Object.values(found).filter(f => f.state !== 'none').map(f => f.feature)).toEqual(['normal'])
    expect(found.normal).toMatchObject({ state: 'alert', type: 'number', test: 'ks', rows: 5_000, referenceRows: REFERENCE })
    expect(found.normal.effect).toBeGreaterThan(0.3)
  })
  it('beyond the range of the training set count by how far they are', () => {
    const found = measure({ normal: { type: 'float64', draw: () => 100 }, hour: { type: 'int64', draw: () => 1_000 } })
    expect(found.normal.effect).toBeCloseTo(100, 0)
    expect(found.hour).toMatchObject({ state: 'alert' })
    expect(found.hour.effect * Math.sqrt((24 * 24 - 1) / 12) / (1_000 - 11.5)).toBeCloseTo(1, 1)
  })
  it('that go missing are found: a missing value counts as one standard deviation', () => {
    const found = measure({ normal: { type: 'float64', draw: r => (r() < 0.3 ? null : gauss(r)) }, gust: { type: 'float64', draw: () => null } })
    expect(found.normal).toMatchObject({ state: 'alert', referenceMissing: 0 })
    expect(found.normal.effect).toBeGreaterThan(0.29)
    expect(found.normal.psi).toBeGreaterThan(1)
    expect(found.gust).toMatchObject({ state: 'alert', missing: 2_000 })
    expect(found.gust.effect).toBeCloseTo(0.6, 1)
    expect(found.normal.missing / 2_000).toBeCloseTo(0.3, 1)
  })
  it('that are not finite are missing', () => {
    expect(measure({ normal: { type: 'float64', draw: () => Number.NaN }, lognormal: { type: 'float64', draw: () => Infinity } })).toMatchObject({ normal: { missing: 2_000 }, lognormal: { missing: 2_000 } })
  })
  it('of a rare value are tested by their counts', () => {
    const { rare } = measure({ rare: { type: 'boolean', draw: r => r() < 0.08 } }, 500)
    expect(rare).toMatchObject({ test: 'g', state: 'alert' })
  })
  it('that were constant, or all missing, in training are measured too', () => {
    const constant = { rows: 400, schema: [{ name: 'x', type: 'float64' as const }, { name: 'y', type: 'float64' as const }], columns: [{ type: 'float64' as const, values: new Float64Array(400).fill(7) }, { type: 'float64' as const, values: new Float64Array(400), valid: new Uint8Array(400) }] }
    const constantGauge = openDriftGauge(profileInputs(constant))
    expect(constantGauge.measure(constant)).toMatchObject([{ effect: 0, noise: 0, psi: 0, pValue: 1, state: 'none' }, { effect: 0, noise: 0, psi: 0, pValue: 1, state: 'none' }])
    const other = drawTable({ x: { type: 'float64', draw: r => (r() < 0.5 ? 7 : 8) }, y: { type: 'float64', draw: gauss } }, 400, createGenerator(4))
    const [x, y] = constantGauge.measure(other)
    expect(x.effect).toBeCloseTo(0.5, 1)
    expect(x.state).toBe('alert')
    expect(y).toMatchObject({ effect: 1, state: 'alert', referenceMissing: 400 })
  })
})

describe('categories', () => {
  it('with a share moved are an alert', () => {
    const found = measure({ origin: { type: 'string', draw: r => (r() < 0.35 ? 'A' : 'ABC'[Math.floor(3 * r())]) } })
    expect(Object.values(found).filter(f => f.state !== 'none').map(f => f.feature)).toEqual(['origin'])
    expect(found.origin).toMatchObject({ test: 'g', type: 'category' })
  })
  it('that training did not see are one bin, and found', () => {
    const { carrier } = measure({ carrier: { type: 'string', draw: r => (r() < 0.2 ? `new${Math.floor(900 * r())}` : MIXED.carrier.draw(r)) } })
    expect(carrier).toMatchObject({ state: 'alert' })
  })
  it('that go missing are found', () => {
    expect(measure({ origin: { type: 'string', draw: r => (r() < 0.25 ? null : MIXED.origin.draw(r)) } }).origin.state).toBe('alert')
  })
  it('of which training saw some rarely may become common, and are found', () => {
    const profile = profileInputs(tableFromRows([{ name: 'x', type: 'string' }], Array.from({ length: 600 }, (_, i) => ({ x: i < 590 ? 'ab'[i % 2] : 'rare' + i % 3 }))))
    expect(profile.inputs[0]).toEqual({ feature: 'x', type: 'category', missing: 0, categories: ['a', 'b'], counts: [295, 295], rest: 10, expectedRest: 10 })
    const [drift] = openDriftGauge(profile).measure(tableFromRows([{ name: 'x', type: 'string' }], Array.from({ length: 600 }, (_, i) => ({ x: i % 3 === 0 ? 'rare1' : 'ab'[i % 2] }))))
    expect(drift.state).toBe('alert')
  })
  it('that training has alike, each a few times, keep their share', () => {
    const dealt = tableFromRows([{ name: 'x', type: 'string' }], Array.from({ length: 600 }, (_, i) => ({ x: `shop${i % 100}` })))
    expect(profileInputs(dealt).inputs[0]).toMatchObject({ rest: 0, expectedRest: 0 })
  })
  it('of a long tail, which goes on bringing new ones, are no drift', () => {
    const tail: Inputs = { plane: { type: 'string', draw: zipf(30_000) }, id: { type: 'string', draw: r => String(r()) } }
    const random = createGenerator(9)
    const tailGauge = openDriftGauge(profileInputs(drawTable(tail, 20_000, random)))
    for (const rows of [300, 1_000, 4_000]) for (const drift of tailGauge.measure(drawTable(tail, rows, random))) {
      expect(drift.beyondNoise, `${drift.feature} at ${rows}`).toBeLessThan(0.03)
      expect(drift.state).toBe('none')
      expect(drift.pValue).toBeGreaterThan(1e-3)
    }
  })
})

describe('noise', () => {
  it('is the mean of what windows of the training distribution show', () => {
    const random = createGenerator(12)
    for (const rows of [250, 700, 3_000]) {
      const windows = Array.from({ length: 40 }, () => gauge.measure(drawTable(MIXED, rows, random)))
      windows[0].forEach((drift, i) => {
        const mean = windows.reduce((sum, w) => sum + w[i].effect, 0) / windows.length
        expect(drift.noise / mean, `${drift.feature} at ${rows}`).toBeGreaterThan(0.75)
        expect(drift.noise / mean, `${drift.feature} at ${rows}`).toBeLessThan(1.3)
      })
    }
  })
  it('of the stability index is (bins − 1)(1/n + 1/m) where no bin is rare', () => {
    for (const rows of [250, 1_000, 7_000]) {
      for (const [name, bins] of [['normal', 10], ['gust', 11], ['origin', 3]] as const) {
        const { psi, psiBeyondNoise } = measure({ [name]: { ...MIXED[name], draw: r => (r() < 0.5 ? MIXED[name].draw(r) : { normal: 9, gust: null, origin: 'A' }[name]) } }, rows)[name]
        const closed = (bins - 1) * (1 / rows + 1 / REFERENCE)
        expect((psi - psiBeyondNoise) / closed, `${name} at ${rows}`).toBeGreaterThan(0.8)
        expect((psi - psiBeyondNoise) / closed, `${name} at ${rows}`).toBeLessThan(1.25)
      }
    }
  })
})

describe('a window', () => {
  it('of few rows says nothing', () => {
    const found = measure({ normal: { type: 'float64', draw: () => 9 } }, 199)
    for (const drift of Object.values(found)) expect(drift.state).toBe('few')
    expect(driftsBeyond(found.normal)).toBe(false)
    expect(gauge.measure(drawTable(MIXED, 0, createGenerator(1)))).toEqual([])
  })
  it('may be some rows of a table, and some inputs', () => {
    const table = drawTable(MIXED, 3_000, createGenerator(20))
    const places = Uint32Array.from({ length: 1_000 }, (_, i) => 3 * i)
    const some = gauge.measure(table, { places, only: new Set(['hour', 'origin']) })
    expect(some.map(f => [f.feature, f.rows])).toEqual([['hour', 1_000], ['origin', 1_000]])
    expect(gauge.measure(table, { places }).find(f => f.feature === 'hour')).toEqual({ ...some[0], qValue: expect.any(Number) })
  })
  it('of other columns is refused', () => {
    const table = drawTable(MIXED, 300, createGenerator(1))
    for (const schema of [table.schema.slice(1), [...table.schema].reverse(), table.schema.map(c => ({ ...c, type: 'string' as const }))]) {
      expect(() => gauge.measure({ ...table, schema })).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })
  it('has an effect and a p-value in their range, whatever it holds', () => {
    const value = fc.option(fc.oneof(fc.double(), fc.integer({ min: -2, max: 26 })), { nil: null })
    fc.assert(fc.property(fc.array(fc.tuple(value, fc.option(fc.constantFrom('A', 'B', 'c1', 'zzz', ''), { nil: null })), { minLength: 1, maxLength: 30 }), rows => {
      const table = tableFromRows(training.schema, rows.map(([x, c]) => ({ normal: x, lognormal: x, rain: x, gust: x, hour: x === null || !Number.isInteger(x) ? null : x, rare: x === null ? null : x > 0, origin: c, carrier: c, destination: c })))
      for (const drift of gauge.measure(table)) {
        expect(drift.effect >= 0 && drift.beyondNoise >= 0 && drift.psi >= 0 && drift.psiBeyondNoise >= 0, JSON.stringify(drift)).toBe(true)
        expect(drift.pValue >= 0 && drift.pValue <= drift.qValue && drift.qValue <= 1, JSON.stringify(drift)).toBe(true)
        if (drift.type === 'category') expect(drift.effect).toBeLessThanOrEqual(1)
      }
    }), { numRuns: 60 })
  })
})
