import { afterEach, beforeEach, expect, it } from 'vitest'
import { HOUR } from '../core/time.ts'
import { ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())

const endpoint = ENDPOINT.name
const predict = async (change: Parameters<typeof goodRow>[0], caller = 'ada') => (await bench.production.predict({ endpoint, rows: [goodRow(change)], caller })).predictions[0]

it('a repeat gets the stored answer, also after a restart and under another release', async () => {
  const first = await predict({ idempotencyKey: 'k1' })
  const position = bench.journal.position
  expect(await predict({ idempotencyKey: 'k1' })).toEqual(first)
  await bench.restart()
  expect(await predict({ idempotencyKey: 'k1' })).toEqual(first)
  await bench.addVersion(1)
  await bench.ship()
  expect(await predict({ idempotencyKey: 'k1' })).toEqual(first)
  expect(bench.journal.position).toBe(position)
})

it('another body under the same key is a conflict; another caller or endpoint has keys of its own', async () => {
  const first = await predict({ idempotencyKey: 'k1' })
  await expect(predict({ idempotencyKey: 'k1', distance: 1 })).rejects.toMatchObject({ code: 'idempotency_conflict', status: 409 })
  await bench.restart()
  await expect(predict({ idempotencyKey: 'k1', distance: 1 })).rejects.toMatchObject({ code: 'idempotency_conflict' })
  expect((await predict({ idempotencyKey: 'k1', distance: 1 }, 'ben')).id).not.toBe(first.id)
})

it('a key is kept 24 hours by the clock of the home', async () => {
  const first = await predict({ idempotencyKey: 'k1' })
  bench.clock.freeze(START + 24 * HOUR)
  expect((await predict({ idempotencyKey: 'k1' })).id).toBe(first.id)
  bench.clock.freeze(START + 24 * HOUR + 1)
  const second = await predict({ idempotencyKey: 'k1' })
  expect(second.id).not.toBe(first.id)
  expect((await predict({ idempotencyKey: 'k1' })).id).toBe(second.id)
})

it('requests at the same moment, and rows of one batch, with one key are one prediction', async () => {
  const before = bench.journal.position
  const answers = await Promise.all(Array.from({ length: 20 }, () => predict({ idempotencyKey: 'k1' })))
  expect(new Set(answers.map(a => a.id)).size).toBe(1)
  const { predictions } = await bench.production.predict({ endpoint, caller: 'ada', rows: [goodRow({ idempotencyKey: 'k2' }), goodRow({ idempotencyKey: 'k1' }), goodRow({ idempotencyKey: 'k2' })] })
  expect(predictions[0]).toEqual(predictions[2])
  expect(predictions[1]).toEqual(answers[0])
  expect(bench.journal.position).toBe(before + 2)
})

it('a key whose request failed is free again', async () => {
  const old = { idempotencyKey: 'k1', eventTime: START - 48 * HOUR }
  await expect(Promise.all([predict(old), predict(old)])).rejects.toMatchObject({ code: 'event_time_out_of_range' })
  expect(await predict({ idempotencyKey: 'k1' })).toMatchObject({ eventTime: START })
})
