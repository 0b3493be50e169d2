import { afterEach, beforeEach, expect, it } from 'vitest'
import { SlipwayError } from '../core/errors.ts'
import { HOUR } from '../core/time.ts'
import type { Journal, LocalJournal } from '../store/index.ts'
import type { StreamItem } from './ordered-stream.ts'
import { ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

// A journal in another process: its answers take their time, and one overtakes the other.
let bench: Bench
let epoch = 1
const far = (journal: LocalJournal): Journal => ({
  append: async (stream, table, expected) => {
    if (expected !== epoch) throw new SlipwayError('unreachable', 'another epoch')
    const appended = journal.append(stream, table)
    await new Promise(resolve => { setTimeout(resolve, (appended.first % 3) * 4) })
    return appended
  },
  get epoch() { return epoch },
  get position() { return journal.position },
  get durable() { return journal.durable },
  waitDurable: sequence => journal.waitDurable(sequence),
  read: options => journal.read(options),
  get: sequence => journal.get(sequence),
  close: () => journal.close(),
})

beforeEach(async () => {
  epoch = 1
  bench = await openBench({ wrap: far })
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())

const endpoint = ENDPOINT.name
const predict = async (flight: string, idempotencyKey?: string) => (await bench.production.predict({ endpoint, rows: [goodRow({ flight, idempotencyKey })], caller: 'ada' })).predictions[0]

it('predictions at the same moment are found by their sequence, and by their key only once', async () => {
  const made = await Promise.all(Array.from({ length: 30 }, (_, i) => predict(`UA${i}`)))
  expect(new Set(made.map(p => p.id)).size).toBe(30)
  for (const [i, { id }] of made.entries()) {
    expect((await bench.production.label({ endpoint, prediction: id, value: true })).label).toMatchObject({ status: 'joined' })
    expect(await bench.production.getPrediction(id)).toMatchObject({ labelKey: `UA${i}`, truth: [{ value: 1 }] })
  }
  const before = bench.journal.position
  const same = await Promise.all(Array.from({ length: 20 }, () => predict('UA1', 'k1')))
  expect(new Set(same.map(p => p.id)).size).toBe(1)
  expect(bench.journal.position).toBe(before + 1)
})

it('a label that comes twice at the same moment counts once', async () => {
  const { id } = await predict('UA1')
  const before = bench.journal.position
  const labels = await Promise.all(Array.from({ length: 10 }, () => bench.production.label({ endpoint, prediction: id, value: true, knownAt: START + HOUR })))
  expect(labels.filter(l => !l.label.duplicate)).toHaveLength(1)
  expect(new Set(labels.map(l => l.sequence)).size).toBe(1)
  expect(bench.journal.position).toBe(before + 1)
})

it('nothing follows in a stream on a journal that was opened anew', async () => {
  const acknowledged: number[] = []
  async function* items(): AsyncGenerator<StreamItem> {
    yield { predict: endpoint, ...goodRow({ flight: 'UA1' }) }
    await new Promise(resolve => { setTimeout(resolve, 50) })
    epoch = 2
    yield { predict: endpoint, ...goodRow({ flight: 'UA2' }) }
    yield { label: { endpoint, entity: { flight: 'UA1' }, value: true } }
  }
  const before = bench.journal.position
  await expect(bench.production.processStream(items(), { caller: 'ada', onAck: ({ upTo }) => { acknowledged.push(upTo) } })).rejects.toMatchObject({ code: 'unreachable' })
  expect(bench.journal.position).toBe(before + 1)
})
