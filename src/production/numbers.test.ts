import { expect, it } from 'vitest'
import { seededRandom } from '../core/seeded-random.ts'
import { encodeLinear } from '../models/index.ts'
import { withFiles } from './file-serving.fixture.ts'
import { ADA } from './production.fixture.ts'
import type { Production } from './production.ts'

const NAMES = ['a', 'b', 'c']
const MODEL = new TextDecoder().decode(encodeLinear({
  intercept: 0.25, inputs: NAMES.map(name => ({ name, type: 'float64' as const })),
  terms: [{ mean: 0.1, scale: 2, weight: 1.5, missing: 0.3 }, { mean: 0, scale: 1, weight: -0.7, missing: 0 }, { mean: -1, scale: 3, weight: 0.2, missing: 9 }],
}))

async function numbers(production: Production, columns: Record<string, number[]>, rows = Object.values(columns)[0].length): Promise<Awaited<ReturnType<Production['predictNumbers']>>> {
  return production.predictNumbers({ endpoint: 'plain', caller: 'ada', rows, columns: new Map(Object.entries(columns).map(([name, list]) => [name, Float64Array.from(list)])) })
}

it('a batch of numbers is answered, journaled and replayed as its rows are one by one', async () => {
  await withFiles(async ({ bench, open, writeText }) => {
    const production = await open()
    await production.serveFiles([{ name: 'plain', path: writeText('plain.json', MODEL) }], ADA)
    await production.loadModel({ endpoint: 'plain', actor: ADA })
    const random = seededRandom(11)
    const columns = Object.fromEntries(NAMES.map(name => [name, Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? Number.NaN : i === 5 ? -0 : random() * 8 - 4))]))
    const batch = await numbers(production, columns)
    const { predictions, waitDurable } = await production.predict({ endpoint: 'plain', caller: 'ada', rows: Array.from({ length: 40 }, (_, i) => ({ request: Object.fromEntries(NAMES.map(n => [n, Number.isNaN(columns[n][i]) ? null : columns[n][i]])) })) })
    await waitDurable()
    await batch?.waitDurable()
    expect(Array.from(batch?.outputs ?? [])).toEqual(predictions.map(p => p.output))
    expect([batch?.release, batch?.role, batch?.threshold]).toEqual([predictions[0].release, predictions[0].role, null])
    for (const i of [0, 3, 5, 39]) {
      const [one, other] = [await production.getPrediction(batch?.ids[i] ?? ''), await production.getPrediction(predictions[i].id)]
      const apart = { id: '', sequence: 0, recordedAt: 0, latency: 0, asOf: 0 }
      expect({ ...one, ...apart }).toEqual({ ...other, ...apart })
      expect((await production.replay(batch?.ids[i] ?? '')).equal).toBe(true)
      expect(await production.explain(batch?.ids[i] ?? '')).toMatchObject({ output: predictions[i].output })
    }
    expect((await production.counts('plain')).predictions).toBe(80)
    expect(batch?.sequence).toBe(bench.journal.position - 40)
  })
})

it('leaves to the rows what only they can answer or name', async () => {
  await withFiles(async ({ open, write, writeText }) => {
    const production = await open()
    await production.serveFiles([{ name: 'plain', path: writeText('plain.json', MODEL) }, { name: 'shops', path: write('shops.json', 1) }], ADA)
    await production.loadModel({ endpoint: 'plain', actor: ADA })
    const good = { a: [1, 2], b: [1, 2], c: [1, 2] }
    expect(await numbers(production, good)).not.toBeNull()
    expect(await numbers(production, { a: [1, 2] })).not.toBeNull()
    const before = (await production.counts('plain')).predictions
    expect(await numbers(production, { ...good, d: [1, 2] })).toBeNull()
    expect(await numbers(production, { ...good, b: [1, Infinity] })).toBeNull()
    expect(await numbers(production, { ...good, b: [1] })).toBeNull()
    expect(await numbers(production, good, 0)).toBeNull()
    expect(await production.predictNumbers({ endpoint: 'shops', caller: 'ada', rows: 1, columns: new Map([['size', Float64Array.of(1)]]) })).toBeNull()
    await production.unloadModel({ endpoint: 'plain', actor: ADA })
    expect(await numbers(production, good)).toBeNull()
    expect((await production.counts('plain')).predictions).toBe(before)
  })
})
