import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HOUR } from '../core/time.ts'
import type { StreamAck, StreamItem, StreamResult } from './ordered-stream.ts'
import { ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name

async function* from(items: readonly StreamItem[]): AsyncGenerator<StreamItem> { for (const item of items) yield item }
const push = (delay: number, origin = 'EWR'): StreamItem => ({ push: 'departures', events: [{ values: { origin, delay } }] })
const predict = (flight: string, change = {}): StreamItem => ({ predict: endpoint, ...goodRow({ flight }), features: true, ...change })
const truth = (flight: string, value: boolean): StreamItem => ({ label: { endpoint, entity: { flight }, value } })

const run = async (items: AsyncIterable<StreamItem>): Promise<{ acks: StreamAck[]; results: StreamResult[] }> => {
  const acks: StreamAck[] = []
  await bench.production.processStream(items, { caller: 'ada', onAck: ack => {
    expect(bench.journal.durable).toBeGreaterThanOrEqual(ack.sequence)
    acks.push(ack)
  } })
  return { acks, results: acks.flatMap(a => a.results) }
}

it('processes in order: a prediction sees every push before it and none after, a label finds the prediction before it', async () => {
  const { acks, results } = await run(from([push(10), predict('A'), predict('B'), truth('A', true), push(30), predict('C'), truth('Z', true), truth('C', false)]))
  expect(results.map(r => r.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(results.map(r => (r.kind === 'predict' ? r.prediction.features?.['delays.mean'] : r.kind === 'label' ? r.label.status : r.kind))).toEqual(['push', 10, 10, 'joined', 'push', 20, 'unmatched', 'joined'])
  expect(acks.at(-1)).toMatchObject({ upTo: 7, sequence: bench.journal.position })
  // A and B are one frame, C is one of its own.
  expect(bench.features.reads.slice(-2)).toEqual([2, 1])
})

it('reports a failing item under its index and goes on', async () => {
  const { results } = await run(from([
    predict('A'), predict('B', { request: { carrier: 5 } }), predict('C'), { push: 'nowhere', events: [] }, { nothing: 1 } as never, { push: 'departures', predict: endpoint, events: [] } as never, null as never,
    { label: { endpoint, value: true } }, predict('D', { predict: 'nowhere' }), predict('E', { eventTime: START - 48 * HOUR }), predict('F', { typo: 1 }), predict('G'),
  ]))
  expect(results.map(r => r.index)).toEqual(Array.from({ length: 12 }, (_, i) => i))
  expect(results.map(r => (r.kind === 'error' ? r.error.code : r.kind))).toEqual([
    'predict', 'wrong_type', 'predict', 'not_found', 'invalid_request', 'invalid_request', 'invalid_request', 'invalid_request', 'unknown_endpoint', 'event_time_out_of_range', 'unknown_feature', 'predict',
  ])
  expect(results[10]).toMatchObject({ error: { detail: expect.stringContaining('typo') } })
})

it('gives the same answers and the same order as one call after another', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.oneof(
    fc.record({ kind: fc.constant('push' as const), n: fc.integer({ min: -50, max: 50 }) }), fc.record({ kind: fc.constant('predict' as const), n: fc.nat(3) }), fc.record({ kind: fc.constant('label' as const), n: fc.nat(3) }),
  ), { maxLength: 30 }), async steps => {
    const origin = `o${bench.journal.position}`
    const items = (tag: string): StreamItem[] => steps.map(({ kind, n }) => (kind === 'push' ? push(n, origin + tag) : kind === 'predict' ? predict(`${origin}${tag}${n}`, { entities: { origin: origin + tag, seat: 1, flight: `${origin}${tag}${n}` } }) : truth(`${origin}${tag}${n}`, true)))
    const streamed = (await run(from(items('s')))).results
    const single: StreamResult[] = []
    for (const item of items('1')) single.push(...(await run(from([item]))).results)
    const seen = (r: StreamResult): unknown => (r.kind === 'predict' ? [r.prediction.output, r.prediction.features] : r.kind === 'label' ? [r.label.status, r.label.duplicate] : r.kind)
    expect(streamed.map(seen)).toEqual(single.map(seen))
    const sequences = streamed.flatMap(r => (r.kind === 'push' ? [r.first] : r.kind === 'label' && !r.label.duplicate ? [r.label.sequence] : []))
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
  }), { numRuns: 25 })
})

it('takes the time of each item as it is pulled, though the owner sets the clock further', async () => {
  const { results } = await run((async function* () {
    for (let i = 0; i < 5; i++) {
      bench.clock.freeze(START + i)
      yield predict(`T${i}`)
    }
  })())
  expect(results.map(r => r.kind === 'predict' && r.prediction.eventTime)).toEqual([0, 1, 2, 3, 4].map(i => START + i))
  expect(bench.features.reads.at(-1)).toBe(5)
})

it('acknowledges what is done while the input has nothing to give, in order, and never waits for a sync between two items', async () => {
  const acked: number[] = []
  let seenAtPause = -1
  await bench.production.processStream((async function* () {
    yield predict('A')
    yield predict('B')
    await sleep(20)
    seenAtPause = acked.at(-1) ?? -1
    yield predict('C')
  })(), { caller: 'ada', onAck: async ({ upTo }) => { await sleep(1); acked.push(upTo) } })
  expect(seenAtPause).toBe(1)
  expect(acked).toEqual([1, 2])
  const syncs = bench.journal.syncs
  const { acks, results } = await run(from(Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? push(i) : predict(`M${i}`)))))
  expect(results.map(r => r.index)).toEqual(Array.from({ length: 3_000 }, (_, i) => i))
  expect(acks.length).toBeLessThan(10)
  expect(bench.journal.syncs - syncs).toBeLessThan(10)
})

it('ends with the fault of its input, of its receiver, or of what is stored; what was done before is acknowledged', async () => {
  const acked: number[] = []
  await expect(bench.production.processStream((async function* () { yield predict('A'); yield predict('B'); throw new Error('broken pipe') })(), { caller: 'ada', onAck: ({ upTo }) => { acked.push(upTo) } })).rejects.toThrow('broken pipe')
  expect(acked).toEqual([1])
  let closed = false
  await expect(bench.production.processStream((async function* () { try { for (;;) yield predict('A') } finally { closed = true } })(), { caller: 'ada', onAck: () => { throw new Error('gone') } })).rejects.toThrow('gone')
  expect(closed).toBe(true)
})

it('a stream that is sent again after a restart changes nothing: keys and labels are known', async () => {
  const items = [predict('A', { idempotencyKey: 'a' }), predict('B', { idempotencyKey: 'b' }), truth('A', true)]
  const first = (await run(from(items))).results
  await bench.restart()
  const position = bench.journal.position
  const second = (await run(from(items))).results
  expect(second.slice(0, 2)).toEqual(first.slice(0, 2))
  expect(second[2]).toMatchObject({ label: { duplicate: true } })
  expect(bench.journal.position).toBe(position)
  await expect(run(from([predict('X', { idempotencyKey: 'a' }), predict('Y', { idempotencyKey: 'y' })]))).resolves.toMatchObject({ results: [{ kind: 'error', error: { code: 'idempotency_conflict' } }, { kind: 'predict' }] })
})
