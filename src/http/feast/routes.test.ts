import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { formatTime } from '../../core/time.ts'
import { buildApp } from '../app.ts'
import { openSmallHome, type SmallHome } from '../fixtures/small-home.ts'
import type { App } from '../server-state.ts'

let home: SmallHome
let app: App
beforeAll(async () => {
  home = await openSmallHome()
  app = await buildApp(home.platform, { log: openLog({ level: 'silent' }), state: { authorities: new Set(['test']), url: 'http://test:1', stopping: false } })
})
afterAll(async () => { await app.close(); await home.remove() })

const post = (url: string, body: unknown, token: string | null = home.token): Promise<{ statusCode: number; body: string; headers: Record<string, unknown> }> =>
  app.inject({ method: 'POST', url, headers: { host: 'test', 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }, payload: typeof body === 'string' ? body : JSON.stringify(body) })
/** Status, class and message of a typed failure: JSON within a JSON string. */
const fault = async (url: string, body: unknown, token?: string | null): Promise<[number, string, string]> => {
  const reply = await post(url, body, token)
  const text = JSON.parse(reply.body) as string
  expect(typeof text).toBe('string')
  const detail = JSON.parse(text) as { module: string; class: string; message: string; remedy: string }
  expect(detail.module).toBe('feast.errors')
  expect(detail.message).toContain(detail.remedy)
  return [reply.statusCode, detail.class, detail.message]
}
interface Answer { results: { values: unknown[]; statuses: string[]; event_timestamps: string[] }[]; metadata: { feature_names: string[]; feature_view_metadata?: unknown } }
const ask = async (body: unknown): Promise<Record<string, unknown[]>> => {
  const reply = await post('/get-online-features', body, null)
  expect(reply.statusCode, reply.body).toBe(200)
  const { results, metadata } = JSON.parse(reply.body) as Answer
  return Object.fromEntries(metadata.feature_names.map((name, i) => [name, results[i].values]))
}
const now = (ago = 60): string => formatTime(home.platform.clock.now() - ago * 1_000_000).slice(0, -1)
let order = 0
const sale = (shop: string, amount: number | null, at = now()): Record<string, unknown[]> => ({ order_id: [`new-${order++}`], event_timestamp: [at], shop: [shop], amount: [amount] })

