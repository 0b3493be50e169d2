import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../core/log.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, SHOPS, type SmallHome } from './fixtures/small-home.ts'
import { openServer, type Server } from './server.ts'

const log = openLog({ level: 'silent' })
interface Opened { home: SmallHome; server: Server; admin: Record<string, string> }
async function open(options: Parameters<typeof openSmallHome>[0] = {}): Promise<Opened> {
  const home = await openSmallHome(options)
  return { home, server: await openServer(home.platform, { host: '127.0.0.1', port: 0, log }), admin: { authorization: `Bearer ${home.token}` } }
}
async function close({ server, home }: Opened): Promise<void> {
  await server.close()
  await home.remove()
}

/** One for all that do not stop it; the first of them counts what is in it. */
let shared: Opened
beforeAll(async () => { shared = await open() })
afterAll(() => close(shared))

const json = async <T = Record<string, unknown>>(url: string, init?: RequestInit): Promise<T> => await (await fetch(url, init)).json() as T

describe('an empty home', () => {
  it('is a working server', async () => {
    const opened = await open({ deployed: false })
    const { server: { url } } = opened
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    expect(await json(`${url}/health`)).toMatchObject({ status: 'ok', ready: true })
    expect(await (await fetch(`${url}/ping`)).text()).toBe('pong\n')
    expect(await json(`${url}/api/v1/endpoints`)).toEqual({ endpoints: [] })
    expect(await json(`${url}/v2`)).toMatchObject({ name: 'slipway' })
    expect(await json(`${url}/api/v1/overview`)).toMatchObject({ endpoints: [] })
    await close(opened)
  })
})

describe('metrics', () => {
  it('count what was predicted, refused, labelled and pushed', async () => {
    const { server: { url }, admin } = shared
    const post = (path: string, body: unknown): Promise<Record<string, unknown>> => json(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...admin }, body: JSON.stringify(body) })
    const { id } = await post(`/api/v1/endpoints/${ENDPOINT}/predict`, GOOD_BODY)
    await post(`/api/v1/endpoints/${ENDPOINT}/predict`, { rows: [GOOD_BODY, GOOD_BODY] })
    await post(`/api/v1/endpoints/${ENDPOINT}/predict`, { entities: {} })
    await post('/api/v1/endpoints/made-up/predict', GOOD_BODY)
    expect(await post('/api/v1/labels', { endpoint: ENDPOINT, prediction: id, value: true })).toMatchObject({ status: 'joined', prediction: id })
    expect(await post('/api/v1/push/sales', { values: { order_id: 'n1', ordered_at: '2026-01-05T08:00:00Z', shop: 'north', amount: 3 } })).toMatchObject({ duplicates: 0 })
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain(`slipway_predictions_total{endpoint="${ENDPOINT}",release="1",role="champion",outcome="ok"} 3`)
    expect(text).toContain(`slipway_predictions_total{endpoint="${ENDPOINT}",release="",role="",outcome="missing_entity"} 1`)
    expect(text).toContain('slipway_predictions_total{endpoint="",release="",role="",outcome="unknown_endpoint"} 1')
    expect(text).toContain(`slipway_prediction_duration_seconds_count{endpoint="${ENDPOINT}"} 2`)
    expect(text).toContain(`slipway_labels_total{endpoint="${ENDPOINT}",status="joined"} 1`)
    expect(text).toContain('slipway_pushed_events_total{source="sales"} 1')
    expect(text).toMatch(/slipway_ledger_entries [1-9]/)
    expect(await json(`${url}/api/v1/predictions/${String(id)}`)).toMatchObject({ truth: [{ name: 'late', value: 1 }] })
    expect(await json(`${url}/api/v1/predictions/${String(id)}/replay`)).toMatchObject({ equal: true })
    expect(await json(`${url}/api/v1/endpoints/${ENDPOINT}/performance`)).toMatchObject({ total: { predictions: 3, labelled: 1 } })
  })
})

describe('the page of routes', () => {
  it('loads nothing and runs nothing', async () => {
    const reply = await fetch(`${shared.server.url}/docs`)
    const page = await reply.text()
    expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(page).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)|\sstyle=|\son\w+="/)
    expect(page).toContain('/api/v1/endpoints/{name}/predict')
  })
})

