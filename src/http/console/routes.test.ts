import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../core/log.ts'
import { guardRoutes } from '../access.ts'
import { handleErrors, handleUnknownRoutes, nativeProblem } from '../problems.ts'
import type { App } from '../server-state.ts'
import { readConsole } from './files.ts'
import { consoleRoutes } from './routes.ts'

const folder = mkdtempSync(join(tmpdir(), 'slipway-console-'))
const SCRIPT = 'console.log("a script that is long enough to be worth compressing, compressing, compressing")'
let app: App
let unbuilt: App

async function serve(files: ReturnType<typeof readConsole>): Promise<App> {
  const app: App = Fastify({ logger: false }) as never
  handleErrors(app as never, openLog({ level: 'silent' }), nativeProblem)
  handleUnknownRoutes(app as never)
  guardRoutes(app as never, async () => ({ actor: { kind: 'anonymous', name: 'loopback' }, role: 'viewer', mayPredict: true }))
  consoleRoutes(app, files)
  await app.ready()
  return app
}

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Slipway</title>')
  writeFileSync(join(folder, 'assets', 'index-Ab3_x9Kq.js'), SCRIPT)
  writeFileSync(join(folder, 'assets', 'index-Ab3_x9Kq.js.gz'), gzipSync(SCRIPT))
  writeFileSync(join(folder, 'assets', 'index-Ab3_x9Kq.js.br'), brotliCompressSync(SCRIPT))
  writeFileSync(join(folder, 'assets', 'theme.js'), '// not hashed')
  writeFileSync(join(folder, 'assets', 'secret.key'), 'not of a type that is served')
  writeFileSync(join(folder, 'manifest.json'), '{}')
  app = await serve(readConsole(folder))
  unbuilt = await serve(readConsole(join(folder, 'nothing')))
})
afterAll(async () => { await app.close(); await unbuilt.close(); rmSync(folder, { recursive: true }) })

describe('the console', () => {
  it('answers each of its addresses with its page, under a policy without inline script', async () => {
    for (const url of ['/', '/endpoints', '/endpoints/flight-delay', '/predictions/pred_1', '/models/late/3', '/monitoring', '/approvals', '/audit/17']) {
      const reply = await app.inject({ url })
      expect(reply.statusCode, url).toBe(200)
      expect(reply.body).toContain('<title>Slipway</title>')
      expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(reply.headers['cache-control']).toBe('no-cache')
      expect(reply.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
      expect(reply.headers['content-security-policy']).not.toContain('unsafe')
    }
  })

  it('sends what the client can unpack, and hashed names for ever', async () => {
    const ask = (encoding: string) => app.inject({ url: '/assets/index-Ab3_x9Kq.js', headers: { 'accept-encoding': encoding } })
    const [br, gzip, plain] = [await ask('gzip, deflate, br'), await ask('gzip'), await ask('identity')]
    expect([br, gzip, plain].map(r => r.headers['content-encoding'])).toEqual(['br', 'gzip', undefined])
    expect(br.rawPayload.equals(brotliCompressSync(SCRIPT))).toBe(true)
    expect(plain.body).toBe(SCRIPT)
    for (const r of [br, gzip, plain]) {
      expect(r.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(r.headers['content-type']).toBe('text/javascript; charset=utf-8')
      expect(r.headers.vary).toBe('accept-encoding')
    }
    expect((await app.inject({ url: '/assets/theme.js' })).headers['cache-control']).toBe('no-cache')
    expect((await app.inject({ url: '/assets/theme.js', headers: { 'if-none-match': String((await app.inject({ url: '/assets/theme.js' })).headers.etag) } })).statusCode).toBe(304)
  })

  it('has no file but those of its list', async () => {
    for (const url of ['/assets/nope.js', '/assets/secret.key', '/assets/..%2findex.html', '/assets/%2e%2e%2fmanifest.json', '/manifest.json', '/index.html', '/assets/index-Ab3_x9Kq.js.br', '/assets/']) {
      const reply = await app.inject({ url })
      expect(reply.statusCode, url).toBe(404)
      expect(reply.headers['content-type'], url).toContain('application/problem+json')
    }
  })

  it('says how to build it where it is not built', async () => {
    const reply = await unbuilt.inject({ url: '/predictions' })
    expect(reply.statusCode).toBe(200)
    expect(reply.body).toContain('npm run build')
    expect(reply.body).not.toContain('<script')
  })
})
