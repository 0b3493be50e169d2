import { describe, expect, it } from 'vitest'
import type { DriftReport, FeatureDrift } from './records.ts'
import type { MonitorDefinition } from '../core/definition.ts'
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { at, FakePredictions, seeded, type FakeRow } from './monitoring.fixture.ts'
import { renderReport } from './report-html.ts'
import { makeReport, type Report, type ReportParts } from './report.ts'

const START = at('2013-04-01')
const NOW = at('2013-07-01')

/** A quarter: an outcome after six hours or so, each fiftieth never, a challenger from May on, and one hour of fallback. */
export function quarter(): FakeRow[] {
  const random = seeded(11)
  return Array.from({ length: 91 * 96 }, (_, i): FakeRow => {
    const time = START + i * 15 * MINUTE
    const chance = 0.1 + 0.6 * random()
    const challenger = time >= at('2013-05-06') && time < at('2013-05-20') && random() < 0.5
    const fallback = time >= at('2013-06-10T08:00') && time < at('2013-06-10T09:00') ? 'rule' as const : undefined
    return {
      time, output: fallback === undefined ? Math.max(0, chance + (time > at('2013-06-01') ? 0.25 * (random() - 0.5) : 0)) : 0.2, label: i % 50 === 0 ? Number.NaN : random() < chance ? 1 : 0, knownAt: time + 5 * HOUR + HOUR * random(),
      release: challenger || time >= at('2013-05-20') ? 2 : 1, role: challenger ? 'challenger' : 'champion', fallback,
    }
  })
}

const monitors: MonitorDefinition[] = [{ name: 'quality', kind: 'quality', endpoint: 'e', metric: 'auc', limit: 0.7, window: '7d', every: '1d', severity: 'page' }]

function driftOf(features: number): ReportParts['drift'] {
  return async ({ endpoint, from, to, by }): Promise<DriftReport> => ({
    endpoint, by,
    periods: Array.from({ length: Math.ceil((to - from) / (7 * DAY)) }, (_, w) => ({
      from: from + w * 7 * DAY, to: from + (w + 1) * 7 * DAY, predictions: 672, release: 'e@000001', trainingSet: 'd'.repeat(64),
      features: Array.from({ length: features }, (_, f): FeatureDrift => {
        const beyondNoise = Math.max(0, (f === 0 ? 0.15 : 0.02 * (f % 7)) * w)
        return { feature: f === 0 ? 'temp<script>' : `view.feature_${f}`, type: 'number', rows: 672, referenceRows: 77_000, missing: 0, referenceMissing: 0, effect: beyondNoise + 0.03, noise: 0.03, beyondNoise, psi: 0, psiBeyondNoise: 0, test: 'ks', pValue: 0, qValue: 0, state: beyondNoise >= 0.25 ? 'alert' : beyondNoise >= 0.1 ? 'watch' : 'none' }
      }),
    })),
  })
}

function report(rows: FakeRow[], query: Partial<Parameters<typeof makeReport>[1]> = {}, features = 31): Promise<Report> {
  const predictions = new FakePredictions()
  predictions.rows = rows
  const release = { model: 'late', modelVersion: 1, contentDigest: 'c'.repeat(64), trainingSet: 'd'.repeat(64), revision: 1 }
  predictions.releases = [
    { ...release, id: 'e@000001', number: 1, role: 'champion', share: 1, since: START, until: at('2013-05-06'), action: 'deploy' },
    { ...release, id: 'e@000001', number: 1, role: 'champion', share: 0.5, since: at('2013-05-06'), until: at('2013-05-20'), action: 'deploy' },
    { ...release, id: 'e@000002', number: 2, role: 'challenger', share: 0.5, since: at('2013-05-06'), until: at('2013-05-20'), action: 'deploy' },
    { ...release, id: 'e@000002', number: 2, role: 'champion', share: 1, since: at('2013-05-20'), until: null, action: 'promote' },
  ]
  const alert = { id: 'alrt_1', monitor: 'quality', kind: 'quality' as const, endpoint: 'e', fingerprint: 'quality', severity: 'page' as const, state: 'resolved' as const, summary: 'AUC of e is 0.612 (0.58 to 0.65), limit 0.7', metric: 'auc', value: 0.6, interval: null, limit: 0.7, n: 600, window: { from: 0, to: 0 }, since: at('2013-06-12'), lastSeen: 0, acknowledged: null, resolvedAt: at('2013-06-20'), incident: 'inc_1' }
  const incident = { id: 'inc_1', endpoint: 'e', title: alert.summary, state: 'closed' as const, openedAt: alert.since, closedAt: alert.resolvedAt, alerts: ['alrt_1'], timeline: [], draft: null, postMortem: null }
  return makeReport({ predictions, label: 'late', monitors, alerts: rows.length === 0 ? [] : [alert], incidents: rows.length === 0 ? [] : [incident], now: NOW, drift: driftOf(features) }, { endpoint: 'e', ...query })
}

