import { describe, expect, it } from 'vitest'
import { openLog } from '../core/log.ts'
import { encodeLinear, sigmoid } from '../models/index.ts'
import { openOwnModels } from './own-models.ts'
import { ADA, openBench, START, type Bench } from './production.fixture.ts'
import { openProduction, type Production } from './production.ts'

const ONE_DAY = 86_400_000_000

const file = (intercept: number): Uint8Array => encodeLinear({
  intercept, inputs: [{ name: 'shop', type: 'category', categories: ['a'] }, { name: 'size', type: 'float64' }],
  terms: [{ weights: [1, 0, -1] }, { mean: 0, scale: 1, weight: 0.5, missing: 2 }],
})

async function withModels(work: (bench: Bench, open: (...intercepts: number[]) => Promise<Production>) => Promise<void>): Promise<void> {
  const bench = await openBench()
  try {
    await bench.metadata.change({ actor: ADA, action: 'project.applied', subject: 'project/own' }, async tx => {
      await tx.put('endpoint', 'shop', { name: 'shop', model: 'outside', threshold: 0.5, label: 'bought', labelEntity: 'flight' })
    })
    await work(bench, async (...intercepts) => {
      const parts = { metadata: bench.metadata, blobs: bench.blobs, journal: bench.journal, clock: bench.clock }
      const ports = await openOwnModels(parts, intercepts.map(i => ({ name: 'outside', file: file(i), threshold: 0.5 })), ADA)
      return openProduction({ ...parts, ...ports, home: bench.dir, log: openLog({ level: 'silent' }) })
    })
  } finally { await bench.close() }
}

describe('a model file of one\'s own', () => {
  it('answers from the request alone, under a waiver only, is labelled, and is replayed to the bit', () => withModels(async (_, open) => {
    const production = await open(0.25)
    await expect(production.createRelease({ endpoint: 'shop', actor: ADA })).rejects.toMatchObject({ code: 'not_deployable' })
    const { release } = await production.createRelease({ endpoint: 'shop', actor: ADA, waiver: { reason: 'judged elsewhere', until: START + ONE_DAY } })
    await production.deploy({ endpoint: 'shop', release: release.number, actor: ADA })
    const { predictions, waitDurable } = await production.predict({
      endpoint: 'shop', caller: 'ada', features: true,
      rows: [{ entities: { flight: '1' }, request: { shop: 'a', size: 3 } }, { request: { shop: 'b' } }, { request: {} }],
    })
    await waitDurable()
    expect(predictions.map(p => p.output)).toEqual([sigmoid(0.25 + 1 + 1.5), sigmoid(0.25 + 2), sigmoid(0.25 - 1 + 2)])
    expect(predictions[1].features).toEqual({ shop: 'b', size: null })
    await expect(production.predict({ endpoint: 'shop', caller: 'ada', rows: [{ request: { shop: 7 } }] })).rejects.toMatchObject({ code: 'wrong_type' })

    await production.label({ endpoint: 'shop', entity: { flight: '1' }, value: true })
    expect((await production.getPrediction(predictions[0].id)).truth).toMatchObject([{ name: 'bought', value: 1 }])
    expect(await production.replayMany({ endpoint: 'shop', count: 3, seed: 1 })).toMatchObject({ count: 3, equal: 3 })
    const { missing } = await production.trace(predictions[0].id)
    expect(missing).toContain('gate: there was no gate: the release is waived')
  }))

  it('gets a version when it differs from the newest one, and none when it does not', () => withModels(async ({ metadata }, open) => {
    const versions = async (): Promise<string[]> => (await metadata.list('modelVersion')).map(d => d.id)
    await open(0.25)
    await open(0.25)
    expect(await versions()).toEqual(['outside@000001'])
    await open(0.5)
    await open(0.25)
    expect(await versions()).toEqual(['outside@000001', 'outside@000002', 'outside@000003'])
    expect((await metadata.ledger.list({ action: 'model.brought' })).map(e => e.actor)).toEqual(['user:ada', 'user:ada', 'user:ada'])
  }))

  it('is refused when it is no model, or was never brought', () => withModels(async ({ metadata, blobs, journal, clock }, open) => {
    const parts = { metadata, blobs, journal, clock }
    await expect(openOwnModels(parts, [{ name: 'outside', file: new TextEncoder().encode('{"format":"pickle"}') }])).rejects.toMatchObject({ code: 'invalid_request' })
    const production = await open()
    await expect(production.createRelease({ endpoint: 'shop', actor: ADA })).rejects.toThrow('There is no model outside.')
    const { features } = await openOwnModels(parts, [])
    await expect(features.push('x', [])).rejects.toMatchObject({ code: 'not_found' })
  }))
})
