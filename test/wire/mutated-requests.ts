// Every route of the document, asked wrongly some thousand times: no 5xx, no stack, no silence; each refusal says what to do.
// Arguments: [number of requests] [seed] [only routes whose path this expression matches]
import { readFileSync } from 'node:fs'
import { request as httpRequest, Agent } from 'node:http'
import { join } from 'node:path'
import { openLog } from '../../src/core/log.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, PROJECT, SHOPS } from '../../src/http/fixtures/small-home.ts'
import { openServer } from '../../src/http/index.ts'
import { createToken } from '../../src/metadata/index.ts'
import { Findings } from '../chaos/server-process.ts'
import { makeServingRequest, type ServingBodies } from './serving-bodies.ts'
import { makeRequest, routesOf, type Known, type Route, type WireRequest } from './requests.ts'
import { seededRandom } from '../../src/core/seeded-random.ts'

const [count = 6_000, seed = 1] = process.argv.slice(2, 4).map(Number)
const only = new RegExp(process.argv[4] ?? '')
const LONGEST_MS = 10_000
/** Statuses beyond 499 that say "not now", and are documented as such. */
const NOT_NOW = new Set(['overloaded', 'stopping', 'storage_full', 'model_not_ready'])
const BETRAYALS = /\bat [^"]*\.(ts|js):\d+|node_modules|node:internal|SQLITE_|\bDuckDB\b|Binder Error|Parser Error|Conversion Error|is not a function|Cannot read propert|of undefined/

interface Reply { status: number; type: string; text: string; ms: number }

const agent = new Agent({ keepAlive: true, maxSockets: 8 })
const logged: string[] = []
const home = await openSmallHome()
const { platform, token, viewerToken } = home
const log = openLog({ level: 'error', write: line => { logged.push(line) } })
const server = await openServer(platform, { host: '127.0.0.1', port: 0, log })
const { hostname, port, host } = new URL(server.url)

function send({ method, path, headers, body }: WireRequest): Promise<Reply> {
  return new Promise(resolve => {
    const started = performance.now()
    const done = (status: number, type: string, text: string): void => { resolve({ status, type, text, ms: performance.now() - started }) }
    const ask = httpRequest({ hostname, port, method, path, agent, headers: { ...headers, host, ...(body === null ? {} : { 'content-length': String(body.length) }) }, timeout: LONGEST_MS }, reply => {
      const chunks: Buffer[] = []
      reply.on('data', (c: Buffer) => { chunks.push(c) })
      reply.on('end', () => { done(reply.statusCode ?? 0, String(reply.headers['content-type'] ?? ''), Buffer.concat(chunks).toString()) })
      reply.on('error', error => { done(0, '', error.message) })
    })
    ask.on('timeout', () => { ask.destroy(new Error(`no answer within ${LONGEST_MS} ms`)) })
    ask.on('error', error => { done(0, '', error.message) })
    ask.end(body ?? undefined)
  })
}

async function good(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const reply = await send({ method, path, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? null : Buffer.from(JSON.stringify(body)) })
  if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
  return JSON.parse(reply.text) as Record<string, unknown>
}

const ROW = { shop: 'north', ...GOOD_BODY.request }
const INPUTS = [{ name: 'shop', shape: [1], datatype: 'BYTES', data: ['north'] }, { name: 'items', shape: [1], datatype: 'INT64', data: [3] }, { name: 'express', shape: [1], datatype: 'BOOL', data: [true] }, { name: 'weight', shape: [1], datatype: 'FP64', data: [2.5] }, { name: 'country', shape: [1], datatype: 'BYTES', data: ['DE'] }]
let called = 0

async function servingBodies(): Promise<ServingBodies> {
  const path = join(home.dir, 'good.parquet')
  const session = await platform.engine.connect()
  try { await session.run(`COPY (SELECT 'north' AS shop, 3 AS items, 2.5 AS weight, true AS express, 'DE' AS country) TO '${path}' (FORMAT parquet)`) } finally { await session.close() }
  return { inputs: INPUTS, csv: `${Object.keys(ROW).join(',')}\n${Object.values(ROW).join(',')}\n`, parquet: readFileSync(path) }
}

/** What an endpoint's invocations say when something is wrong. */
function isMlflow(problem: Record<string, unknown>): boolean { return /^[A-Z_]{5,}$/.test(String(problem.error_code)) && typeof problem.message === 'string' && problem.message.length > 20 }

/** What exists, so that most requests come past the first check. */
async function look(): Promise<Known> {
  const predictions: string[] = []
  for (const shop of SHOPS) predictions.push((await good('POST', `/api/v1/endpoints/${ENDPOINT}/predict`, { ...GOOD_BODY, entities: { shop } })).id as string)
  await good('POST', '/api/v1/labels', { endpoint: ENDPOINT, prediction: predictions[0], value: true })
  const [{ body: version }] = await platform.metadata.list<{ id: string }>('datasetVersion')
  const [run] = await platform.intelligence.listRuns({})
  const [gate] = await platform.intelligence.listGates({})
  const fixed: Record<string, unknown> = {
    model: 'lateness', version: 1, source: 'sales', endpoint: ENDPOINT, number: 1, index: 3, prediction: predictions[1], release: 1, role: 'challenger', share: 0.2, datasetVersion: (version as unknown as { version?: string }).version ?? 'x', entities: GOOD_BODY.entities, request: GOOD_BODY.request,
    eventTime: '2026-01-05T06:00:00Z', from: '2026-01-01T00:00:00Z', to: '2026-01-05T00:00:00Z', at: '2026-01-05T00:00:00Z', until: '2026-01-05T12:00:00Z', knownBy: '2026-01-05T00:00:00Z', features: { 'recent.mean_1h': 3, items: 4 }, values: { order_id: 'o-new', ordered_at: '2026-01-05T09:00:00Z', shop: 'north', amount: 3.5 }, label: 'late', labelKey: 'order-north',
    instances: [ROW, ROW], dataframe_records: [ROW], dataframe_split: { columns: Object.keys(ROW), data: [Object.values(ROW)] },
    push_source_name: 'sales', feature_view_name: 'sales', feature_service: 'order', feature_views: ['recent'], start_ts: '2026-01-01T00:00:00', end_ts: '2026-01-05T00:00:00', async: false, url: 'http://127.0.0.1:4777',
    project: PROJECT, projectDir: home.projectDir, bundles: {}, inputs: INPUTS,
  }
  const known: Known = Object.fromEntries(Object.entries(fixed).map(([k, v]) => [k, () => v]))
  known.name = () => ENDPOINT
  // Where the schema says true or false, or which features: these names mean another thing.
  known.features = path => (path.includes('what-if') ? fixed.features : path.includes('drift') ? 'items' : path.includes('online-features') ? ['recent:mean_1h', 'recent:count_1h'] : true)
  known.entities = path => (path.includes('online-features') ? { shop: ['north', 'south'] } : fixed.entities)
  known.df = () => ({ order_id: ['o-feast'], event_timestamp: ['2026-01-05T09:00:00'], shop: ['north'], amount: [3.5] })
  known.model = path => (path.startsWith('/v2/') ? ENDPOINT : 'lateness')
  known.endpoint = path => (path.endsWith('/invocations') ? ENDPOINT : fixed.endpoint)
  known.call = () => `${ENDPOINT}:${['predict', 'explain'][called++ % 2]}`
  known.version = path => (path.includes('/datasets/') ? fixed.datasetVersion : 1)
  known.from = known.to = path => (path === '/push' ? 'online' : path.includes('/features/check') ? 1 : path.includes('/drills') ? '2026-01-05T11:00:00Z' : fixed.from)
  known.id = path => (path.includes('/predictions/') ? predictions[2] : path.includes('/runs/') ? run.id : path.includes('/gates/') ? gate.id : 'none')
  return known
}

const findings = new Findings()
const said = new Map<string, number>()
function fault(what: string, request: WireRequest, reply: Reply): void {
  const seen = said.get(what) ?? 0
  said.set(what, seen + 1)
  if (seen > 0) return
  findings.expect(false, `${what}\n      ${request.method} ${request.path.slice(0, 300)} ${JSON.stringify(request.headers['content-type'] ?? '')}\n      ${request.body?.toString().slice(0, 400) ?? ''}\n      → ${reply.status} ${reply.text.slice(0, 500)}\n      ${(logged.at(-1) ?? '').slice(0, 1_500)}`)
}

function judge(route: Route, request: WireRequest, reply: Reply): void {
  const at = `${route.method} ${route.path}`
  const { status, text } = reply
  if (status === 0) { fault(`${at} is not answered: ${text}`, request, reply); return }
  if (reply.ms > LONGEST_MS) fault(`${at} takes ${Math.round(reply.ms)} ms`, request, reply)
  if (status < 400) {
    if (reply.type.includes('ndjson') && text.includes('"code":"internal"')) fault(`${at} ends its lines with an internal error`, request, reply)
    return
  }
  if (BETRAYALS.test(text)) fault(`${at} betrays its inside`, request, reply)
  let problem: Record<string, unknown> = {}
  try {
    problem = JSON.parse(text) as Record<string, unknown>
    // Feast's client reads a JSON text that holds the JSON of the problem.
    if (typeof problem === 'string') problem = JSON.parse(problem) as Record<string, unknown>
  } catch { fault(`${at} refuses without JSON`, request, reply); return }
  // A drill that was forced on an endpoint without a fallback fails as its model would.
  if (status >= 500 && text.includes('The drill drill_')) return
  // Somebody's request unloaded it a moment ago.
  if (status === 503 && /is not (loaded|ready): .* unloaded it/.test(text)) return
  if (status >= 500 && !NOT_NOW.has(String(problem.code)) && !(status === 503 && route.statuses.includes('503'))) { fault(`${at} answers ${status}`, request, reply); return }
  if (route.path.endsWith('/invocations') && isMlflow(problem)) return
  // The Open Inference Protocol and KServe have one member for all of it.
  if (/^\/v[12]/.test(route.path) && typeof problem.error === 'string' && problem.error.length > 20) return
  if (problem.module === 'feast.errors' ? typeof problem.class === 'string' && typeof problem.message === 'string' && problem.message.length > 20 : status === 409 && Array.isArray(problem.feature_views)) return
  for (const member of ['code', 'detail', 'remedy']) if (typeof problem[member] !== 'string' || problem[member].length < 5) { fault(`${at} refuses without ${member}`, request, reply); return }
}

try {
  const known = await look()
  const bodies = await servingBodies()
  const scientist = await createToken(platform.metadata, (await platform.metadata.authenticate(token)).actor, { name: 'scientist', role: 'scientist', at: platform.clock.now() })
  const tokens = [token, token, token, scientist.token, viewerToken, null]
  const routes = routesOf(await good('GET', '/openapi.json') as never).filter(r => only.test(r.path))
  const random = seededRandom(seed)
  const statuses = new Map<number, number>()
  const slowest = new Map<string, number>()
  let sent = 0
  const worker = async (): Promise<void> => {
    while (sent < count) {
      const route = routes[sent++ % routes.length]
      const request = makeServingRequest(random, route, makeRequest(random, route, known, tokens), bodies)
      const reply = await send(request)
      if (route.path.endsWith('/unload') && reply.status === 200) await send({ method: 'POST', path: `/v2/repository/models/${ENDPOINT}/load`, headers: {}, body: null })
      judge(route, request, reply)
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
      const name = `${route.method} ${route.path}`
      slowest.set(name, Math.max(slowest.get(name) ?? 0, reply.ms))
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: 4 }, worker))
  process.stdout.write(`${sent} requests to ${routes.length} routes, seed ${seed}, in ${((performance.now() - started) / 1_000).toFixed(1)} s: ${[...statuses].sort(([a], [b]) => a - b).map(([s, n]) => `${n}× ${s}`).join(', ')}\n`)
  for (const [name, ms] of [...slowest].sort(([, a], [, b]) => b - a).slice(0, 3)) process.stdout.write(`  ${Math.round(ms)} ms at most: ${name}\n`)
  for (const [what, n] of said) if (n > 1) process.stdout.write(`  ${n} times: ${what}\n`)
  findings.expect(said.size === 0, 'no answer 5xx, none late, none without words')
  findings.expect((statuses.get(200) ?? 0) > count / 20, 'many of them were good enough to be answered')

  // Some of them were changes that the routes allow: back to what the home was, then it does its work.
  for (const drill of (await good('GET', `/api/v1/endpoints/${ENDPOINT}/drills`)).drills as { id: string; until: string; endedAt?: string | null }[]) await send({ method: 'DELETE', path: `/api/v1/endpoints/${ENDPOINT}/drills/${drill.id}`, headers: { authorization: `Bearer ${token}` }, body: null })
  await good('POST', '/api/v1/project/apply', { project: PROJECT, bundles: {}, projectDir: home.projectDir })
  await good('POST', `/api/v1/deployments/${ENDPOINT}/deploy`, { release: 1 })
  const answer = await good('POST', `/api/v1/endpoints/${ENDPOINT}/predict`, GOOD_BODY)
  findings.expect(typeof answer.output === 'number', 'a good prediction works afterwards')
  const verified = await good('POST', '/api/v1/verify')
  findings.expect(verified.ok === true, `the home verifies afterwards${verified.ok === true ? '' : `: ${JSON.stringify(verified).slice(0, 2_000)}`}`)
  const replayed = await good('POST', '/api/v1/replay', { count: 1_000 })
  findings.expect((replayed.count as number) > 0 && replayed.equal === replayed.count, `${String(replayed.count)} predictions replay, all equal`)
} finally {
  agent.destroy()
  await server.close()
  await home.remove()
}
findings.end()
