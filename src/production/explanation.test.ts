import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Json } from '../core/canonical.ts'
import { digestOf } from '../core/digest.ts'
import { getValue, setValue } from '../core/table.ts'
import type { Value } from '../core/schema.ts'
import { ENDPOINT, goodRow, openBench, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.addVersion(0)
  await bench.ship()
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name

/** A prediction that is durable. */
async function predicted(): Promise<{ id: string; output: number; sequence: number }> {
  const { predictions: [{ id, output }], sequence } = await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })
  await bench.journal.waitDurable()
  return { id, output, sequence }
}

async function tamper(sequence: number, name: string, value: (was: Value) => Value): Promise<void> {
  for await (const { first, table } of bench.journal.read({ streams: ['prediction/'] })) {
    const column = table.columns[table.schema.findIndex(c => c.name === name)]
    setValue(column, sequence - first, value(getValue(column, sequence - first)))
  }
}

it('explains a prediction by the release that answered, also when another one does now', async () => {
  const { id, output } = await predicted()
  await bench.addVersion(0.7)
  await bench.ship()
  await bench.restart()
  const explained = await bench.production.explain(id)
  expect(explained).toMatchObject({ id, endpoint, release: `${endpoint}@000001`, output, threshold: 0.5, decision: output > 0.5, base: 0, link: 'logit', additive: true, method: 'linear' })
  expect(explained.contributions.map(c => [c.feature, c.value])).toEqual([['carrier', 'UA'], ['distance', 1400], ['delays.count', 0], ['delays.mean', null], ['hour', 1]])
  expect(explained.contributions[0].contribution).toBe(-0.3)
  expect(explained.contributions[1].contribution).toBeCloseTo(0.4, 12)
  expect(explained.contributions.reduce((sum, c) => sum + c.contribution, explained.base)).toBeCloseTo(explained.raw, 12)
  expect(1 / (1 + Math.exp(-explained.raw))).toBeCloseTo(output, 14)
})

it('has nothing to say of an answer that no model computed; the release before is explained as what it is', async () => {
  await bench.addVersion(0.7, version => {
    version.content = { ...version.content, fallback: { previousRelease: true, rules: [{ request: 'distance', above: 2_000, output: 0.9 }], output: 0.2 } }
    const contentDigest = digestOf(version.content as unknown as Json)
    Object.assign(version, { contentDigest, gate: { ...version.gate, contentDigest }, approval: { ...version.approval, contentDigest } })
  })
  await bench.ship()
  const read = bench.features.read.bind(bench.features)
  let failures = 0
  bench.features.read = async (...args) => { if (failures-- > 0) throw new Error('the state is gone'); return read(...args) }
  const ask = async (fails: number, distance: number): Promise<string> => {
    failures = fails
    return (await bench.production.predict({ endpoint, rows: [goodRow({ distance })], caller: 'ada' })).predictions[0].id
  }
  const [previous, rule, constant] = [await ask(1, 900), await ask(2, 2_500), await ask(2, 900)]
  await bench.journal.waitDurable()
  expect(await bench.production.explain(previous)).toMatchObject({ release: `${endpoint}@000001`, base: 0, output: (await bench.production.getPrediction(previous)).output })
  const remedy = expect.stringContaining('what-if') as string
  await expect(bench.production.explain(rule)).rejects.toMatchObject({ code: 'not_found', message: expect.stringMatching(/rule of its fallback.*nothing to explain.*the state is gone/) as string, remedy })
  await expect(bench.production.explain(constant)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('constant') as string, remedy })
  expect(await bench.production.whatIf({ endpoint, prediction: rule })).toMatchObject({ before: { output: 0.9 }, features: { carrier: 'UA', distance: 2_500, 'delays.mean': null }, changed: [] })
})

it('explains no other output than the one that was given', async () => {
  const { id, sequence } = await predicted()
  await tamper(sequence, 'output', v => (v as number) + Number.EPSILON)
  await expect(bench.production.explain(id)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(id) as string })
  await expect(bench.production.explain('pred_x')).rejects.toMatchObject({ code: 'unknown_prediction' })
})
