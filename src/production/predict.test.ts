import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR } from '../core/time.ts'
import { ADA, ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterAll(() => bench.close())

const endpoint = ENDPOINT.name
const predict = (row: unknown, caller = 'ada') => bench.production.predict({ endpoint, rows: [row as never], caller })

describe('a refused request', () => {
  const { entities, request } = goodRow()
  const table: [what: string, row: unknown, code: string, path: string, says: RegExp][] = [
    ['no object', 5, 'invalid_request', '', /object/],
    ['an array', [], 'invalid_request', '', /object/],
    ['nothing', {}, 'missing_entity', 'entities.origin', /origin, seat/],
    ['no entity', { entities: { seat: 1 }, request }, 'missing_entity', 'entities.origin', /missing/],
    ['an entity of the wrong type', { entities: { ...entities, seat: 'twelve' }, request }, 'wrong_type', 'entities.seat', /whole number/],
    ['half a seat', { entities: { ...entities, seat: 1.5 }, request }, 'wrong_type', 'entities.seat', /whole number/],
    ['a label entity of the wrong type', { entities: { ...entities, flight: 7 }, request }, 'wrong_type', 'entities.flight', /text/],
    ['an unknown entity', { entities: { ...entities, orign: 'EWR' }, request }, 'unknown_feature', 'entities.orign', /Did you mean "origin"/],
    ['entities that are a list', { entities: [], request }, 'wrong_type', 'entities', /object/],
    ['no request feature', { entities, request: { carrier: 'UA', scheduled: START } }, 'missing_request_field', 'request.distance', /float64/],
    ['null for a needed one', { entities, request: { ...request, distance: null } }, 'wrong_type', 'request.distance', /null/],
    ['text for a number', { entities, request: { ...request, distance: '1400' } }, 'wrong_type', 'request.distance', /finite number/],
    ['a number for text', { entities, request: { ...request, carrier: 9 } }, 'wrong_type', 'request.carrier', /text/],
    ['NaN', { entities, request: { ...request, distance: Number.NaN } }, 'wrong_type', 'request.distance', /finite/],
    ['a lone surrogate', { entities, request: { ...request, carrier: '\ud800' } }, 'wrong_type', 'request.carrier', /text/],
    ['nesting', { entities, request: { ...request, carrier: { a: [] } } }, 'wrong_type', 'request.carrier', /object/],
    ['an unknown feature', { entities, request: { ...request, distanse: 1 } }, 'unknown_feature', 'request.distanse', /Did you mean "distance"/],
    ['an unknown field', { entities, request, eventime: 1 }, 'unknown_feature', 'eventime', /Did you mean "eventTime"/],
    ['__proto__', JSON.parse('{"entities":{},"request":{},"__proto__":{"a":1}}'), 'unknown_feature', '__proto__', /not known/],
    ['no time', { entities, request, eventTime: 'yesterday' }, 'wrong_type', 'eventTime', /time/],
    ['a time beyond all', { entities, request, eventTime: 9_007_199_254_740_991 }, 'wrong_type', 'eventTime', /between/],
    ['a time too old for the features', { entities, request, eventTime: START - 48 * HOUR }, 'event_time_out_of_range', '', /old/],
    ['a key that is no text', { entities, request, idempotencyKey: 5 }, 'wrong_type', 'idempotencyKey', /text/],
    ['an empty key', { entities, request, idempotencyKey: '' }, 'wrong_type', 'idempotencyKey', /text/],
  ]
  it.each(table)('%s', async (_what, row, code, path, says) => {
    const before = bench.journal.position
    const error = await predict(row).then(() => null, (e: unknown) => e) as { code: string; status: number; message: string; faults: { path: string }[] }
    expect(error).toMatchObject({ code })
    expect(error.status).toBeLessThan(500)
    expect(error.message).toMatch(says)
    if (path !== '') expect(error.faults.map(f => f.path)).toContain(path)
    expect(bench.journal.position).toBe(before)
  })

  it('names the row of a batch, and every fault, and journals none of the others', async () => {
    const before = bench.journal.position
    const refused = bench.production.predict({ endpoint, caller: 'ada', rows: [goodRow(), { entities: { seat: 'x' }, request: {} }] })
    await expect(refused).rejects.toMatchObject({ faults: [{ path: 'rows[1].entities.origin' }, { path: 'rows[1].entities.seat' }, { path: 'rows[1].request.carrier' }, { path: 'rows[1].request.distance' }, { path: 'rows[1].request.scheduled' }] })
    expect(bench.journal.position).toBe(before)
  })

  it('has an endpoint that there is, with a release', async () => {
    await expect(bench.production.predict({ endpoint: 'flight-dela', rows: [goodRow()], caller: 'ada' })).rejects.toMatchObject({ code: 'unknown_endpoint', message: expect.stringContaining('Did you mean "flight-delay"') })
    await expect(bench.production.predict({ endpoint: 'bare', rows: [goodRow()], caller: 'ada' })).rejects.toMatchObject({ code: 'not_deployable' })
    await expect(bench.production.predict({ endpoint, rows: [], caller: 'ada' })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('an answer', () => {
  it('is journaled with everything that it was computed from', async () => {
    bench.clock.freeze(START)
    await bench.production.processStream((async function* () { yield { push: 'departures', events: [{ values: { origin: 'JFK', delay: 20 } }] } })(), { caller: 'ada', onAck: () => {} })
    const { predictions: [answer], sequence, waitDurable } = await bench.production.predict({ endpoint, rows: [goodRow({ origin: 'JFK', flight: 'UA9' })], caller: 'token:ben', features: true })
    await waitDurable()
    expect(bench.journal.durable).toBeGreaterThanOrEqual(sequence)
    expect(answer).toMatchObject({ decision: answer.output > 0.5, release: 'flight-delay@000001', eventTime: START, features: { carrier: 'UA', distance: 1400, 'delays.count': 1, 'delays.mean': 20, hour: 1 } })
    expect(answer.id).toMatch(/^pred_[0-9a-z]{14}$/)
    expect(await bench.production.getPrediction(answer.id)).toMatchObject({
      id: answer.id, sequence, endpoint, release: 1, role: 'champion', caller: 'token:ben', eventTime: START, acceptedAt: START, asOf: sequence - 1, output: answer.output, decision: answer.decision,
      fallback: '', fault: null, idempotencyKey: null, labelKey: 'UA9', entities: { origin: 'JFK', seat: 12 }, request: { carrier: 'UA', distance: 1400, scheduled: START + HOUR, note: null }, features: answer.features, truth: [],
    })
  })

  it('takes a missing entity key as missing, and needs no label entity', async () => {
    const { predictions } = await predict({ entities: { origin: null, seat: null }, request: goodRow().request })
    expect(await bench.production.getPrediction(predictions[0].id)).toMatchObject({ entities: { origin: null, seat: null }, labelKey: null, features: { 'delays.count': 0, 'delays.mean': null } })
  })

  it('to a batch is one frame and one read', async () => {
    const before = { reads: bench.features.reads.length, position: bench.journal.position }
    const rows = Array.from({ length: 50 }, (_, i) => goodRow({ flight: `B${i}`, distance: i }))
    const { predictions, sequence } = await bench.production.predict({ endpoint, rows, caller: 'ada' })
    expect(bench.features.reads.slice(before.reads)).toEqual([50])
    expect(sequence).toBe(before.position + 50)
    expect(new Set(predictions.map(p => p.id)).size).toBe(50)
    expect((await bench.production.getPrediction(predictions[7].id)).request.distance).toBe(7)
    const single = await predict(rows[7])
    expect(Object.is(single.predictions[0].output, predictions[7].output)).toBe(true)
  })

  it('has an id that no other home accepts', async () => {
    const { predictions: [{ id }] } = await predict(goodRow())
    for (const bad of [id.slice(0, -1), `${id.slice(0, -4)}${id.endsWith('0') ? '1111' : '0000'}`, id.replace('pred', 'gate'), 'pred_', 'pred_zzzzzzzzzz' + id.slice(-4), `pred_0000000000${id.slice(-4)}`, '\ud800']) {
      await expect(bench.production.getPrediction(bad)).rejects.toMatchObject({ code: 'unknown_prediction' })
    }
  })

  it('is listed newest first, filtered and paged', async () => {
    await bench.journal.waitDurable()
    const newest = await bench.production.listPredictions({ endpoint, limit: 3 })
    expect(newest.map(p => p.sequence)).toEqual(newest.map(p => p.sequence).sort((a, b) => b - a))
    const next = await bench.production.listPredictions({ endpoint, limit: 3, before: newest[2].sequence })
    expect(next[0].sequence).toBeLessThan(newest[2].sequence)
    expect(await bench.production.listPredictions({ entity: { origin: 'JFK' } })).toMatchObject([{ labelKey: 'UA9' }])
    expect(await bench.production.listPredictions({ labelKey: 'UA9', from: START, to: START + 1 })).toHaveLength(1)
    expect(await bench.production.listPredictions({ endpoint: 'bare' })).toEqual([])
    await expect(bench.production.listPredictions({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('is described: what an endpoint takes and gives', async () => {
    expect(await bench.production.describeEndpoint(endpoint)).toMatchObject({ endpoint, labelEntity: { name: 'flight' }, threshold: 0.5, release: { id: 'flight-delay@000001' }, outputs: [{ name: 'carrier' }, {}, {}, {}, {}] })
    expect(await bench.production.champion('late')).toMatchObject({ name: 'late@1' })
    expect(await bench.production.champion('other')).toBeNull()
    await expect(bench.production.deploy({ endpoint, release: 9, actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
  })
})
