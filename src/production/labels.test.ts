import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HOUR } from '../core/time.ts'
import type { LabelRequest } from './labels.ts'
import { ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'
import { TruthIndex, type Truth } from './truth.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const predict = async (flight: string, eventTime = START): Promise<{ id: string; sequence: number }> => {
  const { predictions, sequence } = await bench.production.predict({ endpoint, rows: [goodRow({ flight, eventTime })], caller: 'ada' })
  return { id: predictions[0].id, sequence }
}
const label = async (request: Omit<LabelRequest, 'endpoint'>) => (await bench.production.label({ endpoint, ...request })).label
const outcomes = (knownBy?: number) => bench.production.outcomes({ endpoint, label: 'late', from: START - HOUR, to: START + 10 * HOUR, knownBy })

it('joins by id, or by the label entity to the latest prediction up to then', async () => {
  const early = await predict('UA1')
  const late = await predict('UA1', START + 2 * HOUR)
  expect(await label({ entity: { flight: 'UA1' }, value: true, knownAt: START + HOUR })).toMatchObject({ label: 'late', prediction: early.id, status: 'joined', duplicate: false })
  expect(await label({ entity: { flight: 'UA1' }, value: false, knownAt: START + 3 * HOUR })).toMatchObject({ prediction: late.id })
  expect(await label({ entity: { flight: 'UA1' }, value: true, knownAt: START - 1 })).toMatchObject({ prediction: null, status: 'unmatched' })
  expect(await label({ entity: { flight: 'XX9' }, value: true })).toMatchObject({ status: 'unmatched', duplicate: false })
  expect(await label({ entity: { flight: 'XX9' }, value: true })).toMatchObject({ status: 'unmatched', duplicate: true })
  await predict('XX9')
  expect(await label({ entity: { flight: 'XX9' }, value: true })).toMatchObject({ status: 'joined', duplicate: false })
  expect(await label({ prediction: late.id, value: 1, knownAt: START + 4 * HOUR })).toMatchObject({ prediction: late.id })
  expect(await bench.production.getTruth(late.sequence)).toMatchObject([{ value: 1, knownAt: START + 4 * HOUR }, { value: 0, knownAt: START + 3 * HOUR }])
  expect((await bench.production.getPrediction(early.id)).truth).toMatchObject([{ name: 'late', value: 1 }])
})

it('the latest known-at wins, whatever came last; a repeat counts once; what was known then can be asked; a restart changes nothing', async () => {
  const { id, sequence } = await predict('UA1')
  await predict('UA2')
  const at = (hours: number): number => START + hours * HOUR
  await label({ prediction: id, value: false, knownAt: at(2) })
  await label({ prediction: id, value: true, knownAt: at(1) })
  const position = bench.journal.position
  const again = await label({ entity: { flight: 'UA1' }, value: true, knownAt: at(1) })
  expect(again).toMatchObject({ duplicate: true, prediction: id })
  expect(bench.journal.position).toBe(position)
  const check = async (): Promise<void> => {
    expect(await outcomes(at(9))).toEqual({ rows: 2, sequence: Float64Array.of(sequence, sequence + 1), eventTime: Float64Array.of(START, START), output: expect.any(Float64Array), label: Float64Array.of(0, Number.NaN), labelKnownAt: Float64Array.of(at(2), Number.NaN), release: Float64Array.of(1, 1), role: Uint8Array.of(0, 0), fallback: Uint8Array.of(0, 0) })
    expect((await outcomes(at(1))).label[0]).toBe(1)
    expect((await outcomes()).label[0]).toBeNaN()
    expect((await bench.production.outcomes({ endpoint, label: 'late', from: START + 1, to: at(9) })).rows).toBe(0)
  }
  await check()
  await bench.restart()
  await check()
  expect(await label({ prediction: id, value: true, knownAt: at(1) })).toMatchObject({ duplicate: true })
  await label({ prediction: id, value: null, knownAt: at(3) })
  expect((await outcomes(at(9))).label[0]).toBeNaN()
})

