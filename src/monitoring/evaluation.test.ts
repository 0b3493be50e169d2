import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FallbackMonitor, QualityMonitor } from '../core/definition.ts'
import { openLog } from '../core/log.ts'
import { DAY, HOUR, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import { boundaryAt, dueBoundaries, MOST_LOOKS } from './boundary.ts'
import { ADA, at, openBench, seeded, type Bench, type FakeRow } from './monitoring.fixture.ts'
import { scheduleEvaluations } from './schedule.ts'

const START = at('2013-04-01')
const QUALITY: QualityMonitor = { name: 'quality', kind: 'quality', endpoint: 'e', metric: 'auc', limit: 0.7, window: '1d', every: '1d', severity: 'page' }
const FALLBACK: FallbackMonitor = { name: 'fallback', kind: 'fallback', endpoint: 'e', window: '1h', every: '1h', severity: 'page' }

/** A day of predictions, 30 an hour; `skill` 1 orders all outcomes rightly, 0 none. */
function day(number: number, skill: number, perHour = 30): FakeRow[] {
  const random = seeded(number + 1)
  return Array.from({ length: 24 * perHour }, (_, i) => {
    const label = random() < 0.4 ? 1 : 0
    return { time: START + number * DAY + Math.floor(i / perHour) * HOUR + 1, output: random() < skill ? 0.2 + 0.6 * label : random(), label }
  })
}

let bench: Bench
beforeEach(async () => { bench = await openBench() })
afterEach(() => bench.close())

const actions = async (metadata: Metadata): Promise<string[]> => (await metadata.ledger.list({ limit: 1_000 })).map(e => e.action).filter(a => a !== 'project.applied')

describe('boundaries', () => {
  it('of a week are Mondays, of a day midnights', () => {
    expect(boundaryAt(at('2013-04-07T23:59'), 7 * DAY)).toBe(START)
    expect(boundaryAt(at('2013-04-08'), 7 * DAY)).toBe(at('2013-04-08'))
    expect(boundaryAt(at('1969-12-30'), 7 * DAY)).toBe(at('1969-12-29'))
  })
  it('that are due follow the last look, and only so many', () => {
    expect(dueBoundaries(null, START + 5, DAY)).toEqual([START])
    expect(dueBoundaries(START, START + DAY - 1, DAY)).toEqual([])
    expect(dueBoundaries(START, START + 2 * DAY, DAY)).toEqual([START + DAY, START + 2 * DAY])
    expect(dueBoundaries(START, START - 5 * DAY, DAY)).toEqual([])
    const many = dueBoundaries(START, START + 1_000 * DAY, DAY)
    expect([many.length, many[0], many.at(-1)]).toEqual([MOST_LOOKS, START + 601 * DAY, START + 1_000 * DAY])
  })
})

describe('a quality monitor', () => {
  beforeEach(async () => {
    bench.predictions.rows = [0.9, 0.9, 0, 0, 0.9].flatMap((skill, d) => day(d, skill))
    await bench.declare([QUALITY])
  })

  it('opens an alert and an incident, keeps them, and closes both when it is over', async () => {
    const { monitoring, metadata } = bench
    expect(await monitoring.evaluate({ at: START + DAY })).toMatchObject([{ monitor: 'quality', look: { state: 'ok', n: 720, at: START + DAY }, opened: [], resolved: [] }])
    await monitoring.evaluate({ at: START + 2 * DAY })
    const [{ look, opened }] = await monitoring.evaluate({ at: START + 3 * DAY })
    expect(look.state).toBe('firing')
    expect(look.interval!.high).toBeLessThan(0.7)
    expect(opened).toMatchObject([{ monitor: 'quality', state: 'firing', since: START + 3 * DAY, incident: expect.stringMatching(/^inc_/) as string }])
    expect(opened[0].summary).toMatch(/^AUC of e is 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\), limit 0\.7, on 720 labels, 2013-04-03 to 2013-04-04$/)
    expect(await monitoring.evaluate({ at: START + 4 * DAY })).toMatchObject([{ look: { state: 'firing' }, opened: [], resolved: [] }])
    expect(await monitoring.listAlerts()).toMatchObject([{ state: 'firing', since: START + 3 * DAY, lastSeen: START + 4 * DAY }])
    expect(await monitoring.evaluate({ at: START + 5 * DAY })).toMatchObject([{ look: { state: 'ok' }, resolved: [{ state: 'resolved', resolvedAt: START + 5 * DAY }] }])
    const [incident] = await monitoring.listIncidents()
    expect(incident).toMatchObject({ state: 'closed', openedAt: START + 3 * DAY, closedAt: START + 5 * DAY, alerts: [opened[0].id], postMortem: null })
    expect(incident.timeline.map(t => t.what.split(':')[0])).toEqual(['alert of quality', 'incident opened', 'alert of quality resolved', 'closed'])
    expect(incident.draft).toContain('## What made it possible?')
    expect(await actions(metadata)).toEqual(['monitors.evaluated', 'monitors.evaluated', 'alert.opened', 'incident.opened', 'monitors.evaluated', 'monitors.evaluated', 'alert.resolved', 'incident.closed', 'monitors.evaluated'])
    expect((await metadata.ledger.list({ action: 'alert.opened' }))[0]).toMatchObject({ actor: 'system:monitoring', details: { monitor: 'quality', n: 720 } })
  })

  it('looks once at a boundary, whatever asks', async () => {
    await bench.monitoring.evaluate({ at: START + 3 * DAY })
    const { size } = bench.metadata.ledger
    expect(await bench.monitoring.evaluate({ at: START + 3 * DAY })).toEqual([])
    expect(await bench.monitoring.evaluate({ at: START + 3 * DAY + HOUR })).toEqual([])
    expect(await bench.reopen().evaluate({ at: START })).toEqual([])
    expect(bench.metadata.ledger.size).toBe(size)
  })

  it('catches up what it missed, oldest first, as if it had looked in time', async () => {
    await bench.monitoring.evaluate({ at: START + DAY })
    const late = await bench.reopen().evaluate({ at: START + 5 * DAY })
    expect(late.map(e => e.look.state)).toEqual(['ok', 'firing', 'firing', 'ok'])
    expect(await bench.monitoring.listIncidents()).toMatchObject([{ state: 'closed', openedAt: START + 3 * DAY, closedAt: START + 5 * DAY }])
    expect((await bench.monitoring.listMonitors())[0].looks.map(l => l.at)).toEqual([1, 2, 3, 4, 5].map(d => START + d * DAY))
  })

  it('says nothing of few labels, and leaves an alert as it is', async () => {
    await bench.monitoring.evaluate({ at: START + 3 * DAY })
    bench.predictions.rows = bench.predictions.rows.map(r => ({ ...r, knownAt: r.time + 3 * DAY }))
    expect(await bench.monitoring.evaluate({ at: START + 4 * DAY })).toMatchObject([{ look: { state: 'few', n: 0, value: null } }])
    expect(await bench.monitoring.listAlerts({ state: 'firing' })).toHaveLength(1)
    expect(await bench.monitoring.listIncidents({ state: 'open' })).toHaveLength(1)
  })

  it('resolves what it left when it is no longer registered', async () => {
    await bench.monitoring.evaluate({ at: START + 3 * DAY })
    bench.clock.freeze(START + 4 * DAY)
    await bench.declare([])
    expect(await bench.monitoring.evaluate()).toEqual([])
    expect(await bench.monitoring.listAlerts()).toMatchObject([{ state: 'resolved', resolvedAt: START + 4 * DAY }])
    expect(await bench.monitoring.listIncidents()).toMatchObject([{ state: 'closed', closedAt: START + 4 * DAY }])
  })

  it('is acknowledged with a note, once it fires', async () => {
    const { monitoring } = bench
    const [{ opened: [alert] }] = await monitoring.evaluate({ at: START + 3 * DAY })
    expect(await monitoring.acknowledge({ id: alert.id, note: 'looking into it', actor: ADA })).toMatchObject({ state: 'acknowledged', acknowledged: { actor: 'user:ada', note: 'looking into it' } })
    await monitoring.evaluate({ at: START + 4 * DAY })
    expect(await monitoring.listAlerts()).toMatchObject([{ state: 'acknowledged', lastSeen: START + 4 * DAY, acknowledged: { note: 'looking into it' } }])
    await monitoring.evaluate({ at: START + 5 * DAY })
    await expect(monitoring.acknowledge({ id: alert.id, note: '', actor: ADA })).rejects.toMatchObject({ code: 'conflict' })
    await expect(monitoring.acknowledge({ id: 'alrt_0', note: '', actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('has an incident that a person closes in words, before and after', async () => {
    const { monitoring } = bench
    await monitoring.evaluate({ at: START + 3 * DAY })
    const [{ id }] = await monitoring.listIncidents({ state: 'open', endpoint: 'e' })
    bench.clock.freeze(START + 3.5 * DAY)
    expect(await monitoring.closeIncident({ id, postMortem: 'A storm.', actor: ADA })).toMatchObject({ state: 'closed', postMortem: 'A storm.', closedAt: START + 3.5 * DAY })
    await monitoring.evaluate({ at: START + 5 * DAY })
    expect(await monitoring.listIncidents()).toHaveLength(1)
    expect(await monitoring.closeIncident({ id, postMortem: 'A storm, and no ice on the wings.', actor: ADA })).toMatchObject({ postMortem: 'A storm, and no ice on the wings.', closedAt: START + 3.5 * DAY })
    await expect(monitoring.getIncident('inc_0')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('shows the last changes before an incident', async () => {
    for (let n = 1; n <= 5; n++) await bench.metadata.record({ actor: ADA, action: 'deployment.changed', subject: 'deployment/e', details: { action: 'deploy', from: `e@${n - 1}`, to: `e@${n}` } })
    await bench.monitoring.evaluate({ at: START + 3 * DAY })
    await bench.metadata.record({ actor: ADA, action: 'deployment.rolledBack', subject: 'deployment/e', details: { action: 'rollback', from: 'e@5', to: 'e@4' } })
    const [{ timeline }] = await bench.monitoring.listIncidents()
    expect(timeline.map(t => t.what.replace(/:.*is.*/, ''))).toEqual([
      'deploy: e@2 → e@3, by user:ada', 'deploy: e@3 → e@4, by user:ada', 'deploy: e@4 → e@5, by user:ada', 'alert of quality', 'incident opened', 'rollback: e@5 → e@4, by user:ada',
    ])
    expect(timeline.every(t => t.ledger !== null)).toBe(true)
  })
})

describe('a crash', () => {
  it('anywhere within an evaluation leaves what the next one completes', async () => {
    const rows = [0.9, 0, 0, 0.9, 0, 0.9].flatMap((skill, d) => day(d, skill))
    const fell: FakeRow[] = [{ time: START + 1.5 * DAY, output: 0.5, label: 0, fallback: 'rule' }]
    const hourly: FallbackMonitor = { ...FALLBACK, every: '12h', window: '12h' }
    const settled = async (b: Bench): Promise<unknown> => ({
      alerts: (await b.monitoring.listAlerts()).map(a => ({ ...a, id: '', incident: a.incident !== null })).sort((a, c) => a.since - c.since || (a.monitor < c.monitor ? -1 : 1)),
      incidents: (await b.monitoring.listIncidents()).map(({ state, openedAt, closedAt, alerts }) => ({ state, openedAt, closedAt, alerts: alerts.length })).sort((a, c) => a.openedAt - c.openedAt),
      looks: (await b.monitoring.listMonitors()).map(m => m.looks),
    })
    const run = async (crashAt: number): Promise<{ outcome: unknown; writes: number }> => {
      const b = await openBench()
      try {
        b.predictions.rows = [...rows, ...fell]
        await b.declare([QUALITY, hourly])
        await b.monitoring.evaluate({ at: START + 12 * HOUR })
        let writes = 0
        const crashing = b.reopen(m => ({ ...m, ledger: m.ledger, change: (entry, write) => (++writes === crashAt ? Promise.reject(new Error('killed')) : writes > crashAt ? Promise.reject(new Error('dead')) : m.change(entry, write)) }))
        await crashing.evaluate({ at: START + 6 * DAY }).catch(() => undefined)
        await b.reopen().evaluate({ at: START + 6 * DAY })
        return { outcome: await settled(b), writes }
      } finally { await b.close() }
    }
    const whole = await run(Number.POSITIVE_INFINITY)
    expect(whole.outcome).toMatchObject({ incidents: [{ state: 'closed' }, { state: 'closed' }] })
    expect(whole.writes).toBeGreaterThan(8)
    for (let n = 1; n <= whole.writes; n++) expect((await run(n)).outcome, `killed at write ${n}`).toEqual(whole.outcome)
  })
})

describe('a fallback monitor', () => {
  it('fires for an hour with any, joins the open incident, and ends with the hour', async () => {
    bench.predictions.rows = [...day(0, 0.9), { time: START + 5 * HOUR + 7, output: 0.5, label: 0, fallback: 'default' }]
    await bench.declare([FALLBACK])
    for (let h = 1; h <= 8; h++) await bench.monitoring.evaluate({ at: START + h * HOUR })
    const [{ looks }] = await bench.monitoring.listMonitors()
    expect(looks.map(l => l.state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'firing', 'ok', 'ok'])
    expect(await bench.monitoring.listIncidents()).toMatchObject([{ state: 'closed', openedAt: START + 6 * HOUR, closedAt: START + 7 * HOUR, title: expect.stringContaining('1 of 31 answers of e came from the fallback, limit none, 2013-04-01T05:00Z to 2013-04-01T06:00Z') as string }])
  })

  it('shares an incident with others of its endpoint', async () => {
    bench.predictions.rows = [...day(0, 0), { time: START + DAY, output: 0.5, label: 0, fallback: 'default' }]
    await bench.declare([FALLBACK, QUALITY])
    await bench.monitoring.evaluate({ at: START + DAY })
    expect(await bench.monitoring.listIncidents()).toMatchObject([{ state: 'open', alerts: [expect.any(String), expect.any(String)] }])
  })
})

describe('evaluations', () => {
  it('at any times take the same looks and end alike', async () => {
    const rows = [0.9, 0, 0.9, 0, 0, 0.9].flatMap((skill, d) => day(d, skill, 10))
    const looksOf = async (times: Micros[]): Promise<unknown> => {
      const b = await openBench()
      try {
        b.predictions.rows = rows
        await b.declare([{ ...QUALITY, fewest: 50 }])
        for (const time of [START + DAY, ...times, START + 6 * DAY]) await b.monitoring.evaluate({ at: time })
        return { looks: (await b.monitoring.listMonitors())[0].looks, alerts: (await b.monitoring.listAlerts()).map(({ since, lastSeen, resolvedAt }) => ({ since, lastSeen, resolvedAt })) }
      } finally { await b.close() }
    }
    const once = await looksOf([])
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 6 * 24 }), { maxLength: 6 }), async hours => { expect(await looksOf(hours.map(h => START + h * HOUR))).toEqual(once) }), { numRuns: 8 })
  })

  it('go on with the others when one fails, and then say so', async () => {
    bench.predictions.rows = day(0, 0.9)
    await bench.declare([{ ...QUALITY, endpoint: 'nowhere', name: 'broken' }, FALLBACK])
    await expect(bench.monitoring.evaluate({ at: START + DAY })).rejects.toMatchObject({ code: 'unknown_endpoint' })
    expect((await bench.monitoring.listMonitors()).map(m => m.looks.length)).toEqual([0, 1])
    expect(await bench.monitoring.evaluate({ at: START + DAY, endpoint: 'e' })).toEqual([])
  })

  it('are asked for each minute, one at a time, not while the clock is frozen, and never stop by a failure', async () => {
    vi.useFakeTimers()
    try {
      let frozen = true
      let count = 0
      let finish = (): void => {}
      const stop = scheduleEvaluations({ evaluate: () => { count++; return count === 1 ? Promise.reject(new Error('no')) : new Promise<void>(resolve => { finish = resolve }) }, isFrozen: () => frozen, log: openLog({ level: 'silent' }) })
      await vi.advanceTimersByTimeAsync(300_000)
      expect(count).toBe(0)
      frozen = false
      await vi.advanceTimersByTimeAsync(60_000)
      expect(count).toBe(1)
      await vi.advanceTimersByTimeAsync(180_000)
      expect(count).toBe(2)
      const stopped = stop()
      finish()
      await stopped
      await vi.advanceTimersByTimeAsync(180_000)
      expect(count).toBe(2)
    } finally { vi.useRealTimers() }
  })
})
