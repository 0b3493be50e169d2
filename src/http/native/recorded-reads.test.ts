import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import type { EntryInput } from '../../metadata/index.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, PROJECT, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../server.ts'
import { RecordedReads } from './recorded-reads.ts'

const ADA = { kind: 'user', name: 'ada' } as const

describe('reads by people', () => {
  const entries: EntryInput[] = []
  let now = 0
  let failing = false
  const reads = new RecordedReads({ async record(entry) { if (failing) throw new Error('full'); entries.push(entry); return entries.length - 1 } }, () => now)

  it('are one entry an hour for the same read, actor and purpose', async () => {
    await Promise.all([reads.opened(ADA, undefined, 'pred_1'), reads.opened(ADA, undefined, 'pred_1')])
    expect(entries).toEqual([{ actor: ADA, action: 'prediction.read', subject: 'prediction/pred_1', details: { purpose: 'not stated' } }])
    await reads.opened(ADA, 'a complaint', 'pred_1')
    await reads.opened({ ...ADA, name: 'bob' }, undefined, 'pred_1')
    await reads.opened(ADA, undefined, 'pred_2')
    expect(entries.map(e => [e.actor.name, e.subject, e.details?.purpose])).toEqual([['ada', 'prediction/pred_1', 'not stated'], ['ada', 'prediction/pred_1', 'a complaint'], ['bob', 'prediction/pred_1', 'not stated'], ['ada', 'prediction/pred_2', 'not stated']])
    now = 3_599_999
    await reads.opened(ADA, undefined, 'pred_1')
    expect(entries).toHaveLength(4)
    now = 3_600_000
    await reads.opened(ADA, undefined, 'pred_1')
    expect(entries).toHaveLength(5)
  })

  it('are not given out when they cannot be recorded, and are tried again', async () => {
    failing = true
    await expect(reads.opened(ADA, undefined, 'pred_9')).rejects.toThrow('full')
    failing = false
    await reads.opened(ADA, undefined, 'pred_9')
    expect(entries.at(-1)?.subject).toBe('prediction/pred_9')
    await expect(reads.opened(ADA, '  ', 'pred_9')).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('of lists are recorded where there are many, or for a stated purpose', async () => {
    const before = entries.length
    for (let i = 0; i < 10; i++) await reads.listed({ actor: ADA, purpose: undefined, endpoint: 'e', rows: 100 })
    expect(entries).toHaveLength(before)
    for (let i = 0; i < 3; i++) await reads.listed({ actor: ADA, purpose: undefined, endpoint: 'e', rows: 100 })
    expect(entries.slice(before)).toEqual([{ actor: ADA, action: 'predictions.read', subject: 'endpoint/e', details: { rows: 1_100, purpose: 'not stated' } }])
    await reads.listed({ actor: ADA, purpose: 'a study', endpoint: undefined, rows: 3 })
    expect(entries.at(-1)).toMatchObject({ subject: 'endpoint/*', details: { rows: 3, purpose: 'a study' } })
    now += 3_600_000
    await reads.listed({ actor: ADA, purpose: undefined, endpoint: 'e', rows: 1_000 })
    expect(entries).toHaveLength(before + 2)
  })
})

describe('over HTTP', () => {
  let home: SmallHome
  let server: Server
  let id: string
  beforeAll(async () => {
    home = await openSmallHome()
    server = await openServer(home.platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
    id = String((await call(`/api/v1/endpoints/${ENDPOINT}/predict`, GOOD_BODY)).body.id)
  })
  afterAll(async () => { await server.close(); await home.remove() })
  async function call(path: string, body?: unknown, token: string | null = home.token): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
    const response = await fetch(server.url + path, { method: body === undefined ? 'GET' : 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) })
    return { status: response.status, body: await response.json() as Record<string, unknown> }
  }
  const size = (): number => home.platform.metadata.ledger.size
  const entry = async (back = 1): Promise<unknown> => home.platform.metadata.ledger.get(size() - back)

  it('a page about a prediction is one read, with who and what for', async () => {
    const before = size()
    for (const part of ['', '/trace', '/explanation', '']) expect((await call(`/api/v1/predictions/${id}${part}`)).status).toBe(200)
    await call(`/api/v1/endpoints/${ENDPOINT}/what-if`, { prediction: id, features: { items: 7 } })
    expect(size()).toBe(before + 1)
    expect(await entry()).toMatchObject({ action: 'prediction.read', subject: `prediction/${id}`, actor: expect.stringMatching(/^user:/) as unknown, details: { purpose: 'not stated' } })
    await call(`/api/v1/predictions/${id}?purpose=${encodeURIComponent('a complaint of 3 May')}`)
    expect(await entry()).toMatchObject({ details: { purpose: 'a complaint of 3 May' } })
    await call(`/api/v1/predictions/${id}/trace`, undefined, null)
    expect(await entry()).toMatchObject({ actor: 'anonymous:loopback' })
    expect(size()).toBe(before + 3)
  })

  it('what is refused, checked or looked through is none', async () => {
    const before = size()
    expect((await call('/api/v1/predictions/pred_nothing')).status).toBe(404)
    expect((await call(`/api/v1/predictions/${id}?reason=x`)).status).toBe(400)
    expect((await call(`/api/v1/predictions/${id}?purpose=`)).status).toBe(400)
    expect((await call(`/api/v1/predictions/${id}/replay`)).body).toMatchObject({ equal: true })
    expect((await call('/api/v1/features/check', { endpoint: ENDPOINT })).body).toMatchObject({ different: 0 })
    expect((await call('/api/v1/predictions?limit=10')).status).toBe(200)
    expect(size()).toBe(before)
    await call('/api/v1/predictions?limit=10&purpose=audit')
    expect(await entry()).toMatchObject({ action: 'predictions.read', subject: 'endpoint/*', details: { rows: 1, purpose: 'audit' } })
  })

  it('the values of one entity are a read of history, which a dataset may forbid', async () => {
    const values = (purpose?: string) => call('/api/v1/features/views/recent/values', { entities: { shop: 'north' }, points: 3, ...(purpose === undefined ? {} : { purpose }) })
    const { status } = await values()
    expect(status).toBe(200)
    expect(await entry()).toMatchObject({ action: 'features.read', subject: 'view/recent', details: { purpose: 'not stated', features: ['mean_1h', 'count_1h'], versions: [expect.stringMatching(/^[0-9a-f]{64}$/)], rows: expect.any(Number) as unknown } })
    const before = size()
    await values()
    expect(size()).toBe(before)
    await home.platform.applyProject({ project: { ...PROJECT, datasets: [{ ...PROJECT.datasets[0], forbidPurposes: ['advertising'] }] }, bundles: {}, projectDir: home.projectDir, actor: ADA })
    expect(await values('advertising')).toMatchObject({ status: 403, body: { code: 'purpose_forbidden' } })
    expect(await entry()).toMatchObject({ action: 'read.refused', subject: 'dataset/orders', details: { read: 'features.read', forbidden: 'advertising' } })
  })
})