it('refuses what it cannot mean, by path', async () => {
  const { id } = await predict('UA1')
  const table: [Record<string, unknown>, string, string | RegExp][] = [
    [{ prediction: id }, 'wrong_type', 'value'],
    [{ prediction: id, value: 'yes' }, 'wrong_type', 'value'],
    [{ prediction: id, value: Number.NaN }, 'wrong_type', 'value'],
    [{ prediction: id, value: true, knownAt: 'later' }, 'wrong_type', 'knownAt'],
    [{ prediction: id, value: true, label: 'lates' }, 'unknown_feature', 'label'],
    [{ value: true }, 'invalid_request', 'prediction'],
    [{ prediction: id, entity: { flight: 'UA1' }, value: true }, 'invalid_request', 'prediction'],
    [{ prediction: 'pred_x', value: true }, 'unknown_prediction', 'prediction'],
    [{ prediction: 7, value: true }, 'unknown_prediction', 'prediction'],
    [{ entity: { flght: 'UA1' }, value: true }, 'unknown_feature', 'entity.flght'],
    [{ entity: {}, value: true }, 'missing_entity', 'entity.flight'],
    [{ entity: { flight: 5 }, value: true }, 'wrong_type', 'entity.flight'],
    [{ entity: ['UA1'], value: true }, 'wrong_type', 'entity'],
  ]
  const position = bench.journal.position
  for (const [request, code, path] of table) await expect(label(request as never), JSON.stringify(request)).rejects.toMatchObject({ code, faults: [{ path }] })
  await expect(bench.production.label({ endpoint: 'nowhere', value: true })).rejects.toMatchObject({ code: 'unknown_endpoint' })
  await expect(bench.production.label({ endpoint: 'bare', entity: { flight: 'UA1' }, value: true })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(bench.production.label({ endpoint: 'bare', prediction: id, value: true })).rejects.toMatchObject({ code: 'unknown_prediction' })
  expect(bench.journal.position).toBe(position)
})

it('labels in any order, any of them again, converge to one truth at every time', () => {
  const truth = fc.record({ value: fc.constantFrom(0, 1, 0.5, null), knownAt: fc.integer({ min: 0, max: 4 }), prediction: fc.integer({ min: 1, max: 2 }) })
  fc.assert(fc.property(fc.array(truth, { maxLength: 12 }).chain(labels => fc.tuple(fc.constant(labels), fc.shuffledSubarray([...labels, ...labels], { minLength: labels.length * 2, maxLength: labels.length * 2 }))), ([labels, shuffled]) => {
    const fill = (list: typeof labels): TruthIndex => {
      const index = new TruthIndex()
      list.forEach(({ prediction, ...t }, i) => { index.add(prediction, { name: 'late', sequence: i, ...t }) })
      return index
    }
    const seen = (t: Truth | null): unknown => t && { value: t.value, knownAt: t.knownAt }
    const [a, b] = [fill(labels), fill(shuffled)]
    for (const prediction of [1, 2]) {
      expect(a.history(prediction).map(seen)).toEqual(b.history(prediction).map(seen))
      for (let knownBy = -1; knownBy <= 5; knownBy++) {
        expect(seen(a.current(prediction, 'late', knownBy))).toEqual(seen(b.current(prediction, 'late', knownBy)))
        const known = labels.filter(l => l.prediction === prediction && l.knownAt <= knownBy)
        const last = Math.max(...known.map(l => l.knownAt))
        const expected = known.filter(l => l.knownAt === last).map(l => l.value ?? -1)
        expect(a.current(prediction, 'late', knownBy)?.value ?? (expected.length === 0 ? undefined : -1)).toBe(expected.length === 0 ? undefined : Math.max(...expected))
      }
    }
  }))
})
