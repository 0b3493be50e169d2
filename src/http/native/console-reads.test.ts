import { afterAll, describe, expect, it } from 'vitest'
import type { Outcomes } from '../../core/ports/predictions.ts'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from '../fixtures/small-home.ts'
import { remember } from './remembered.ts'
import { countTraffic, measureLatency } from './traffic.ts'

const { server, close } = await openServedHome()
afterAll(close)

type Answer = Record<string, unknown> & { endpoints: Record<string, unknown>[] }
const get = async (path: string): Promise<Answer> => await (await fetch(`${server.url}/api/v1${path}`)).json() as Answer
const predict = (): Promise<Response> => fetch(`${server.url}/api/v1/endpoints/${ENDPOINT}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(GOOD_BODY) })

describe('what the console polls', () => {
  it('moves when something happens', async () => {
    const before = await get('/pulse')
    expect(before).toMatchObject({ ready: true, approvals: 0, alerts: 0, incidents: 0 })
    await predict()
    const after = await get('/pulse')
    expect(after.journal).toBeGreaterThan(before.journal as number)
    expect(after.ledger).toBe(before.ledger)
  })

  it('is one row an endpoint, with what the figures rest on', async () => {
    const { endpoints: [row] } = await get('/overview')
    expect(row).toMatchObject({ name: ENDPOINT, model: 'lateness', predictions: 1, traffic: { total: 1, fallbacks: 0 }, quality: { labelled: 0, predictions: 1, value: null }, alerts: [], incidents: [], pending: 0, last: { action: 'deploy' } })
    expect((row.traffic as { counts: number[] }).counts.reduce((a, b) => a + b)).toBe(1)
    expect((row.last as { at: string }).at).toMatch(/^2026-01-05T/)
  })

  it('can look back to before anything was', async () => {
    const { endpoints: [row], at } = await get('/overview?asOf=2020-01-01T00:00:00Z')
    expect(at).toBe('2020-01-01T00:00:00Z')
    expect(row).toMatchObject({ last: null, serving: [], alerts: [], traffic: { total: 0 } })
  })

  it('counts traffic in the buckets that were asked for', async () => {
    const traffic = await get(`/endpoints/${ENDPOINT}/traffic?buckets=10`)
    expect(traffic).toMatchObject({ total: 1, counts: { length: 10 }, latency: { p50: { length: 10 }, total: { p50: expect.any(Number) as number } } })
    expect((await fetch(`${server.url}/api/v1/endpoints/none/traffic`)).status).toBe(404)
    expect((await fetch(`${server.url}/api/v1/endpoints/${ENDPOINT}/traffic?buckets=2001`)).status).toBe(400)
    expect((await fetch(`${server.url}/api/v1/endpoints/${ENDPOINT}/traffic?from=2026-02-01&to=2026-01-01`)).status).toBe(400)
  })
})

it('every prediction falls into one bucket, and into one release and role', () => {
  const n = 1_000
  const outcomes = {
    rows: n, eventTime: Float64Array.from({ length: n }, (_, i) => i * 7), release: Float64Array.from({ length: n }, (_, i) => 1 + (i % 2)),
    role: Uint8Array.from({ length: n }, (_, i) => i % 2), fallback: Uint8Array.from({ length: n }, (_, i) => (i % 100 === 0 ? 2 : 0)),
  } as unknown as Outcomes
  const { counts, fallbackCounts, releases, kinds, fallbacks } = countTraffic('e', outcomes, 0, n * 7, 33)
  const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0)
  expect(sum(counts)).toBe(n)
  expect(releases).toMatchObject([{ release: 1, role: 'champion', total: 500 }, { release: 2, role: 'challenger', total: 500 }])
  expect(releases.map(r => sum(r.counts))).toEqual([500, 500])
  expect([fallbacks, sum(fallbackCounts), kinds]).toEqual([10, 10, { rule: 10 }])
})

it('latency is a quantile of each bucket, in milliseconds', () => {
  const latency = Float64Array.from({ length: 100 }, (_, i) => (100 - i) * 1_000)
  const eventTime = Float64Array.from({ length: 100 }, (_, i) => (i < 99 ? 5 : 25))
  expect(measureLatency({ eventTime, latency }, 0, 10, 3)).toEqual({ p50: [51, null, 1], p99: [100, null, 1], total: { p50: 50, p99: 99 } })
})

it('an answer is computed once while its state is the same, and again after a failure', async () => {
  const kept = remember<number>(60_000)
  let runs = 0
  const ask = (state: string) => kept('k', state, async () => { runs++; if (state === 'bad') throw new Error('no'); return runs })
  expect(await Promise.all([ask('a'), ask('a'), ask('a')])).toEqual([1, 1, 1])
  expect(await ask('b')).toBe(2)
  await expect(ask('bad')).rejects.toThrow('no')
  await expect(ask('bad')).rejects.toThrow('no')
  expect(runs).toBe(4)
})
