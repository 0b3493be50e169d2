import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MonitorDefinition } from '../../core/definition.ts'
import { openLog } from '../../core/log.ts'
import { DAY, formatTime, type Micros } from '../../core/time.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, PROJECT, SHOPS, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../server.ts'

const MONITORS: MonitorDefinition[] = [
  { name: 'quality', kind: 'quality', endpoint: ENDPOINT, metric: 'auc', limit: 0.5, window: '2d', every: '1d', severity: 'page', fewest: 50 },
  { name: 'fallback', kind: 'fallback', endpoint: ENDPOINT, window: '1d', every: '1d', severity: 'ticket' },
]
let home: SmallHome
let server: Server
let midnight: Micros

async function send(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await fetch(`${server.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${home.token}`, 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) })
  return { status: reply.status, body: await reply.json() as Record<string, unknown> }
}

beforeAll(async () => {
  home = await openSmallHome()
  const { platform } = home
  server = await openServer(platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
  const { actor } = await platform.metadata.authenticate(home.token)
  await platform.applyProject({ project: { ...PROJECT, monitors: MONITORS }, bundles: {}, projectDir: home.projectDir, actor })
  // Outcomes that are the opposite of what the model says.
  const rows = Array.from({ length: 120 }, (_, i) => ({ ...GOOD_BODY, entities: { shop: SHOPS[i % 4] }, request: { ...GOOD_BODY.request, items: 1 + i % 7, weight: i % 5 } }))
  const answered = (await send(`/endpoints/${ENDPOINT}/predict`, { rows })).body.predictions as { id: string; output: number }[]
  const middle = answered.map(p => p.output).sort((a, b) => a - b)[60]
  for (const { id, output } of answered) await platform.production.label({ endpoint: ENDPOINT, prediction: id, value: output < middle })
  midnight = Math.ceil(platform.clock.now() / DAY) * DAY
  platform.clock.set(midnight + 1_000_000)
})
afterAll(async () => { await server.close(); await home.remove() })

it('counts monitors among what is registered', async () => {
  expect((await send('/status')).body).toMatchObject({ counts: { monitor: 2 } })
  expect((await send('/monitors')).body).toMatchObject({ monitors: [{ definition: MONITORS[1], looks: [], evaluatedAt: null }, { definition: MONITORS[0] }] })
})

it('evaluates, opens an alert and an incident, and takes what people say', async () => {
  expect(await send('/monitors/evaluate', { at: formatTime(midnight + DAY) })).toMatchObject({ status: 400, body: { detail: expect.stringContaining('future') as string } })
  const { evaluations } = (await send('/monitors/evaluate', {})).body as { evaluations: { monitor: string; look: { state: string; at: string } }[] }
  expect(evaluations).toMatchObject([{ monitor: 'fallback', look: { state: 'ok', at: formatTime(midnight) } }, { monitor: 'quality', look: { state: 'firing', n: 120 } }])
  expect((await send('/monitors/evaluate', {})).body).toEqual({ evaluations: [] })

  const { alerts: [alert] } = (await send('/alerts?state=firing')).body as { alerts: { id: string; since: string; incident: string }[] }
  expect(alert).toMatchObject({ monitor: 'quality', severity: 'page', since: formatTime(midnight), resolvedAt: null })
  expect(await send(`/alerts/${alert.id}/acknowledge`, {})).toMatchObject({ status: 400 })
  expect((await send(`/alerts/${alert.id}/acknowledge`, { note: 'on it' })).body).toMatchObject({ state: 'acknowledged', acknowledged: { note: 'on it', at: expect.stringContaining('T') as string } })
  expect(await send('/alerts/alrt_none/acknowledge', { note: 'x' })).toMatchObject({ status: 404 })

  expect((await send('/incidents?state=open')).body).toMatchObject({ incidents: [{ id: alert.incident, endpoint: ENDPOINT }] })
  const incident = (await send(`/incidents/${alert.incident}`)).body as { timeline: { what: string }[] }
  expect(incident.timeline.map(t => t.what.replace(/(:| by).*/, ''))).toEqual(['deploy', 'alert of quality', 'incident opened', 'acknowledged'])
  expect((await send(`/incidents/${alert.incident}/close`, { postMortem: 'The outcomes were turned round.' })).body).toMatchObject({ state: 'closed', postMortem: 'The outcomes were turned round.', draft: expect.stringContaining('## What happened') as string })
  expect((await send('/monitors?looks=1')).body).toMatchObject({ monitors: [{}, { looks: [{ state: 'firing', window: { to: formatTime(midnight) } }], evaluatedAt: expect.stringContaining('T') as string }] })
})

it('measures drift and makes the report, as data and as a page', async () => {
  const drift = (await send(`/monitoring/${ENDPOINT}/drift?by=day`)).body as { periods: { predictions: number; features: { feature: string }[] }[] }
  expect(drift.periods.reduce((n, p) => n + p.predictions, 0)).toBe(120)
  expect(drift.periods[0].features.map(f => f.feature)).toEqual(['items', 'weight', 'express', 'country', 'recent.mean_1h', 'recent.count_1h'])
  expect(await send(`/monitoring/${ENDPOINT}/drift?features=itmes`)).toMatchObject({ status: 400, body: { code: 'unknown_feature' } })
  expect(await send(`/monitoring/nowhere/drift`)).toMatchObject({ status: 404 })
  expect((await send(`/monitoring/${ENDPOINT}/report?by=day`)).body).toMatchObject({ endpoint: ENDPOINT, total: { predictions: 120, labelled: 120 }, limits: [{ metric: 'auc', limit: 0.5 }], missingTruth: { never: 0 }, alerts: [{ monitor: 'quality' }] })
  const page = await fetch(`${server.url}/api/v1/monitoring/${ENDPOINT}/report.html`)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await page.text()).toMatch(/^<!doctype html>[\s\S]*late-order: AUC 0\.\d{3}/)
})

