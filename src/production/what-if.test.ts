import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENDPOINT, goodRow, openBench, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const ask = (request: object): ReturnType<Bench['production']['whatIf']> => bench.production.whatIf({ endpoint, ...request })

describe('a what-if', () => {
  it('begins with what a prediction logged, and journals nothing', async () => {
    const { predictions: [{ id, output }] } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
    const position = bench.journal.position
    expect(await ask({ prediction: id })).toEqual({
      release: `${endpoint}@000001`, output, decision: output > 0.5, threshold: 0.5, changed: [], before: { prediction: id, release: `${endpoint}@000001`, output, decision: output > 0.5 },
      features: { carrier: 'UA', distance: 1400, 'delays.count': 0, 'delays.mean': null, hour: 1 },
    })
    const changed = await ask({ prediction: id, features: { hour: 23, distance: 1400, carrier: null }, explain: true })
    expect(changed.changed).toEqual([{ feature: 'carrier', from: 'UA', to: null }, { feature: 'hour', from: 1, to: 23 }])
    expect(changed.output).toBeGreaterThan(output)
    expect(changed.explanation).toMatchObject({ output: changed.output, method: 'linear', contributions: [{ feature: 'carrier', value: null, contribution: 0.05 }, {}, {}, {}, { feature: 'hour', value: 23 }] })
    expect(bench.journal.position).toBe(position)
    expect((await bench.production.counts(endpoint)).predictions).toBe(1)
  })

  it('begins with nothing: every feature is missing', async () => {
    const { features, changed, before, output } = await ask({ features: { distance: 500 } })
    expect({ features, changed, before }).toEqual({ features: { carrier: null, distance: 500, 'delays.count': null, 'delays.mean': null, hour: null }, changed: [{ feature: 'distance', from: null, to: 500 }], before: null })
    expect((await bench.production.whatIfMany({ endpoint, vectors: [{ distance: 500 }, {}, { distance: 500, carrier: null }] })).outputs).toEqual([output, (await ask({})).output, output])
  })

  it('scores under the champion, or a release by number or id', async () => {
    const first = await ask({})
    await bench.addVersion(0.7)
    await bench.ship()
    const second = await ask({})
    expect(second.release).toBe(`${endpoint}@000002`)
    expect(second.output).toBeGreaterThan(first.output)
    for (const release of [1, `${endpoint}@000001`]) expect(await ask({ release })).toEqual(first)
    expect(await bench.production.whatIfMany({ endpoint, release: 1, vectors: [{}] })).toEqual({ release: `${endpoint}@000001`, outputs: [first.output] })
  })

  it('refuses what is not known, with every fault and the nearest name', async () => {
    await expect(ask({ features: { distanse: 1, hour: 'late', carrier: 5 } })).rejects.toMatchObject({
      code: 'unknown_feature', message: expect.stringContaining('Did you mean "distance"?') as string,
      faults: [{ path: 'features.distanse' }, { path: 'features.carrier', message: 'must be text' }, { path: 'features.hour', message: 'must be a whole number' }],
    })
    await expect(ask({ features: { hour: 2.5 } })).rejects.toMatchObject({ code: 'wrong_type' })
    await expect(ask({ features: [1] })).rejects.toMatchObject({ code: 'wrong_type', faults: [{ path: 'features' }] })
    await expect(ask({ release: 7 })).rejects.toMatchObject({ code: 'not_found' })
    await expect(ask({ prediction: 'pred_x' })).rejects.toMatchObject({ code: 'unknown_prediction' })
    await expect(ask({ endpoint: 'flight-dely', release: 1 })).rejects.toMatchObject({ code: 'unknown_endpoint' })
    await expect(ask({ endpoint: 'bare' })).rejects.toMatchObject({ code: 'not_deployable' })
    await expect(bench.production.whatIfMany({ endpoint, vectors: [{}, { houre: 1 }] })).rejects.toMatchObject({ code: 'unknown_feature', faults: [{ path: 'vectors[1].houre' }] })
    await expect(bench.production.whatIfMany({ endpoint, vectors: [] })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('refuses the prediction of another endpoint', async () => {
    const { predictions: [{ id }] } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
    const { release } = await bench.production.createRelease({ endpoint: 'bare', actor: { kind: 'user', name: 'ada' } })
    await expect(ask({ endpoint: 'bare', release: release.number, prediction: id })).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'prediction' }] })
  })
})
