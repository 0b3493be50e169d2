import { describe, expect, it } from 'vitest'
import { takeRows } from './take-rows.ts'
import { selectFeatures, type SelectionJob, type SelectionOutcome } from './select-features.ts'
import { selectInWorker } from './select-in-worker.ts'
import { makeJob } from './synthetic.fixture.ts'

const select = (job: SelectionJob): Promise<SelectionOutcome> => selectFeatures(job, () => {})
const verdicts = (job: SelectionJob, { selected }: SelectionOutcome): Record<string, string> => Object.fromEntries(selected.map((s, i) => [job.table.schema[job.existing + i].name, s.verdict]))

describe('which candidates survive', () => {
  it('are those that matter, once each: no twin, nothing that has turned, no noise', async () => {
    const job = makeJob()
    const outcome = await select(job)
    const { 'good.first': first, 'good.twin': twin, 'good.second': second, 'bad.turned': turned, ...noise } = verdicts(job, outcome)
    expect([first, twin].sort()).toEqual(['redundant', 'survived'])
    expect(second).toBe('survived')
    expect(turned).not.toBe('survived')
    expect(Object.values(noise).filter(v => v === 'survived')).toEqual([])
    const survivors = outcome.selected.filter(s => s.verdict === 'survived')
    for (const s of survivors) {
      expect(s.beside?.value).toBeGreaterThan(0.02)
      expect(s.qValue).toBeLessThan(0.01)
      expect(s.detail).toMatch(/^without it −0\.\d{4} AUC$/)
    }
    const judgement = outcome.judgement
    expect(judgement?.difference.low).toBeGreaterThan(0.05)
    expect((judgement?.after.value ?? 0) - (judgement?.before.value ?? 0)).toBeCloseTo(judgement?.difference.value ?? 1, 12)
    expect(judgement).toMatchObject({ rows: 1_500, learner: job.learner })
  })
  it('are none when labels say nothing: in one world of twenty at most, which is the rate that is asked for', async () => {
    let fooled = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { selected, judgement } = await select(makeJob({ seed, rows: 2_000, noise: 12, shuffled: true }))
      const survived = selected.filter(s => s.verdict === 'survived').length
      expect(judgement === null, `seed ${seed}`).toBe(survived === 0)
      if (survived > 0) fooled++
    }
    expect(fooled).toBeLessThanOrEqual(1)
  })
  it('are the same for the same job, in a thread too, which tells how far it is', async () => {
    const job = makeJob({ rows: 2_000, noise: 2 })
    const steps = new Set<string>()
    const first = await selectInWorker(job, { onProgress: p => { steps.add(p.step) } })
    expect(await select(job)).toEqual(first)
    expect([...steps]).toEqual(['screen', 'choose', 'check', 'judge'])
  })
  it('are no more than asked for, and the rest is said to be over the limit', async () => {
    const job = makeJob({ limit: 1 })
    const found = Object.values(verdicts(job, await select(job)))
    expect(found.filter(v => v === 'survived')).toHaveLength(1)
    expect(found).toContain('limit')
  })
  it('do not depend on rows of the last slice, nor on labels that came after each slice', async () => {
    const job = makeJob({ rows: 3_000, noise: 2 })
    const outcome = await select(job)
    const other = structuredClone(job)
    const { times, labelsKnown, labels } = other
    const { later, last } = outcome.slices
    let unknown = 0
    for (let i = 0; i < times.length; i++) {
      if (times[i] >= last.from) for (const c of other.table.columns) c.values[i] = -Number(c.values[i])
      // Not known when its slice ended: it may say anything.
      const end = times[i] < later.from ? later.from : times[i] < last.from ? last.from : Number.POSITIVE_INFINITY
      if (labelsKnown[i] > end) { labels[i] = 1 - labels[i]; unknown++ }
    }
    expect(unknown).toBeGreaterThan(5)
    expect((await select(other)).selected).toEqual(outcome.selected)
  })
  it('are found where nothing is read yet', async () => {
    const { selected, judgement } = await select({ ...makeJob({ rows: 3_000, noise: 1 }), existing: 0 })
    expect(selected.filter(s => s.verdict === 'survived').length).toBeGreaterThanOrEqual(2)
    expect(judgement?.before).toEqual({ value: 0.5, low: 0.5, high: 0.5 })
    expect(judgement?.difference.low).toBeGreaterThan(0.1)
  })
  it('need both outcomes in each slice', async () => {
    const job = makeJob({ rows: 500 })
    job.labels.fill(0, 400)
    await expect(select(job)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(/^The last slice .* has 125 rows with known labels, \d+ of them positive; 20 of each outcome are needed\.$/) as string })
    await expect(selectInWorker(job, {})).rejects.toMatchObject({ code: 'invalid_request', remedy: 'Take more rows, or a longer range.' })
    await expect(selectInWorker(job, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
  it('a candidate of which nothing is known is weak, not a fault', async () => {
    const job = makeJob({ rows: 2_000, noise: 1 })
    job.table.columns.at(-1)?.values.fill(Number.NaN as never)
    const { selected } = await select(job)
    expect(selected.at(-1)).toMatchObject({ verdict: 'weak', later: null, qValue: null, beside: null })
  })
})

it('rows are taken in the order that is asked for, missing ones too', () => {
  const table = { rows: 3, schema: [{ name: 's', type: 'string' as const }, { name: 'i', type: 'int64' as const }, { name: 'b', type: 'boolean' as const }], columns: [{ type: 'string' as const, values: ['a', 'b', 'c'], valid: Uint8Array.of(1, 0, 1) }, { type: 'int64' as const, values: BigInt64Array.of(1n, 2n, 3n) }, { type: 'boolean' as const, values: Uint8Array.of(0, 1, 0) }] }
  expect(takeRows(table, Uint8Array.of(0, 0, 1), Uint32Array.of(2, 1))).toEqual({
    labels: Uint8Array.of(1, 0),
    features: { rows: 2, schema: table.schema, columns: [{ type: 'string', values: ['c', 'b'], valid: Uint8Array.of(1, 0) }, { type: 'int64', values: BigInt64Array.of(3n, 2n) }, { type: 'boolean', values: Uint8Array.of(0, 1) }] },
  })
})