it('is scraped', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toMatch(/^slipway_model_metric\{endpoint="late-order",release="1",metric="auc"\} 0(\.\d+)?$/m)
  expect(text).toContain('slipway_model_outcomes{endpoint="late-order",release="1"} 120')
  expect(text).toMatch(/^slipway_monitor_last_run_timestamp_seconds\{monitor="quality"\} 1\.?\d+/m)
  expect(text).toContain('slipway_alerts_firing{endpoint="late-order",severity="page"} 1')
  expect(text).toContain('slipway_alerts_firing{endpoint="late-order",severity="ticket"} 0')
})

it('has no trial where no challenger ran', async () => {
  expect(await send(`/monitoring/${ENDPOINT}/trial`)).toMatchObject({ status: 404, body: { detail: `${ENDPOINT} has had no challenger.` } })
  expect(await send('/monitoring/nowhere/trial')).toMatchObject({ status: 404, body: { code: 'unknown_endpoint' } })
})

it('compares a challenger that runs with the champion', async () => {
  const { platform } = home
  const { actor } = await platform.metadata.authenticate(home.token)
  const { version } = await platform.intelligence.train({ model: 'lateness', from: midnight - 3 * DAY, to: midnight, actor })
  await platform.intelligence.gate({ model: 'lateness', version: version.version, actor })
  await platform.intelligence.approveByPolicy({ model: 'lateness', version: version.version })
  const { release } = await platform.production.createRelease({ endpoint: ENDPOINT, actor })
  expect(await send(`/deployments/${ENDPOINT}/deploy`, { release: release.number, role: 'challenger', share: 0.5 })).toMatchObject({ status: 200 })
  const rows = Array.from({ length: 400 }, (_, i) => ({ ...GOOD_BODY, entities: { shop: SHOPS[i % 4], order: `trial-${i}` }, request: { ...GOOD_BODY.request, items: 1 + i % 7 } }))
  const answered = (await send(`/endpoints/${ENDPOINT}/predict`, { rows })).body.predictions as { id: string; output: number }[]
  for (const [i, { id }] of answered.entries()) await platform.production.label({ endpoint: ENDPOINT, prediction: id, value: i % 3 === 0 })
  const trial = (await send(`/monitoring/${ENDPOINT}/trial`)).body as { champion: { predictions: number; labelled: number }; challenger: { predictions: number; labelled: number }; verdict: string }
  expect(trial).toMatchObject({ champion: { release: 'late-order@000001', share: 0.5, fallback: 0 }, challenger: { release: 'late-order@000002', share: 0.5 }, sampleRatio: { expected: 0.5, warning: false }, margin: 0.002, ends: expect.stringContaining('T') as string })
  expect(trial.champion.labelled + trial.challenger.labelled).toBe(400)
  expect(['continue', 'keep', 'swap']).toContain(trial.verdict)
})