describe('a report', () => {
  it('has every week with its numbers, releases, drift and alerts', async () => {
    const r = await report(quarter())
    expect(r).toMatchObject({ by: 'week', from: START, to: NOW, knownBy: NOW, limits: [{ metric: 'auc', limit: 0.7 }] })
    expect(r.periods).toHaveLength(13)
    expect(r.periods.reduce((n, p) => n + p.predictions, 0)).toBe(r.total.predictions)
    expect(r.total).toMatchObject({ predictions: 8_736, fallback: 4 })
    expect(r.periods[0]).toMatchObject({ predictions: 672, fallbackShare: 0, alerts: [], releases: [{ number: 1, role: 'champion', predictions: 672 }], drift: { inputs: 31, watch: 0, alert: 0 } })
    expect(r.periods[5].releases.map(s => [s.number, s.role]).sort()).toEqual([[1, 'champion'], [2, 'challenger']])
    expect(r.periods[10]).toMatchObject({ fallback: 4, alerts: ['alrt_1'] })
    expect(r.periods[12].drift!.worst[0].feature).toBe('temp<script>')
    expect(r.strip).toHaveLength(12)
    expect(r.releases.map(s => s.action)).toEqual(['deploy', 'deploy', 'deploy', 'promote'])
  })

  it('says how many will never have an outcome, and how that was decided', async () => {
    const { missingTruth, headline } = await report(quarter(), { knownBy: NOW + DAY })
    expect(missingTruth.never + missingTruth.awaited).toBe(175)
    expect(missingTruth.delay! / HOUR).toBeCloseTo(6, 1)
    expect(headline.at(-1)).toBe('175 of 8,736 predictions will never get an outcome: they are older than 6.0 hours, within which 99.9 % of the 8,561 outcomes that came had come. No other is awaited.')
    const early = await report(quarter(), { to: START + 30 * DAY, knownBy: START + 30 * DAY })
    expect(early.missingTruth.awaited).toBeGreaterThan(15)
    expect((await report(quarter().slice(0, 300))).missingTruth).toMatchObject({ never: 0, delay: null, sentence: expect.stringContaining('too few outcomes') as string })
  })

  it('of nothing is short, and no error', async () => {
    const r = await report([])
    expect(r).toMatchObject({ periods: [], strip: [], total: { predictions: 0, fallbackShare: null } })
    expect(r.headline[0]).toMatch(/^no predictions from/)
    expect(renderReport(r)).toContain('Nothing to draw yet.')
  })
})

describe('its page', () => {
  it('stands alone, is small, escapes what users named, and has every number in a table', async () => {
    const r = await report(quarter())
    const html = renderReport(r)
    expect(html.length).toBeLessThan(100_000)
    expect(html).not.toMatch(/<script|https?:|url\(|@import|<link|<img/)
    expect(html).toContain('temp&#60;script&#62;')
    expect(html.match(/<svg /g)).toHaveLength(4)
    expect(html.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(4)
    for (const p of r.periods) expect(html).toContain(`${p.auc!.value.toFixed(3)} (${p.auc!.low.toFixed(3)} to ${p.auc!.high.toFixed(3)})`)
    for (const text of ['promote: release 2', 'limit 0.7 (quality)', 'prefers-color-scheme:dark', '@media print', 'of 8,736 predictions will never']) expect(html).toContain(text)
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('of two years by day stays small', async () => {
    const rows = Array.from({ length: 8 }, (_, k) => quarter().filter((_, i) => i % 8 === 0).map(row => ({ ...row, time: row.time + k * 91 * DAY, knownAt: (row.knownAt ?? 0) + k * 91 * DAY }))).flat()
    expect(renderReport(await report(rows, { by: 'day', to: START + 728 * DAY })).length).toBeLessThan(300_000)
    expect(renderReport(await report(rows, { to: START + 728 * DAY })).length).toBeLessThan(300_000)
  })
})
