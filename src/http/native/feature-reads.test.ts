import { afterAll, describe, expect, it } from 'vitest'
import { openServedHome } from '../fixtures/served-home.ts'
import { ENDPOINT, GOOD_BODY } from '../fixtures/small-home.ts'

const { server, close } = await openServedHome()
afterAll(close)

const get = async (path: string): Promise<Record<string, unknown>> => await (await fetch(`${server.url}/api/v1${path}`)).json() as Record<string, unknown>
const post = async (path: string, body: string | object): Promise<{ status: number; body: Record<string, unknown>; text: string }> => {
  const response = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown>, text }
}

describe('one feature view', () => {
  it('says what it means, who uses it and how its values lie in the newest training set', async () => {
    const view = await get('/features/views/recent')
    expect(view).toMatchObject({
      entities: ['shop'], meaning: [{ name: 'mean_1h', text: 'mean over 1h of amount' }, { name: 'count_1h', text: 'count over 1h' }],
      source: { name: 'sales' }, usedBy: { services: ['order'], models: ['lateness'], endpoints: [ENDPOINT], views: [] },
      distribution: { rows: expect.any(Number) as number, columns: [{ name: 'mean_1h', histogram: expect.any(Array) as unknown[] }, { name: 'count_1h', min: 1 }] },
    })
    expect((view.online as { watermark: string }[])[0].watermark).toMatch(/^2026-01-/)
    expect(await get('/features/views/recnt')).toMatchObject({ status: 404, detail: expect.stringMatching(/Did you mean "recent"/) as string })
  })

  it('shows the values of one entity over time, with the rows behind them', async () => {
    const { status, body } = await post('/features/views/recent/values', { entities: { shop: 'north' }, features: ['count_1h'], points: 50 })
    expect(status).toBe(200)
    const { times, points, rows, features } = body as { times: string[]; points: unknown[][]; rows: { eventTime: string; values: object }[]; features: object[] }
    expect(features).toEqual([{ name: 'recent.count_1h', type: 'int64' }])
    expect(points.length).toBe(times.length)
    expect(points.some(([n]) => Number(n) > 0)).toBe(true)
    expect(rows[0]).toMatchObject({ source: 'sales', eventTime: expect.stringMatching(/^2026-01-\d\dT/) as string, values: { shop: 'north' } })
    for (const [bad, code] of [[{ entities: {} }, 'missing_entity'], [{ entities: { shop: 'north' }, features: ['none'] }, 'unknown_feature'], [{ entities: { shop: 5 } }, 'wrong_type'], [{ entities: { shop: 'north' }, from: '2026-02-01', to: '2026-01-01' }, 'invalid_request']] as const) {
      expect((await post('/features/views/recent/values', bad)).body).toMatchObject({ code })
    }
  })

  it('profiles a dataset version', async () => {
    const { datasets: [orders] } = await get('/datasets') as { datasets: { head: { version: string } }[] }
    const profile = await get(`/datasets/versions/${orders.head.version}/profile`)
    expect(profile).toMatchObject({ rows: 900, sampled: 900 })
    expect((profile.columns as { name: string; top: unknown }[]).find(c => c.name === 'country')?.top).toEqual([{ value: 'FR', count: expect.any(Number) as number }, { value: 'DE', count: expect.any(Number) as number }])
  })
})

describe('whole numbers beyond 2^53', () => {
  it('come in exactly, and go out exactly', async () => {
    // items is an int64 request feature: the number is kept as it was sent.
    const { status, body } = await post(`/endpoints/${ENDPOINT}/predict`, JSON.stringify({ ...GOOD_BODY, request: { ...GOOD_BODY.request, items: '§' } }).replace('"§"', '9007199254740993'))
    expect(status).toBe(200)
    expect((await post('/features/check', { endpoint: ENDPOINT })).body).toMatchObject({ different: 0 })
    const kept = await fetch(`${server.url}/api/v1/predictions/${String(body.id)}`)
    expect(await kept.text()).toContain('9007199254740993')
  })

  it('are taken as doubles where a double is asked for, and refused beyond int64', async () => {
    const sent = (items: string, weight: string): Promise<{ status: number; body: Record<string, unknown> }> => post(`/endpoints/${ENDPOINT}/predict`, JSON.stringify({ ...GOOD_BODY, request: { ...GOOD_BODY.request, items: '§', weight: '§§' } }).replace('"§"', items).replace('"§§"', weight))
    expect((await sent('3', '9007199254740993')).status).toBe(200)
    expect((await sent('3', '1000000000000000000000000000000')).status).toBe(200)
    expect((await sent('9223372036854775808', '1')).body).toMatchObject({ status: 400, code: 'wrong_type' })
    expect((await sent('9223372036854775807', '1')).status).toBe(200)
    expect((await post('/features/views/recent/values', '{"entities":{"shop":"north"},"points":9223372036854775808}')).status).toBe(400)
    expect((await post('/features/views/recent/values', '{"entities":{"shop":"north"},"to":9223372036854775808}')).status).toBe(400)
  })
})
