import { afterEach, beforeEach, expect, it } from 'vitest'
import { FALLBACKS, ROLES } from '../core/ports/predictions.ts'
import { HOUR } from '../core/time.ts'
import { tableRows } from '../core/table.ts'
import { ADA, ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => { bench = await openBench() })
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const predict = async (flight: string, hours: number) => (await bench.production.predict({ endpoint, rows: [goodRow({ flight, eventTime: START + hours * HOUR, distance: 100 * hours })], caller: 'ada' })).predictions[0]

it('outcomes say which release answered, in which role, also after a restart', async () => {
  await bench.addVersion(0)
  await bench.ship()
  await predict('A', 1)
  await bench.addVersion(0.4)
  await bench.ship()
  await predict('B', 2)
  for (let i = 0; i < 2; i++) {
    const found = await bench.production.outcomes({ endpoint, label: 'late', from: START, to: START + 9 * HOUR })
    expect([...found.release]).toEqual([1, 2])
    expect([...found.role].map(r => ROLES[r])).toEqual(['champion', 'champion'])
    expect([...found.fallback].map(f => FALLBACKS[f])).toEqual(['', ''])
    await bench.restart()
  }
})

it('features are what the model of that content read, in the range of event times', async () => {
  const { contentDigest } = await bench.addVersion(0)
  await bench.ship()
  for (const hours of [1, 5, 2, 3]) await predict(`A${hours}`, hours)
  await bench.addVersion(0.4)
  await bench.ship()
  await predict('B', 2)
  await bench.journal.waitDurable()
  const read = bench.journal.read.bind(bench.journal)
  const asked: unknown[] = []
  bench.journal.read = options => { asked.push([options?.from, options?.to]); return read(options) }
  const found = await bench.production.features({ endpoint, contentDigest, from: START + 2 * HOUR, to: START + 4 * HOUR })
  expect(found.schema.map(c => c.name)).toEqual(['eventTime', 'carrier', 'distance', 'delays.count', 'delays.mean', 'hour'])
  expect(tableRows(found)).toEqual([2, 3].map(h => ({ eventTime: START + h * HOUR, carrier: 'UA', distance: 100 * h, 'delays.count': 0, 'delays.mean': null, hour: 1 })).map(r => ({ ...r, hour: expect.any(Number) })))
  // Of five predictions, only those of that content and range are read.
  expect(asked).toEqual([[3, 4]])
  expect(await bench.production.features({ endpoint, contentDigest, from: START + 20 * HOUR, to: START + 30 * HOUR })).toMatchObject({ rows: 0 })
})

it('served gives stretches by the time of the home', async () => {
  expect(await bench.production.served(endpoint)).toEqual([])
  const first = await bench.addVersion(0)
  await bench.ship()
  bench.clock.freeze(START + HOUR)
  await bench.addVersion(0.4)
  await bench.ship()
  bench.clock.freeze(START + 2 * HOUR)
  await bench.production.deploy({ endpoint, release: 2, actor: ADA })
  bench.clock.freeze(START + 3 * HOUR)
  await bench.production.rollback({ endpoint, actor: ADA })
  const common = { role: 'champion', share: 1, model: 'late' }
  expect(await bench.production.served(endpoint)).toMatchObject([
    { ...common, number: 1, modelVersion: 1, contentDigest: first.contentDigest, trainingSet: 'f'.repeat(64), since: START, until: START + HOUR, revision: 1, action: 'deploy' },
    { ...common, number: 2, since: START + HOUR, until: START + 3 * HOUR, revision: 2 },
    { ...common, number: 1, since: START + 3 * HOUR, until: null, revision: 4, action: 'rollback' },
  ])
})

it('reads predictions of the first format, which had no fault and a flag for the fallback', async () => {
  const { contentDigest } = await bench.addVersion(0)
  await bench.ship()
  const { id } = await predict('A', 1)
  const [frame] = bench.kept.frames.filter(f => f.stream.name.startsWith('prediction/'))
  const k = frame.stream.columns.findIndex(c => c.name === 'fallback')
  const old = <T>(list: readonly T[], flag: T): T[] => [...list.slice(0, k), flag, ...list.slice(k + 2)]
  const schema = old(frame.stream.columns, { name: 'fallback', type: 'boolean' as const })
  Object.assign(frame, { stream: { name: frame.stream.name.replace('.2', ''), columns: schema }, table: { ...frame.table, schema, columns: old(frame.table.columns, { type: 'boolean' as const, values: new Uint8Array(1) }) } })
  await bench.restart()
  expect(await bench.production.getPrediction(id)).toMatchObject({ fallback: '', fault: null, labelKey: 'A', contentPrefix: contentDigest.slice(0, 12) })
  expect(await bench.production.replay(id)).toMatchObject({ equal: true })
  expect((await bench.production.features({ endpoint, contentDigest, from: START, to: START + 2 * HOUR })).rows).toBe(1)
  expect([...(await bench.production.outcomes({ endpoint, label: 'late', from: START, to: START + 2 * HOUR })).fallback]).toEqual([0])
})
