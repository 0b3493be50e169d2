import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localActor } from '../../core/actor.ts'
import { COMPONENTS, type Component } from '../../core/components.ts'
import { resolveConfig } from '../../core/config.ts'
import { openLog } from '../../core/log.ts'
import { createToken } from '../../metadata/index.ts'
import type { Platform } from '../../platform.ts'
import { connectPlatform, openComponent, readProcess } from '../../processes/index.ts'
import { encodeFrame } from '../../processes/frames.ts'
import type { StreamItem, StreamResult } from '../../production/index.ts'
import { ENDPOINT, GOOD_BODY, PROJECT, writeData } from '../fixtures/small-home.ts'
import { openServer } from '../server.ts'

// The five of a home, each with a server, a database connection and links of its own; in one process here, so that a test can look at them.
const log = openLog({ level: 'silent' })
const { config } = resolveConfig({ flags: { server: { port: 0 } } })
const MINUTE = 60_000_000
const START = Date.UTC(2026, 0, 1) * 1_000
const END = START + 900 * 7 * MINUTE
let dir: string
let projectDir: string
let platform: Platform
const running = new Map<Component, () => Promise<void>>()

async function start(component: Component): Promise<void> {
  const only = await openComponent({ home: dir, component, config, log })
  const server = await openServer(only.platform, { host: '127.0.0.1', port: 0, log, only })
  only.announce(server.url)
  running.set(component, async () => {
    await server.close()
    await only.close()
  })
}
const stop = (component: Component): Promise<void> => running.get(component)!()
const at = (component: Component): string => readProcess({ processes: join(dir, 'processes') }, component)!.url
const local = (): string => readFileSync(join(dir, 'local.token'), 'utf8').trim()
const eventually = async (work: () => Promise<unknown>): Promise<void> => {
  for (let n = 0; ; n++) {
    try { await work(); return } catch (error) { if (n > 100) throw error }
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-ports-'))
  projectDir = mkdtempSync(join(tmpdir(), 'slipway-project-'))
  writeData(projectDir)
  await Promise.all([...COMPONENTS].reverse().map(start))
  platform = await connectPlatform({ home: dir, config, log })
  const actor = localActor()
  await platform.setClock(END)
  await platform.applyProject({ project: PROJECT, bundles: {}, projectDir, actor })
  const steps: string[] = []
  const { version } = await platform.intelligence.train({ model: 'lateness', from: START, to: END, actor, onProgress: p => { steps.push(p.step) } })
  expect(steps).toContain('candidate')
  await platform.intelligence.gate({ model: 'lateness', version: version.version, actor })
  await platform.intelligence.approveByPolicy({ model: 'lateness', version: version.version })
  const { release } = await platform.production.createRelease({ endpoint: ENDPOINT, actor })
  await platform.data.materialize({ source: 'sales', actor })
  await platform.production.deploy({ endpoint: ENDPOINT, release: release.number, actor })
})
afterAll(async () => {
  await platform.close()
  for (const component of COMPONENTS) await stop(component)
  for (const folder of [dir, projectDir]) rmSync(folder, { recursive: true, force: true })
})

