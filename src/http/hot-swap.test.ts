import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { localActor } from '../core/actor.ts'
import { resolveConfig } from '../core/config.ts'
import { openLog } from '../core/log.ts'
import { encodeLinear, sigmoid } from '../models/index.ts'
import { openPlatform } from '../platform.ts'
import type { Production } from '../production/index.ts'
import { openServer } from './server.ts'

const INTERCEPTS = [0, 1, -2]
const CLIENTS = 8
const SWAPS = 12

interface Seen { id: string; version: string; output: number; x: number }

const model = (intercept: number): Uint8Array => encodeLinear({ intercept, inputs: [{ name: 'x', type: 'float64' }], terms: [{ mean: 0, scale: 1, weight: 1, missing: 0 }] })
const actor = localActor()

/** A server with a file as the endpoint `m`, asked by many at once while `swap` changes the release again and again. */
async function underLoad(swap: (parts: { url: string; path: string; round: number; production: Production }) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-swap-'))
  const log = openLog({ level: 'silent' })
  const { config } = resolveConfig({ flags: { server: { port: 0 } } })
  const platform = await openPlatform({ home: join(folder, 'home'), config, log })
  const { production } = platform
  const path = join(folder, 'm.json')
  writeFileSync(path, model(INTERCEPTS[0]))
  await production.serveFiles([{ name: 'm', path }], actor)
  const server = await openServer(platform, { host: '127.0.0.1', port: 0, log })
  const seen: Seen[] = []
  const failed: string[] = []
  const running = { now: true }
  const client = async (): Promise<void> => {
    for (let i = 0; running.now; i++) {
      const x = i % 7
      const reply = await fetch(`${server.url}/v2/models/m/infer`, { method: 'POST', body: JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [x] }] }) })
      const body = await reply.json() as { model_version: string; parameters: { prediction_ids: string }; outputs: { data: number[] }[] }
      if (reply.status !== 200) failed.push(`${reply.status} ${JSON.stringify(body)}`)
      else seen.push({ id: body.parameters.prediction_ids, version: body.model_version, output: body.outputs[0].data[0], x })
    }
  }
  try {
    const clients = Array.from({ length: CLIENTS }, client)
    for (let round = 1; round <= SWAPS; round++) {
      const from = seen.length
      // Every release answers some.
      while (seen.length < from + 2 * CLIENTS && failed.length === 0) await new Promise(resolve => { setTimeout(resolve, 2) })
      await swap({ url: server.url, path, round, production })
    }
    running.now = false
    await Promise.all(clients)

    expect(failed).toEqual([])
    expect(new Set(seen.map(s => s.version)).size).toBeGreaterThan(1)
    const intercepts = await interceptsOf(production)
    for (const { id, version, output, x } of seen) {
      const logged = await production.getPrediction(id)
      expect([String(logged.release), logged.output]).toEqual([version, output])
      // What answered is what the log says: the model of that release gives this output.
      expect(output).toBe(sigmoid((intercepts.get(logged.release) ?? Number.NaN) + x))
    }
    const replayed = await production.replayMany({ endpoint: 'm', count: seen.length, seed: 7 })
    expect(replayed).toMatchObject({ count: seen.length, equal: seen.length })
  } finally {
    running.now = false
    await server.close()
    await platform.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By the number of the release: from the archive of each. */
async function interceptsOf(production: Production): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  for (const { number } of await production.listReleases('m')) {
    const { members } = await production.readRelease('m', number)
    const intercept = INTERCEPTS.find(i => Buffer.from(model(i)).equals(members['content/model.bin']))
    if (intercept !== undefined) found.set(number, intercept)
  }
  return found
}

it('another file in its place, loaded under load: no request fails, and the log names the release that answered', () => underLoad(async ({ url, path, round }) => {
  const next = `${path}.next`
  writeFileSync(next, model(INTERCEPTS[round % INTERCEPTS.length]))
  renameSync(next, path)
  expect((await fetch(`${url}/v2/repository/models/m/load`, { method: 'POST', body: '{}' })).status).toBe(200)
}), 60_000)

it('another release deployed under load: no request fails, and the log names the release that answered', () => underLoad(async ({ url, path, round, production }) => {
  if (round < INTERCEPTS.length) {
    writeFileSync(path, model(INTERCEPTS[round]))
    await fetch(`${url}/v2/repository/models/m/load`, { method: 'POST' })
  } else await production.deploy({ endpoint: 'm', release: 1 + round % INTERCEPTS.length, actor })
}), 60_000)
