import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, PROJECT, type SmallHome } from '../fixtures/small-home.ts'
import { openServer, type Server } from '../server.ts'

let home: SmallHome
let server: Server
const FALLBACK = { rules: [{ request: 'express', equals: true, output: 0.125 }], output: 0.5 }

beforeAll(async () => {
  home = await openSmallHome()
  const { platform, projectDir } = home
  const actor = { kind: 'user', name: 'ada' } as const
  await platform.applyProject({ project: { ...PROJECT, endpoints: [{ ...PROJECT.endpoints[0], stickyEntity: 'shop', fallback: FALLBACK }] }, bundles: {}, projectDir, actor })
  const to = platform.clock.now()
  const { version } = await platform.intelligence.train({ model: 'lateness', from: Date.UTC(2026, 0, 1) * 1_000, to, actor })
  await platform.intelligence.gate({ model: 'lateness', version: version.version, actor })
  await platform.intelligence.approveByPolicy({ model: 'lateness', version: version.version })
  await platform.production.createRelease({ endpoint: ENDPOINT, actor })
  server = await openServer(platform, { host: '127.0.0.1', port: 0, log: openLog({ level: 'silent' }) })
})
afterAll(async () => { await server.close(); await home.remove() })

async function send(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await fetch(server.url + path, { method, headers: { authorization: `Bearer ${home.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body) })
  return { status: reply.status, body: await reply.json() as Record<string, unknown> }
}
const DEPLOYMENT = `/api/v1/deployments/${ENDPOINT}`
const predict = (entities: object = GOOD_BODY.entities) => send('POST', `/api/v1/endpoints/${ENDPOINT}/predict`, { ...GOOD_BODY, entities })

it('deploys a challenger, shows it, promotes it and takes that back', async () => {
  expect(await send('POST', `${DEPLOYMENT}/deploy`, { release: 2, role: 'challenger', share: 1 })).toMatchObject({ status: 400, body: { code: 'invalid_request', faults: [{ path: 'share' }] } })
  expect(await send('POST', `${DEPLOYMENT}/promote`)).toMatchObject({ status: 409, body: { code: 'no_challenger' } })
  const dry = await send('POST', `${DEPLOYMENT}/deploy?dryRun=true`, { release: 2, role: 'challenger', share: 0.5 })
  expect(dry).toMatchObject({ status: 200, body: { dryRun: true, ledger: null, role: 'challenger', from: null, to: { number: 2 } } })
  expect(dry.body.changes).toContainEqual({ path: 'fallback', from: null, to: expect.any(String) })
  await send('POST', `${DEPLOYMENT}/deploy`, { release: 2, role: 'challenger', share: 0.5 })
  const { revisions } = (await send('GET', DEPLOYMENT)).body as { revisions: { routes: object[] }[] }
  expect(revisions.at(-1)).toMatchObject({ action: 'deploy', base: null, since: expect.stringMatching(/^2026-/), routes: [{ role: 'champion', number: 1, share: 0.5 }, { role: 'challenger', number: 2, share: 0.5, since: expect.stringMatching(/^2026-/) }] })
  const roles = new Set<unknown>()
  for (let i = 0; i < 40; i++) {
    const shop = `shop ${i % 20}`
    const { body } = await predict({ shop })
    expect((await predict({ shop })).body).toMatchObject({ role: body.role, release: body.release })
    roles.add(body.role)
  }
  expect([...roles].sort()).toEqual(['challenger', 'champion'])
  expect(await send('POST', `${DEPLOYMENT}/promote`)).toMatchObject({ status: 200, body: { action: 'promote', role: 'champion', to: { number: 2 }, ledger: expect.any(Number) } })
  expect((await predict()).body).toMatchObject({ release: `${ENDPOINT}@000002`, role: 'champion' })
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${home.token}` } })).text()
  expect(metrics).toMatch(/slipway_predictions_total\{endpoint="late-order",release="2",role="challenger",outcome="ok"\} \d+/)
})

it('practises a failure: the answer says what gave it', async () => {
  const path = `/api/v1/endpoints/${ENDPOINT}/drills`
  const until = new Date(home.platform.clock.now() / 1_000 + 3_600_000).toISOString()
  const begun = await send('POST', path, { fault: 'features', until, reason: 'what callers see' })
  expect(begun).toMatchObject({ status: 200, body: { drill: { endpoint: ENDPOINT, fault: 'features', until, endedAt: null, actor: expect.any(String) }, ledger: expect.any(Number) } })
  const { body } = await predict()
  expect(body).toMatchObject({ fallback: 'rule', output: 0.125, decision: false })
  const tensor = (datatype: string, data: unknown[]) => ({ shape: [1], datatype, data })
  const inferred = await send('POST', `/v2/models/${ENDPOINT}/infer`, { inputs: [{ name: 'shop', ...tensor('BYTES', ['north']) }, { name: 'items', ...tensor('INT64', [3]) }, { name: 'weight', ...tensor('FP64', [1]) }, { name: 'express', ...tensor('BOOL', [false]) }, { name: 'country', ...tensor('BYTES', ['DE']) }] })
  expect(inferred.body).toMatchObject({ model_version: '2', parameters: { fallbacks: 'default' }, outputs: [{ data: [0.5] }, { data: [false] }] })
  expect((await send('GET', `/api/v1/predictions/${String(body.id)}/replay`)).body).toMatchObject({ equal: true })
  expect(await home.platform.checkFeatures({ endpoint: ENDPOINT })).toMatchObject({ different: 0 })
  const { id } = begun.body.drill as { id: string }
  expect((await send('GET', path)).body).toMatchObject({ drills: [{ id }] })
  expect(await send('DELETE', `/api/v1/endpoints/other/drills/${id}`)).toMatchObject({ status: 404 })
  expect(await send('DELETE', `${path}/${id}`)).toMatchObject({ status: 200, body: { drill: { endedAt: expect.stringMatching(/^2026-/) } } })
  expect((await predict()).body).not.toHaveProperty('fallback')
})
