import { afterEach, beforeEach, expect, it } from 'vitest'
import { getValue, setValue } from '../core/table.ts'
import { ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const rows = Array.from({ length: 60 }, (_, i) => goodRow({ flight: `F${i}`, distance: 17.3 * i }))

it('replays every prediction to the bit, of every release, also after a restart', async () => {
  await bench.production.predict({ endpoint, rows, caller: 'ada' })
  await bench.addVersion(0.7)
  await bench.ship()
  const { predictions } = await bench.production.predict({ endpoint, rows, caller: 'ada' })
  await bench.restart()
  const first = await bench.production.replay(predictions[3].id)
  expect(first).toMatchObject({ id: predictions[3].id, equal: true, output: predictions[3].output, replayed: predictions[3].output, differences: [], release: 'flight-delay@000002' })
  expect(await bench.production.replayMany({ count: 1_000, seed: 3 })).toEqual({ count: 120, equal: 120, seed: 3, differing: [] })
  expect(await bench.production.replayMany({ count: 10, seed: 3, endpoint: 'bare' })).toMatchObject({ count: 0 })
  expect(await bench.production.replayMany({ count: 10, seed: 3 })).toMatchObject({ count: 10, equal: 10 })
})

it('finds a logged value of which one bit is another', async () => {
  const { predictions, sequence } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
  await bench.journal.waitDurable()
  const tamper = async (name: string, change: (v: number) => number): Promise<void> => {
    for await (const { first, table } of bench.journal.read({ streams: ['prediction/'] })) {
      const column = table.columns[table.schema.findIndex(c => c.name === name)]
      setValue(column, sequence - first, change(getValue(column, sequence - first) as number))
    }
  }
  await tamper('output', v => v + Number.EPSILON / 2)
  expect(await bench.production.replay(predictions[0].id)).toMatchObject({ equal: false, differences: [{ what: 'output' }] })
  await tamper('output', v => v - Number.EPSILON / 2)
  await tamper('f.hour', v => v + 1)
  expect((await bench.production.replay(predictions[0].id)).differences).toMatchObject([{ what: 'feature hour', logged: 2, replayed: 1 }])
  await tamper('f.hour', v => v - 1)
  await tamper('request.distance', v => v + 1)
  const { equal, differences } = await bench.production.replay(predictions[0].id)
  expect(equal).toBe(false)
  expect(differences.map(d => d.what)).toEqual(['feature distance', 'output'])
})

it('traces the chain, and says what is missing', async () => {
  const { predictions, sequence } = await bench.production.predict({ endpoint, rows: [goodRow({ flight: 'UA7' })], caller: 'ada' })
  const { id } = predictions[0]
  const before = await bench.production.trace(id)
  expect(before.steps.map(s => s.step)).toEqual(['prediction', 'features', 'content', 'release', 'gate', 'approval', 'model version', 'run', 'training set', 'dataset version', 'deployment', 'outcome'])
  // The registry of this test is made up: what it claims is not in the metadata, and the trace does not hide it.
  expect(before.missing).toEqual(expect.arrayContaining([expect.stringMatching(/^gate: gate\/gate_1 is not registered/), expect.stringMatching(/^outcome: .*not known yet/), expect.stringMatching(/^prediction: .*not yet provable/)]))
  for (const step of ['release', 'content', 'deployment']) expect(before.steps.find(s => s.step === step)).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{64}$/), ledger: expect.any(Number) })
  expect(before.features).toMatchObject([
    { name: 'carrier', from: 'request' }, { name: 'distance', from: 'request' },
    { name: 'delays.count', from: 'view', view: 'delays', source: 'departures', entity: 'origin', key: 'EWR', rule: 'count over 1h', after: START - 3_600_000_000, until: START, asOf: sequence - 1 },
    { name: 'delays.mean', column: 'delay' }, { name: 'hour', from: 'on-demand', export: 'hour', inputs: ['scheduled'] },
  ])
  await bench.metadata.change({ actor: { kind: 'user', name: 'ada' }, action: 'gate.passed', subject: 'gate/gate_1' }, tx => tx.put('gate', 'gate_1', { passed: true }))
  await bench.production.label({ endpoint, entity: { flight: 'UA7' }, value: true })
  const after = await bench.production.trace(id)
  expect(after.steps.find(s => s.step === 'gate')).toMatchObject({ digest: expect.any(String), ledger: expect.any(Number) })
  expect(after.steps.find(s => s.step === 'outcome')).toMatchObject({ details: { name: 'late', value: 1 } })
  await expect(bench.production.trace('pred_nothing')).rejects.toMatchObject({ code: 'unknown_prediction' })
})
