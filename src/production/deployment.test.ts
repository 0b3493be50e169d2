import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ADA, ENDPOINT, goodRow, openBench, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => { bench = await openBench() })
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const rows = Array.from({ length: 20 }, (_, i) => goodRow({ flight: `F${i}`, distance: 37 * i }))

const outputs = async (): Promise<number[]> => (await bench.production.predict({ endpoint, rows, caller: 'ada' })).predictions.map(p => p.output)
const bits = (values: number[]): string => Buffer.from(Float64Array.from(values).buffer).toString('hex')
const release = async (bias: number): Promise<number> => {
  await bench.addVersion(bias)
  return (await bench.production.createRelease({ endpoint, actor: ADA })).release.number
}

it('deploys, rolls back and undoes, byte for byte, also after a restart', async () => {
  for (const bias of [0, 0.4, -0.7]) await release(bias)
  const { deploy, rollback } = bench.production
  const seen: string[] = []
  for (const number of [1, 2, 3]) {
    await deploy({ endpoint, release: number, actor: ADA })
    seen.push(bits(await outputs()))
  }
  expect(new Set(seen).size).toBe(3)
  await rollback({ endpoint, actor: ADA })
  expect(bits(await outputs())).toBe(seen[1])
  await bench.restart()
  expect(bits(await outputs())).toBe(seen[1])
  // A second rollback goes further back, not to and fro.
  await bench.production.rollback({ endpoint, actor: ADA })
  expect(bits(await outputs())).toBe(seen[0])
  await expect(bench.production.rollback({ endpoint, actor: ADA })).rejects.toMatchObject({ code: 'nothing_to_roll_back' })
  await bench.production.undo({ endpoint, actor: ADA })
  expect(bits(await outputs())).toBe(seen[1])
  await bench.production.undo({ endpoint, actor: ADA })
  expect(bits(await outputs())).toBe(seen[0])
  const deployment = await bench.production.getDeployment(endpoint)
  expect(deployment?.revisions.map(r => [r.number, r.action, r.routes[0].number])).toEqual([[1, 'deploy', 1], [2, 'deploy', 2], [3, 'deploy', 3], [4, 'rollback', 2], [5, 'rollback', 1], [6, 'undo', 2], [7, 'undo', 1]])
  expect(deployment?.revisions.at(-1)?.routes).toMatchObject([{ role: 'champion', share: 1, release: 'flight-delay@000001' }])
  const actions = (await bench.metadata.ledger.list({ subject: `deployment/${endpoint}` })).map(e => e.action)
  expect(actions).toEqual(['deployment.changed', 'deployment.changed', 'deployment.changed', 'deployment.rolledBack', 'deployment.rolledBack', 'deployment.changed', 'deployment.changed'])
})

it('shows the difference and changes nothing in a dry run', async () => {
  await release(0)
  await release(0.4)
  const first = await bench.production.deploy({ endpoint, release: 'flight-delay@000001', actor: ADA })
  expect(first).toMatchObject({ from: null, to: { release: 'flight-delay@000001' }, dryRun: false })
  const size = bench.metadata.ledger.size
  const dry = await bench.production.deploy({ endpoint, release: '2', actor: ADA, dryRun: true })
  expect(dry).toMatchObject({ from: { number: 1 }, to: { number: 2 }, dryRun: true, ledger: null })
  expect(dry.changes.map(c => c.path)).toEqual(['release', 'model version', 'content', 'model artifact', 'gate'])
  expect(bench.metadata.ledger.size).toBe(size)
  expect((await bench.production.describeEndpoint(endpoint)).release.number).toBe(1)
  await expect(bench.production.rollback({ endpoint, actor: ADA, dryRun: true })).rejects.toMatchObject({ code: 'nothing_to_roll_back' })
})

it('switches under load without a failure, and every prediction names the release and the ledger that it obeyed', async () => {
  await release(0)
  await release(0.4)
  await bench.production.deploy({ endpoint, release: 1, actor: ADA })
  let stop = false
  const load = (async () => {
    const ids: string[] = []
    while (!stop) {
      const { predictions, waitDurable } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
      ids.push(predictions[0].id)
      await waitDurable()
    }
    return ids
  })()
  for (let i = 0; i < 6; i++) await bench.production.deploy({ endpoint, release: 1 + (i + 1) % 2, actor: ADA })
  stop = true
  const ids = await load
  expect(ids.length).toBeGreaterThan(6)
  for (const id of ids.filter((_, i) => i % Math.ceil(ids.length / 50) === 0)) {
    const p = await bench.production.getPrediction(id)
    const entry = await bench.metadata.ledger.get(p.ledgerSize - 1)
    expect(entry).toMatchObject({ action: 'deployment.changed', details: { to: `flight-delay@${String(p.release).padStart(6, '0')}` } })
  }
})

it('an endpoint whose content is damaged says so after a restart; the ledger size survives it', async () => {
  await release(0)
  await bench.production.deploy({ endpoint, release: 1, actor: ADA })
  const { ledgerSize, release: { contentDigest } } = await bench.production.describeEndpoint(endpoint)
  await bench.restart()
  expect((await bench.production.describeEndpoint(endpoint)).ledgerSize).toBe(ledgerSize)
  rmSync(bench.blobs.path(contentDigest))
  await bench.restart()
  const error = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' }).catch((e: unknown) => e)
  expect(error).toMatchObject({ name: 'SlipwayError' })
})
