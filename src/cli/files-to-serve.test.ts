import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localActor } from '../core/actor.ts'
import { resolveConfig } from '../core/config.ts'
import { encodeLinear } from '../models/index.ts'
import { verifyFolder } from '../platform.ts'
import { filesToServe } from './files-to-serve.ts'
import { main } from './main.ts'
import { openServing } from './serving.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-files-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

async function serve(...words: string[]): Promise<{ code: number; err: string; out: string }> {
  let [err, out] = ['', '']
  const code = await main(['serve', '--port', '0', ...words], { stdout: { write: (t: string) => { out += t } }, stderr: { write: (t: string) => { err += t } }, env: {}, cwd: folder })
  return { code, err, out }
}

describe('model files', () => {
  const parts = (sources: Parameters<typeof resolveConfig>[0]) => ({ ...resolveConfig(sources), home: '/srv/home', cwd: '/work' })

  it('come from the command line, else from the environment, else from the home\'s configuration', () => {
    const file = { production: { models: { late: 'models/late.txt', fraud: '/abs/fraud.ubj' } } }
    const env = { SLIPWAY_PRODUCTION__MODELS: 'late=late.txt,price=p=1.txt' }
    expect(filesToServe([], parts({ file }))).toEqual([{ name: 'late', path: '/srv/home/models/late.txt' }, { name: 'fraud', path: '/abs/fraud.ubj' }])
    expect(filesToServe([], parts({ file, env }))).toEqual([{ name: 'late', path: '/work/late.txt' }, { name: 'price', path: '/work/p=1.txt' }])
    expect(filesToServe(['a=b'], parts({ file, env }))).toEqual([{ name: 'a', path: '/work/b' }])
    expect(filesToServe(['ab', 'c='], parts({}))).toEqual([{ name: 'ab', path: '' }, { name: 'c', path: '' }])
    for (const models of [7, ['late=x'], { late: 7 }]) expect(() => resolveConfig({ file: { production: { models } } })).toThrow('production.models')
  })

  it('that cannot be served are all named, with the exit code of a wrong command line, and no home is made', async () => {
    writeFileSync(join(folder, 'bad.txt'), 'not a model')
    const { code, out, err } = await serve('--home', join(folder, 'none'), '--model', 'late=gone.txt', '--model=bad=bad.txt', '--model', 'x', '--model', 'Upper=bad.txt')
    expect([code, out]).toEqual([2, ''])
    for (const text of ['late: ', 'gone.txt is not there', 'bad: ', 'is no model that can be served', 'x: is not of the form NAME=FILE', 'Upper: is no name', '→']) expect(err).toContain(text)
    expect(existsSync(join(folder, 'none'))).toBe(false)
    expect(await serve('--home', join(folder, 'none'), '--only', 'data', '--model', 'late=bad.txt')).toMatchObject({ code: 2 })
  })

  it('answer at once where they are served, and the home verifies', async () => {
    const path = join(folder, 'late.json')
    writeFileSync(path, encodeLinear({ intercept: 0, inputs: [{ name: 'x', type: 'float64' }], terms: [{ mean: 0, scale: 1, weight: 1, missing: 0 }] }))
    const home = join(folder, 'home')
    const { config } = resolveConfig({ flags: { server: { port: 0 }, log: { level: 'silent' } } })
    const serving = await openServing(home, config, platform => platform.production.serveFiles([{ name: 'late', path }], localActor()))
    try {
      const get = async (at: string): Promise<unknown> => (await fetch(serving.url + at)).json()
      expect(await get('/v2/models/late/ready')).toEqual({ name: 'late', ready: true })
      expect(await get('/api/v1/endpoints/late')).toMatchObject({ unmanaged: true, release: { id: 'late@000001' } })
      expect(await get('/api/v1/overview')).toMatchObject({ endpoints: [{ name: 'late', unmanaged: true }] })
      const ask = async (at: string, body: unknown): Promise<unknown> => (await fetch(serving.url + at, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
      expect(await ask('/invocations', { dataframe_split: { columns: ['x'], data: [[0], [null]] } })).toMatchObject({ predictions: [0.5, 0.5] })
      expect(await ask('/api/v1/endpoints/late/predict', { request: { x: 0 } })).toMatchObject({ output: 0.5 })
    } finally { await serving.close() }
    expect(await verifyFolder(home)).toMatchObject({ ok: true, problems: [] })
  })
})