describe('the ordered stream', () => {
  it('takes pushes, predictions and labels, and acknowledges all in order', async () => {
    const { home: { platform }, server: { url }, admin } = shared
    const now = new Date(platform.clock.now() / 1_000).toISOString()
    const lines = Array.from({ length: 1_500 }, (_, i) => (i % 3 === 0
      ? { push: 'sales', events: [{ values: { order_id: `s${i}`, ordered_at: now, shop: SHOPS[i % 4], amount: i } }] }
      : i % 3 === 1 ? { predict: ENDPOINT, entities: { shop: SHOPS[i % 4], order: `s${i}` }, request: GOOD_BODY.request }
        : i === 5 ? { predict: ENDPOINT, entities: {} } : { label: { endpoint: ENDPOINT, entity: { order: `s${i - 1}` }, value: i % 2 === 0 } }))
    const reply = await fetch(`${url}/api/v1/stream`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson', ...admin }, body: `${lines.map(l => JSON.stringify(l)).join('\n')}\n` })
    const answers = (await reply.text()).trimEnd().split('\n').map(l => JSON.parse(l) as { upTo?: number; results?: { index: number; kind: string; error?: { code: string } }[]; summary?: object })
    const results = answers.flatMap(a => a.results ?? [])
    expect(results.map(r => r.index)).toEqual(lines.map((_, i) => i))
    expect(results.filter(r => r.kind === 'error')).toMatchObject([{ index: 5, error: { code: 'missing_entity' } }])
    expect(answers.at(-1)).toMatchObject({ summary: { items: 1_500, failed: 1 } })
  })

  it('ends at a line that is no JSON, and says which', async () => {
    const { server: { url }, admin } = shared
    const reply = await fetch(`${url}/api/v1/stream`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson', ...admin }, body: `{"predict":"${ENDPOINT}"}\n\nnonsense\n` })
    expect(JSON.parse((await reply.text()).trimEnd().split('\n').at(-1) as string)).toMatchObject({ error: { code: 'invalid_json', detail: expect.stringContaining('Line 3') as string } })
    const wrong = await fetch(`${url}/api/v1/stream`, { method: 'POST', headers: { 'content-type': 'application/json', ...admin }, body: '{}' })
    expect(wrong.status).toBe(415)
  })
})

describe('open inference', () => {
  it('describes the endpoint as a model and infers by column name', async () => {
    const { server: { url } } = shared
    const { inputs, versions } = await json<{ inputs: { name: string }[]; versions: string[] }>(`${url}/v2/models/${ENDPOINT}`)
    expect(versions).toEqual(['1'])
    expect(inputs.map(i => i.name)).toEqual(['shop', 'items', 'weight', 'express', 'country', 'order'])
    expect(await json(`${url}/v2/models/${ENDPOINT}/versions/1/ready`)).toEqual({ name: ENDPOINT, ready: true })
    const infer = (body: unknown): Promise<Response> => fetch(`${url}/v2/models/${ENDPOINT}/infer`, { method: 'POST', body: Buffer.from(JSON.stringify(body)) })
    const column = (name: string, datatype: string, data: unknown[]): object => ({ name, datatype, shape: [2, 1], data })
    const columns = [column('country', 'BYTES', ['DE', 'FR']), column('shop', 'BYTES', [['north'], ['west']]), column('items', 'INT64', [3, 4]), column('weight', 'FP64', [2.4, null]), column('express', 'BOOL', [true, false])]
    const reply = await (await infer({ id: '7', inputs: columns })).json() as { outputs: { data: number[] }[]; parameters: { prediction_ids: string } }
    expect(reply).toMatchObject({ model_name: ENDPOINT, model_version: '1', id: '7', outputs: [{ name: 'output', shape: [2], datatype: 'FP64' }, { name: 'decision', datatype: 'BOOL' }] })
    const { output } = await json<{ output: number }>(`${url}/api/v1/predictions/${reply.parameters.prediction_ids.split(',')[0]}`)
    expect(Object.is(output, reply.outputs[0].data[0])).toBe(true)
    for (const [bad, status] of [[{ inputs: [] }, 400], [{ inputs: columns.slice(1) }, 400], [{ inputs: [...columns, column('x', 'FP64', [1, 2])] }, 400], [{ inputs: [column('shop', 'FP99', [1, 2])] }, 400], [{}, 400]] as const) {
      const refused = await infer(bad)
      expect(refused.status).toBe(status)
      expect(Object.keys(await refused.json() as object)).toEqual(['error'])
    }
    expect((await fetch(`${url}/v2/models/nothing`)).status).toBe(404)
    expect((await fetch(`${url}/v2/models/${ENDPOINT}/versions/9`)).status).toBe(404)
  })
})

describe('a stop', () => {
  it('lets what is in flight finish, and refuses what comes later', async () => {
    const { server: running, admin, home: opened } = await open()
    const { url } = running
    const begin = (path: string, headers: Record<string, string>, text: string): { finish(rest: string): void; reply: Promise<{ status: number; text: string }> } => {
      const request = httpRequest(url + path, { method: 'POST', headers, agent: false })
      request.write(text)
      return {
        finish: rest => { request.end(rest) },
        reply: new Promise((resolve, reject) => {
          request.on('error', reject)
          request.on('response', r => { let all = ''; r.on('data', (c: Buffer) => { all += c.toString() }); r.on('end', () => { resolve({ status: r.statusCode ?? 0, text: all }) }) })
        }),
      }
    }
    const body = JSON.stringify(GOOD_BODY)
    const stream = begin('/api/v1/stream', { 'content-type': 'application/x-ndjson', ...admin }, `${JSON.stringify({ predict: ENDPOINT, ...GOOD_BODY })}\n`)
    const slow = Array.from({ length: 16 }, () => begin(`/api/v1/endpoints/${ENDPOINT}/predict`, { 'content-type': 'application/json', 'content-length': String(body.length) }, body.slice(0, 5)))
    while ((await opened.platform.production.counts(ENDPOINT)).predictions < 1) await new Promise(resolve => { setTimeout(resolve, 5) })
    // One turn of the network: the headers of all sixteen are there when this one is answered.
    expect((await fetch(`${url}/api/v1/endpoints/${ENDPOINT}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(200)
    const closed = running.close()
    for (const s of slow) s.finish(body.slice(5))
    expect((await Promise.all(slow.map(s => s.reply))).map(r => r.status)).toEqual(slow.map(() => 200))
    // The stream is open-ended: what it has done is acknowledged, and it ends.
    expect(JSON.parse((await stream.reply).text.trimEnd().split('\n').at(-1) as string)).toMatchObject({ summary: { items: 1, failed: 0 } })
    await closed
    await expect(fetch(`${url}/health/ready`)).rejects.toThrow()
    expect((await opened.platform.production.counts(ENDPOINT)).predictions).toBe(18)
    await opened.remove()
  })
})
