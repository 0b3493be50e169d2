import { rmSync, writeFileSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withFiles } from './file-serving.fixture.ts'
import { ADA, ENDPOINT, goodRow, openBench } from './production.fixture.ts'
import type { Production } from './production.ts'

const request = { shop: 'a', size: 1 }
const ask = async (production: Production, endpoint: string) => (await production.predict({ endpoint, rows: [{ request }], caller: 'ada' })).predictions[0]

describe('what is in memory', () => {
  it('is loaded on use within the limit, whatever is deployed', () => withFiles(async ({ open, write }) => {
    // Each holds about twice its file, and three fit.
    const files = Array.from({ length: 5 }, (_, i) => ({ name: `m${i}`, path: write(`m${i}.json`, i / 10, 12_000) }))
    const size = readFileSync(files[0].path).length
    expect(size).toBeGreaterThan(500_000)
    const production = await open({ modelMemory: Math.round(size * 7), warmUp: 0 })
    await production.serveFiles(files, ADA)
    const outputs = [await ask(production, 'm0')]
    for (let i = 1; i < 5; i++) outputs.push(await ask(production, `m${i}`))
    const states = (await production.modelStates()).filter(s => s.unmanaged)
    expect(states.every(s => s.state === 'READY')).toBe(true)
    expect(states.filter(s => s.bytes > 0).map(s => s.endpoint)).toEqual(['m2', 'm3', 'm4'])
    expect(states[0].reason).toBe('its model is loaded when it is asked')
    // Many at once, over more models than fit: every answer is the one of before.
    const again = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(production, `m${i % 5}`)))
    expect(again.map(a => a.output)).toEqual(Array.from({ length: 40 }, (_, i) => outputs[i % 5].output))
    expect((await production.modelStates()).reduce((sum, s) => sum + s.bytes, 0)).toBeLessThanOrEqual(size * 7)
  }))

  it('changes by unload and load, and the deployment does not', () => withFiles(async ({ bench, open, write }) => {
    const production = await open()
    await production.serveFiles([{ name: 'm', path: write('m.json', 0) }], ADA)
    const { output } = await ask(production, 'm')
    const deployment = await production.getDeployment('m')
    expect(await production.unloadModel({ endpoint: 'm', actor: ADA })).toMatchObject({ state: 'UNAVAILABLE', reason: 'user:ada unloaded it', bytes: 0, release: 1 })
    const { size } = bench.metadata.ledger
    await production.unloadModel({ endpoint: 'm', actor: ADA })
    expect(bench.metadata.ledger.size).toBe(size)
    await expect(ask(production, 'm')).rejects.toMatchObject({ code: 'model_not_ready', status: 503 })
    expect((await production.describeEndpoint('m')).outputs.length).toBe(2)
    expect(await production.loadModel({ endpoint: 'm', actor: ADA })).toMatchObject({ state: 'READY', reason: '' })
    expect((await ask(production, 'm')).output).toBe(output)
    expect(await production.getDeployment('m')).toEqual(deployment)
    expect((await bench.metadata.ledger.list({ subject: 'endpoint/m' })).map(e => [e.action, e.actor])).toEqual([['endpoint.served', 'user:ada'], ['model.unloaded', 'user:ada'], ['model.loaded', 'user:ada']])
    await expect(production.loadModel({ endpoint: 'nowhere', actor: ADA })).rejects.toMatchObject({ code: 'unknown_endpoint' })
    await expect(production.unloadModel({ endpoint: 'bare', actor: ADA })).rejects.toMatchObject({ code: 'not_deployable' })
    expect((await production.modelStates('bare'))[0]).toMatchObject({ state: 'UNAVAILABLE', reason: 'no release is deployed', release: null })
  }))

  it('that fails to load says why, and is tried again when it is repaired', async () => {
    const bench = await openBench()
    try {
      await bench.addVersion(0)
      await bench.ship()
      const endpoint = ENDPOINT.name
      const [{ content: { model } }] = bench.versions
      const path = bench.blobs.path(model.digest)
      const bytes = readFileSync(path)
      rmSync(path)
      await bench.restart()
      const predict = () => bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
      await expect(predict()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(/flight-delay@000001 could not be loaded: There is no blob/) as string })
      expect((await bench.production.modelStates(endpoint))[0]).toMatchObject({ state: 'UNAVAILABLE', reason: expect.stringMatching(/could not be loaded/) as string })
      await expect(bench.production.loadModel({ endpoint, actor: ADA })).rejects.toMatchObject({ code: 'corrupt' })
      writeFileSync(path, bytes)
      expect(await bench.production.loadModel({ endpoint, actor: ADA })).toMatchObject({ state: 'READY' })
      expect((await predict()).predictions[0].release).toBe('flight-delay@000001')
    } finally { await bench.close() }
  })
})

it('is loading until it was warmed up once', () => withFiles(async ({ open, write }) => {
  const files = Array.from({ length: 3 }, (_, i) => ({ name: `m${i}`, path: write(`m${i}.json`, i, 3_000) }))
  await (await open()).serveFiles(files, ADA)
  const production = await open({ warmUp: 60_000 })
  expect((await production.modelStates()).every(s => s.state === 'UNAVAILABLE')).toBe(true)
  await production.serveFiles(files, ADA)
  const states = async () => (await production.modelStates()).filter(s => s.unmanaged).map(s => s.state)
  expect(await states()).not.toContain('UNAVAILABLE')
  await Promise.all(files.map(f => ask(production, f.name)))
  expect(await states()).toEqual(['READY', 'READY', 'READY'])
}))