describe('five processes', () => {
  it('are one platform: predictions, labels and streams, each proved', async () => {
    const { predictions: [first] } = await platform.production.predict({ endpoint: ENDPOINT, rows: [{ ...GOOD_BODY, idempotencyKey: 'a' }], caller: 'ada' })
    expect((await platform.production.label({ endpoint: ENDPOINT, prediction: first.id, value: true })).label).toMatchObject({ status: 'joined' })
    expect(await platform.production.getPrediction(first.id)).toMatchObject({ truth: [{ value: 1 }] })
    const now = platform.clock.now()
    async function* items(): AsyncGenerator<StreamItem> {
      for (let i = 0; i < 300; i++) {
        platform.clock.freeze(now + i * MINUTE)
        yield { push: 'sales', events: [{ values: { order_id: `s${i}`, ordered_at: now + i * MINUTE, shop: 'north', amount: i / 7 } }] }
        yield { predict: ENDPOINT, ...GOOD_BODY, eventTime: now + i * MINUTE }
      }
      yield { predict: 'nothing' } as StreamItem
    }
    const results: StreamResult[] = []
    const summary = await platform.production.processStream(items(), { caller: 'ada', onAck: ack => { results.push(...ack.results) } })
    expect(summary).toMatchObject({ items: 601, failed: 1 })
    expect(results).toHaveLength(601)
    // Each item was accepted at the time at which it was taken, however far the sender was ahead.
    for (const r of results) if (r.kind === 'predict') expect((await platform.production.getPrediction(r.prediction.id)).acceptedAt).toBe(r.prediction.eventTime)
    await platform.metadata.seal({ force: true })
    expect(await platform.checkFeatures({ endpoint: ENDPOINT })).toMatchObject({ predictions: 301, different: 0 })
    expect(await platform.production.replayMany({ count: 50 })).toMatchObject({ count: 50, equal: 50 })
    expect((await platform.metadata.verify()).problems).toEqual([])
    expect((await platform.production.trace(first.id)).steps.find(s => s.step === 'deployment')?.ledger).toEqual(expect.any(Number))
    await platform.setClock(now)
  })

  it('undo a push, and give out a dataset in parts', async () => {
    const eventTime = platform.clock.now() + MINUTE
    platform.clock.freeze(eventTime)
    const output = async (): Promise<number> => (await platform.production.predict({ endpoint: ENDPOINT, rows: [{ ...GOOD_BODY, eventTime }], caller: 'ada' })).predictions[0].output
    const before = await output()
    const { first } = await platform.data.push('sales', [{ values: { order_id: 'bad', ordered_at: eventTime, shop: 'north', amount: 1e6 } }])
    expect(await output()).not.toBe(before)
    expect(await platform.data.undo({ push: first, source: 'sales', reason: 'cents', actor: localActor() })).toMatchObject({ changed: true, rows: [{ source: 'sales', rows: 1 }], predictions: 1 })
    expect(await output()).toBe(before)
    expect(await platform.checkFeatures({ endpoint: ENDPOINT })).toMatchObject({ different: 0 })
    expect((await platform.data.dataLog({ limit: 2 })).items).toMatchObject([{ kind: 'undo', reason: 'cents' }, { kind: 'push', counts: false }])
    const parts: unknown[] = []
    for await (const part of platform.data.exportDataset({ version: 'orders', format: 'csv', purpose: 'a test', actor: localActor() })) parts.push(part)
    expect(parts[0]).toMatchObject({ dataset: 'orders', rows: 900 })
    expect(Buffer.concat(parts.slice(1) as Uint8Array[]).equals(readFileSync(join(projectDir, 'orders.csv')))).toBe(true)
    await platform.setClock(eventTime)
  })

  it('carry errors as they were, with every fault', async () => {
    await expect(platform.applyProject({ project: { name: 1 }, bundles: {}, projectDir, actor: localActor() })).rejects.toMatchObject({ code: 'invalid_definition' })
    await expect(platform.production.predict({ endpoint: ENDPOINT, rows: [{ entities: {}, request: {} }], caller: 'ada' })).rejects.toMatchObject({ code: 'missing_entity', faults: [expect.objectContaining({ path: 'entities.shop' }), ...Array.from({ length: 3 }, () => expect.anything() as unknown)] })
    await expect(platform.production.processStream(brokenStream(), { caller: 'ada', onAck: () => {} })).rejects.toThrow(new RangeError('of the sender'))
    await expect(platform.intelligence.getRun('run_none')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('serve the routes of their own component only', async () => {
    const get = async (component: Component, path: string): Promise<number> => (await fetch(at(component) + path)).status
    expect(await Promise.all([get('production', `/api/v1/endpoints/${ENDPOINT}`), get('data', '/api/v1/features'), get('intelligence', '/api/v1/runs'), get('metadata', '/api/v1/ledger'), get('monitoring', '/api/v1/alerts')])).toEqual([200, 200, 200, 200, 200])
    expect(await Promise.all([get('data', '/api/v1/ledger'), get('metadata', '/api/v1/features'), get('production', '/api/v1/runs')])).toEqual([404, 404, 404])
    const predicted = await fetch(`${at('production')}/api/v1/endpoints/${ENDPOINT}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(GOOD_BODY) })
    expect(predicted.status).toBe(200)
  })

  it('may be called by processes of this home only, and only what is on the list', async () => {
    const { id, url } = readProcess({ processes: join(dir, 'processes') }, 'production')!
    const call = encodeFrame({ args: [ENDPOINT], callbacks: [], stream: null, signal: null, clock: { version: 0, frozen: null, offset: 0 } })
    const send = async (path: string, headers: Record<string, string>, body: Buffer = call): Promise<number> => (await fetch(`${url}/internal/ports/${path}`, { method: 'POST', headers: { 'content-type': 'application/x-slipway-call', ...headers }, body })).status
    const { token } = await createToken(platform.metadata, localActor(), { name: 'ci', role: 'admin', at: 1 })
    const own = { authorization: `Bearer ${local()}`, 'x-slipway-process': id }
    expect(await send('production/counts', {})).toBe(401)
    expect(await send('production/counts', { ...own, authorization: `Bearer ${token}` })).toBe(403)
    expect(await send('production/counts', { ...own, 'x-slipway-process': 'of before' })).toBe(421)
    expect(await send('production/counts', own)).toBe(200)
    for (const path of ['production/close', 'production/toString', 'production/__proto__', 'constructor/keys', 'ledger/settle']) expect(await send(path, own), path).toBe(404)
    for (const body of [Buffer.alloc(0), Buffer.from('{"args":[]}'), encodeFrame(null), encodeFrame({ args: 1 })]) expect(await send('production/counts', own, body)).toBe(400)
  })

  it('answer clearly while one is gone, and go on when it is back, with all that was acknowledged', async () => {
    const row = { ...GOOD_BODY, idempotencyKey: 'kept' }
    const before = await platform.production.predict({ endpoint: ENDPOINT, rows: [row], caller: 'ada' })
    await stop('data')
    await expect(platform.production.predict({ endpoint: ENDPOINT, rows: [{ ...GOOD_BODY, idempotencyKey: 'new' }], caller: 'ada' })).rejects.toMatchObject({ code: 'unreachable', status: 503 })
    expect(await platform.metadata.ledger.get(0)).not.toBeNull()
    await start('data')
    await eventually(() => platform.production.predict({ endpoint: ENDPOINT, rows: [{ ...GOOD_BODY, idempotencyKey: 'new' }], caller: 'ada' }))
    expect((await platform.production.predict({ endpoint: ENDPOINT, rows: [row], caller: 'ada' })).predictions).toEqual(before.predictions)
    await stop('metadata')
    await expect(platform.production.rollback({ endpoint: ENDPOINT, actor: localActor() })).rejects.toMatchObject({ code: expect.stringMatching(/unreachable|nothing_to_roll_back/) as string })
    await platform.production.predict({ endpoint: ENDPOINT, rows: [GOOD_BODY], caller: 'ada' })
    await start('metadata')
    await eventually(() => platform.metadata.record({ actor: localActor(), action: 'note', subject: 'note/1' }))
    expect((await platform.metadata.verify()).problems).toEqual([])
  })
})

/** A sender that fails before its first item. */
function brokenStream(): AsyncIterable<StreamItem> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new RangeError('of the sender')) }) }
}
