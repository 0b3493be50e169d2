import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DriftMonitor } from '../core/definition.ts'
import { tableFromRows } from '../core/table.ts'
import { DAY, MINUTE } from '../core/time.ts'
import { at, openBench, seeded, type Bench } from './monitoring.fixture.ts'

const START = at('2013-04-01')
const MONITOR: DriftMonitor = { name: 'inputs', kind: 'drift', endpoint: 'e', window: '7d', every: '7d', severity: 'ticket' }

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  const random = seeded(5)
  const inputs = [{ name: 'temp', type: 'float64' as const }, { name: 'carrier', type: 'string' as const }]
  const row = (shift: number): { temp: number; carrier: string } => ({ temp: random() + random() + random() + shift, carrier: random() < 0.7 ? 'UA' : 'AA' })
  bench.datasets.set('d1', tableFromRows([{ name: 'time', type: 'timestamp' }, { name: 'label', type: 'boolean' }, ...inputs], Array.from({ length: 4_000 }, () => ({ time: START, label: false, ...row(0) }))))
  // Three weeks of 672; in the second it is warmer by half a degree, one standard deviation.
  bench.predictions.tables.set('c1', tableFromRows([{ name: 'eventTime', type: 'timestamp' }, ...inputs], Array.from({ length: 3 * 672 }, (_, i) => ({ eventTime: START + (i + 1) * 15 * MINUTE, ...row(i >= 672 && i < 1_344 ? 0.5 : 0) }))))
  bench.predictions.releases = [{ id: 'e@000001', number: 1, model: 'late', modelVersion: 1, contentDigest: 'c1', trainingSet: 'd1', role: 'champion', share: 1, since: START, until: null, revision: 1, action: 'deploy' }]
})
afterEach(() => bench.close())

it('a drift monitor fires for the input that moved, and resolves when it is back', async () => {
  await bench.declare([MONITOR])
  expect(await bench.monitoring.evaluate({ at: START + 7 * DAY })).toMatchObject([{ look: { state: 'ok', n: 672, features: [], limit: 0.25 } }])
  const [{ look, opened }] = await bench.monitoring.evaluate({ at: START + 14 * DAY })
  expect(look).toMatchObject({ state: 'firing', n: 672, features: [{ feature: 'temp' }] })
  expect(look.value).toBeGreaterThan(0.8)
  expect(opened).toMatchObject([{ fingerprint: 'inputs/temp', kind: 'drift', severity: 'ticket', incident: null, summary: expect.stringMatching(/^temp of e moved by [01]\.\d\d standard deviations beyond noise, limit 0\.25, q < 0\.0001, on 672 rows, 2013-04-08 to 2013-04-15$/) as string }])
  expect((await bench.monitoring.listMonitors())[0].inputs.map(i => i.feature)).toEqual(['temp', 'carrier'])
  expect(await bench.monitoring.evaluate({ at: START + 21 * DAY })).toMatchObject([{ look: { state: 'ok' }, resolved: [{ fingerprint: 'inputs/temp' }] }])
})

it('looks at the inputs that it names, and says nothing of few rows', async () => {
  await bench.declare([{ ...MONITOR, features: ['carrier'] }, { ...MONITOR, name: 'hourly', window: '1h', every: '1d' }])
  const evaluations = await bench.monitoring.evaluate({ at: START + 14 * DAY })
  expect(evaluations).toMatchObject([{ monitor: 'hourly', look: { state: 'few', n: 4 } }, { monitor: 'inputs', look: { state: 'ok', features: [] } }])
  expect((await bench.monitoring.evaluate({ at: START + 60 * DAY })).at(-1)).toMatchObject({ look: { state: 'few', n: 0, value: null } })
})

it('the report of a home shows it', async () => {
  bench.predictions.rows = Array.from({ length: 3 * 672 }, (_, i) => ({ time: START + (i + 1) * 15 * MINUTE, output: (i % 10) / 10, label: i % 7 < 3 ? 1 : 0 }))
  bench.clock.freeze(START + 22 * DAY)
  await bench.declare([MONITOR])
  await bench.monitoring.evaluate({ at: START + 7 * DAY })
  await bench.monitoring.evaluate({ at: START + 14 * DAY })
  const report = await bench.monitoring.report({ endpoint: 'e' })
  expect(report.periods.map(p => p.drift?.alert)).toEqual([0, 1, 0, 0])
  expect(report.strip[0]).toMatchObject({ feature: 'temp', states: ['none', 'alert', 'none', 'few'] })
  expect(report.periods[1].alerts).toHaveLength(1)
  expect(report.headline).toContainEqual(expect.stringContaining('1 alert and no incidents'))
})