describe('/get-online-features', () => {
  it('answers keys, then features in the order asked; statuses and times beside them', async () => {
    await post('/push', { push_source_name: 'sales', df: sale('harbour', 12) })
    const reply = await post('/get-online-features', { features: ['recent:count_1h', 'recent:mean_1h'], entities: { colour: ['red', 'blue'], shop: ['harbour', 'nowhere'] } }, null)
    expect(reply.headers['content-type']).toMatch(/^application\/json/)
    expect(reply.body).toContain('"values":[12.0,null]')
    const { results, metadata } = JSON.parse(reply.body) as Answer
    expect(metadata).toEqual({ feature_names: ['shop', 'count_1h', 'mean_1h'] })
    expect(results[0]).toEqual({ values: ['harbour', 'nowhere'], statuses: ['PRESENT', 'PRESENT'], event_timestamps: ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'] })
    expect(results[1]).toMatchObject({ values: [1, 0], statuses: ['PRESENT', 'PRESENT'] })
    expect(results[2]).toMatchObject({ values: [12, null] })
    expect(results[2].statuses[0]).toBe('PRESENT')
    expect(results[2].event_timestamps).toHaveLength(2)
  })

  it('answers a service without the request features that only its model reads', async () => {
    expect(await ask({ feature_service: 'order', entities: { shop: ['nowhere'] }, full_feature_names: true })).toEqual({ shop: ['nowhere'], recent__mean_1h: [null], recent__count_1h: [0] })
  })

  it('takes a number for a key that is text, as Feast does', async () => {
    expect(await ask({ features: ['recent:count_1h'], entities: { shop: [7, 'north', null] } })).toMatchObject({ shop: ['7', 'north', null], count_1h: [0, expect.any(Number), 0] })
  })

  it('names the views where it is asked to', async () => {
    const reply = await post('/get-online-features', { features: ['recent@latest:count_1h'], entities: { shop: [null] }, include_feature_view_version_metadata: true })
    expect((JSON.parse(reply.body) as Answer).metadata).toEqual({ feature_names: ['shop', 'count_1h'], feature_view_metadata: [{ name: 'recent' }] })
  })

  it.each([
    [{ features: ['recnt:mean_1h'] }, 404, 'FeatureViewNotFoundException', /recnt does not exist.*"recent"/],
    [{ features: ['sales:amount'] }, 404, 'FeatureViewNotFoundException', /sales is a source.*recent/],
    [{ features: ['recent:maen_1h'] }, 404, 'FeastObjectNotFoundException', /no feature maen_1h.*"mean_1h"/],
    [{ feature_service: 'ordr' }, 404, 'FeatureServiceNotFoundException', /"order"/],
    [{ features: ['mean_1h'] }, 422, 'FeastError', /Invalid feature reference/], [{ features: ['recent@v2:mean_1h'] }, 422, 'FeastError', /version v2/],
    [{ features: [] }, 422, 'FeastError', /No features/], [{}, 422, 'FeastError', /No features/],
    [{ features: ['recent:mean_1h', 'recent:mean_1h'] }, 422, 'FeatureNameCollisionError', /mean_1h/],
    [{ features: ['recent:mean_1h'], entities: { order_id: ['x'] } }, 422, 'FeastError', /entities\.shop is missing/],
    [{ features: ['recent:mean_1h'], entities: { shop: [] } }, 422, 'FeastError', /no entity rows/],
    [{ features: ['recent:mean_1h'], entities: { shop: [7.5] } }, 422, 'FeastError', /entities\.shop\[0\] must be text/],
    [{ features: ['recent:mean_1h'], entities: { shop: ['a'], order_id: ['a', 'b'] } }, 422, 'FeastError', /entities\.order_id has 2 values/],
    [{ features: ['recent:mean_1h'], entities: { shop: 'a' } }, 422, 'FeastError', /must be a list/],
    [{ features: ['recent:mean_1h'], entities: null }, 422, 'FeastError', /entities must be an object/],
    [{ features: 'recent:mean_1h' }, 422, 'FeastError', /features must be a list/], [{ features: [7] }, 422, 'FeastError', /features must be a list/],
    [{ feature_service: 7 }, 422, 'FeastError', /feature_service/], [{ features: ['recent:mean_1h'], full_feature_names: 'yes' }, 422, 'FeastError', /true or false/],
  ])('refuses %j', async (body, status, name, text) => {
    expect(await fault('/get-online-features', { entities: { shop: ['north'] }, ...body })).toEqual([status, name, expect.stringMatching(text)])
  })

  it.each(['{', '[]', 'null', '7', '""', ''])('refuses the body %j', async body => {
    for (const path of ['/get-online-features', '/push', '/write-to-online-store', '/materialize', '/materialize-incremental']) expect((await fault(path, body))[0]).toBe(422)
  })
})

describe('/push and /write-to-online-store', () => {
  it('take the columns by their own names or by Feast\'s, and the same row once', async () => {
    const at = now(120)
    const rows = [{ order_id: ['p1'], ordered_at: [at], shop: ['pier'], amount: [3] }, { order_id: ['p1'], event_timestamp: [at], created: [null], shop: ['pier'], amount: [3] }]
    for (const df of rows) expect(await post('/push', { push_source_name: 'sales', df, to: 'online_and_offline' })).toMatchObject({ statusCode: 200, body: '' })
    expect(await post('/write-to-online-store', { feature_view_name: 'sales', df: { ...rows[1], order_id: ['p2'] }, allow_registry_cache: false })).toMatchObject({ statusCode: 200, body: 'null' })
    expect(await ask({ features: ['recent:count_1h'], entities: { shop: ['pier'] } })).toEqual({ shop: ['pier'], count_1h: [2] })
  })

  it('take nothing for an empty frame', async () => {
    for (const df of [{}, { shop: [] }]) expect((await post('/push', { push_source_name: 'sales', df })).statusCode).toBe(200)
  })

  it('are for those who may', async () => {
    for (const path of ['/push', '/write-to-online-store', '/materialize', '/materialize-incremental']) {
      expect(await fault(path, {}, null)).toEqual([401, 'FeastPermissionError', expect.stringContaining('token')])
      expect(await fault(path, {}, home.viewerToken)).toEqual([403, 'FeastPermissionError', expect.stringContaining('scientist')])
    }
  })

  const good = { order_id: ['x'], event_timestamp: ['2026-01-01T00:00:00'], shop: ['pier'], amount: [1] }
  it.each([
    ['/push', { push_source_name: 'sale', df: good }, 422, 'PushSourceNotFoundException', /'sale'.*"sales"/],
    ['/push', { push_source_name: 'sales', df: good, to: 'sideways' }, 422, 'FeastError', /"sideways" is not a supported push format.*online, offline/],
    ['/push', { push_source_name: 'sales', df: { ...good, amuont: [1] } }, 422, 'FeastError', /df\.amuont is no column of source sales.*"amount"/],
    ['/push', { push_source_name: 'sales', df: { ...good, ordered_at: ['2026-01-01T00:00:00'] } }, 422, 'FeastError', /both ordered_at/],
    ['/push', { push_source_name: 'sales', df: { ...good, amount: ['much'] } }, 422, 'FeastError', /df\.amount\[0\] must be a finite number/],
    ['/push', { push_source_name: 'sales', df: { ...good, event_timestamp: ['soon'] } }, 422, 'FeastError', /df\.event_timestamp\[0\]/],
    ['/push', { push_source_name: 'sales', df: { ...good, event_timestamp: ['2200-01-01T00:00:00'] } }, 422, 'FeastError', /ahead of the clock/],
    ['/push', { push_source_name: 'sales', df: { ...good, order_id: [null] } }, 422, 'FeastError', /order_id is part of the id/],
    ['/push', { push_source_name: 'sales', df: { ...good, amount: [1, 2] } }, 422, 'FeastError', /df\.amount has 2 values/],
    ['/push', { push_source_name: 'sales', df: [] }, 422, 'FeastError', /df must be an object/], ['/push', { df: good }, 422, 'FeastError', /push_source_name is missing/],
    ['/write-to-online-store', { feature_view_name: 'recnt', df: good }, 404, 'FeastObjectNotFoundException', /Can't recognize.*recent/],
    ['/write-to-online-store', { feature_view_name: 'recent', df: good }, 422, 'FeastError', /aggregates the events of source sales.*push\("sales"/],
  ])('%s refuses %j', async (path, body, status, name, text) => { expect(await fault(path, body)).toEqual([status, name, expect.stringMatching(text)]) })
})

describe('/materialize and /materialize-incremental', () => {
  it('take rows up to the end, once or in the background', async () => {
    expect(await post('/materialize', { start_ts: '2026-01-01T00:00:00', end_ts: '2026-01-02T00:00:00', feature_views: ['recent'] })).toMatchObject({ statusCode: 200, body: 'null' })
    const both = await Promise.all([1, 2].map(() => post('/materialize-incremental?async=true', { end_ts: now() })))
    expect(both.map(r => r.statusCode).sort()).toEqual([202, 409])
    const busy = both.find(r => r.statusCode === 409)
    expect(JSON.parse(busy?.body ?? '')).toEqual({ error: expect.stringContaining('recent') as string, feature_views: ['recent'] })
    expect(await post('/materialize?async=true&force=true', { disable_event_timestamp: true })).toMatchObject({ statusCode: 202, body: '{"status":"accepted","feature_views":["recent"]}' })
    // In turn behind those in the background.
    expect((await post('/materialize', { disable_event_timestamp: true, feature_views: null })).statusCode).toBe(200)
  })

  it.each([
    ['/materialize', { feature_views: ['recnt'], disable_event_timestamp: true }, 404, 'FeatureViewNotFoundException', /"recent"/],
    ['/materialize', {}, 422, 'FeastError', /start_ts and end_ts are required/],
    ['/materialize', { start_ts: '2026-01-02T00:00:00', end_ts: '2026-01-02T00:00:00' }, 422, 'FeastError', /must be before/],
    ['/materialize', { start_ts: 'x', end_ts: '2026-01-02T00:00:00' }, 422, 'FeastError', /start_ts must be a time/],
    ['/materialize', { disable_event_timestamp: true, version: 'v2' }, 422, 'FeastError', /no versions/],
    ['/materialize-incremental', { end_ts: 'x' }, 422, 'FeastError', /end_ts must be a time/], ['/materialize-incremental', {}, 422, 'FeastError', /end_ts is missing/],
    ['/materialize-incremental?async=perhaps', { end_ts: '2026-01-02T00:00:00' }, 422, 'FeastError', /async/],
  ])('%s refuses %j', async (path, body, status, name, text) => { expect(await fault(path, body)).toEqual([status, name, expect.stringMatching(text)]) })
})
