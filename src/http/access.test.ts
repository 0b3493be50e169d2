import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../core/log.ts'
import type { App } from './server-state.ts'
import { buildApp } from './app.ts'
import { ENDPOINT, GOOD_BODY, openSmallHome, type SmallHome } from './fixtures/small-home.ts'
import { openServer, type Server } from './server.ts'

const log = openLog({ level: 'silent' })
let home: SmallHome
let server: Server
let app: App
const routes: { method: string; url: string; access: unknown; documented: boolean }[] = []

beforeAll(async () => {
  home = await openSmallHome()
  server = await openServer(home.platform, { host: '127.0.0.1', port: 0, log })
  app = await buildApp(home.platform, { log, state: { authorities: new Set(['test']), url: 'http://test', stopping: false }, onRoute: r => { routes.push(r) } })
})
afterAll(async () => { await app.close(); await server.close(); await home.remove() })

const concrete = (url: string): string => url.replace(/:(\w+)/g, (_, name: string) => (['index', 'number', 'version'].includes(name) && !url.includes('/v2/') && !url.includes('datasets') ? '1' : ENDPOINT))
const inject = (method: string, url: string, headers: Record<string, string> = {}, payload?: string): Promise<{ statusCode: number; body: string }> =>
  app.inject({ method: method as 'GET', url: concrete(url), headers: { host: 'test', ...headers }, payload })

/** Feast's face has its problems as JSON within a JSON string. */
const problemOf = (body: string): unknown => { const found: unknown = JSON.parse(body); return typeof found === 'string' ? JSON.parse(found) : found }

describe('every route', () => {
  it('declares its access', () => {
    expect(routes.length).toBeGreaterThan(50)
    for (const r of routes) expect(['public', 'predict', 'read', 'scientist', 'approver', 'admin', 'auditor'], `${r.method} ${r.url}`).toContain(typeof r.access === 'object' ? (r.access as { write: string }).write : r.access)
  })

  it('that changes anything refuses those without a token, and viewers', async () => {
    const writes = routes.filter(r => typeof r.access === 'object')
    expect(writes.length).toBeGreaterThan(10)
    for (const { method, url } of writes) {
      const anonymous = await inject(method, url)
      expect(problemOf(anonymous.body), `${method} ${url}`).toMatchObject({ status: 401, code: 'unauthenticated' })
      const viewer = await inject(method, url, { authorization: `Bearer ${home.viewerToken}` })
      expect(problemOf(viewer.body), `${method} ${url}`).toMatchObject({ status: 403, code: 'forbidden' })
    }
  })

  it('of another method than GET and HEAD needs a token, but for those that only compute', () => {
    const open = routes.filter(r => !['GET', 'HEAD'].includes(r.method) && typeof r.access !== 'object').map(r => `${r.method} ${r.url}`).sort()
    expect(open).toEqual([
      'POST /api/v1/endpoints/:name/predict', 'POST /api/v1/endpoints/:name/what-if', 'POST /api/v1/features/check', 'POST /api/v1/features/history', 'POST /api/v1/features/views/:name/values', 'POST /api/v1/replay',
      'POST /endpoints/:endpoint/invocations', 'POST /gateway/:endpoint/invocations',
      'POST /get-online-features',
      'POST /invocations', 'POST /serving-endpoints/:endpoint/invocations', 'POST /v1/models/:call',
      'POST /v2/models/:model/infer', 'POST /v2/models/:model/versions/:version/infer', 'POST /v2/repository/index', 'POST /v2/repository/models/:model/load', 'POST /v2/repository/models/:model/unload',
    ])
  })

  it('that reads answers without a token and without a fault of ours', async () => {
    for (const { method, url } of routes.filter(r => r.method === 'GET')) {
      const { statusCode, body } = await inject(method, url)
      expect(statusCode, `${method} ${url} ${body.slice(0, 200)}`).toBeLessThan(500)
    }
  })

  it('is in the OpenAPI document', async () => {
    const { paths } = JSON.parse((await inject('GET', '/openapi.json')).body) as { paths: Record<string, Record<string, { summary?: string }>> }
    for (const { method, url } of routes.filter(r => r.method !== 'HEAD' && r.documented)) {
      const path = url.replace(/:(\w+)/g, '{$1}')
      expect(paths[path]?.[method.toLowerCase()]?.summary, `${method} ${path}`).toBeTruthy()
    }
  })
})

describe('tokens', () => {
  it.each(['Basic abc', 'Bearer', 'Bearer a b', 'Bearer nonsense', ''])('%s is refused, on open routes too', async authorization => {
    const { statusCode, body } = await inject('GET', '/api/v1/status', { authorization })
    expect(statusCode).toBe(401)
    expect(JSON.parse(body)).toMatchObject({ code: 'unauthenticated', remedy: expect.stringContaining('local.token') as string })
  })

  it('says who is asking', async () => {
    const who = async (headers: Record<string, string>): Promise<unknown> => (JSON.parse((await inject('GET', '/api/v1/status', headers)).body) as { you: unknown }).you
    expect(await who({})).toEqual({ actor: 'anonymous:loopback', role: 'viewer' })
    expect(await who({ authorization: `Bearer ${home.viewerToken}` })).toEqual({ actor: 'token:viewer', role: 'viewer' })
    expect(await who({ authorization: `Bearer ${home.token}` })).toMatchObject({ role: 'admin' })
  })
})

describe('pages of others', () => {
  const ask = (path: string, headers: Record<string, string>, method = 'GET', body?: string): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    void import('node:http').then(({ request }) => {
      const r = request(server.url + path, { method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers } }, reply => { reply.resume(); resolve(reply.statusCode ?? 0) })
      r.on('error', reject)
      r.end(body)
    })
    return promise
  }
  const predict = `/api/v1/endpoints/${ENDPOINT}/predict`

  it('may not point their own name here', async () => {
    const { port } = new URL(server.url)
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1:${Number(port) + 1}`, 'localhost', `127.0.0.1.nip.io:${port}`]) expect(await ask('/api/v1/status', { host }), host).toBe(403)
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) expect(await ask('/api/v1/status', { host }), host).toBe(200)
  })

  it('may not send anything', async () => {
    const body = JSON.stringify(GOOD_BODY)
    for (const origin of ['http://evil.example', 'null', `https://${new URL(server.url).host}.evil.example`, 'http://localhost:1']) expect(await ask(predict, { origin }, 'POST', body), origin).toBe(403)
    expect(await ask(predict, { 'sec-fetch-site': 'cross-site' }, 'POST', body)).toBe(403)
    expect(await ask(predict, { origin: server.url }, 'POST', body)).toBe(200)
  })
})

it('is served on loopback only', async () => {
  await expect(openServer(home.platform, { host: '0.0.0.0', port: 0, log })).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('loopback') as string })
  await expect(openServer(home.platform, { host: '127.0.0.1', port: Number(new URL(server.url).port), log })).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('taken') as string })
})
