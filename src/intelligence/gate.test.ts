import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../core/canonical.ts'
import type { EvaluationPolicy } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import type { Gate } from './records.ts'
import { ADA, BEN, END, MODEL, contentOf, openLaboratory, storyOf, type Laboratory } from './synthetic.fixture.ts'

let lab: Laboratory
beforeEach(async () => { lab = await openLaboratory() })
afterEach(async () => { await lab.close() })

const RANGE = { model: MODEL.name, from: 0, to: END, actor: ADA }
const NEWEST = { model: MODEL.name, version: null }
const withPolicy = (change: Partial<EvaluationPolicy>): Promise<void> => lab.define({ evaluation: { ...MODEL.evaluation, ...change } })

describe('a gate', () => {
  it('passes a candidate that beats the baseline on the holdout, and can be computed again', async () => {
    const { run } = await lab.intelligence.train(RANGE)
    const gate = await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    expect(gate).toMatchObject({ passed: true, reference: 'baseline:logistic', test: 'delong-paired', metric: 'auc', margin: 0, alpha: 0.05, version: 1, actor: 'user:ada', at: expect.any(Number) })
    expect(gate.rows).toBe(run.data!.counts.holdout)
    expect(gate.candidate).toEqual(run.candidate!.metrics.auc)
    expect(gate.referenceValue).toEqual(run.reference!.metrics.auc)
    expect(gate.difference.value).toBeCloseTo(gate.candidate.value - gate.referenceValue.value, 12)
    const version = await lab.intelligence.getVersion('late', 1)
    expect(version.gate).toEqual(gate)
    expect(gate.contentDigest).toBe(version.contentDigest)
    expect(lab.entries[3]).toMatchObject({ action: 'gate.passed', subject: `gate/${gate.id}`, details: { reason: gate.reason, contentDigest: gate.contentDigest, version: 1 } })
    expect(await lab.intelligence.recheckGate(gate.id)).toEqual({ gate: gate.id, equal: true, differences: [] })

    await lab.database.transaction(tx => tx.put<Gate>('gate', gate.id, { ...gate, pValue: 0.01 }))
    expect(await lab.intelligence.recheckGate(gate.id)).toEqual({ gate: gate.id, equal: false, differences: [{ name: 'pValue', recorded: 0.01, computed: gate.pValue }] })
  })

  it('refuses one that does not reach the margin, and records why', async () => {
    await lab.intelligence.train(RANGE)
    await withPolicy({ margin: 0.4 })
    const gate = await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    expect(gate).toMatchObject({ passed: false, margin: 0.4 })
    expect(lab.entries[3]).toMatchObject({ action: 'gate.refused', details: { reason: expect.stringContaining('does not exceed the margin +0.4000') } })
    await expect(lab.intelligence.approve({ ...NEWEST, actor: ADA, approved: true, reason: '' })).rejects.toMatchObject({ code: 'gate_refused', message: expect.stringContaining(gate.reason) })
    // The policy is what is registered when the gate runs; both gates stay on record.
    await withPolicy({ margin: 0 })
    expect((await lab.intelligence.gate({ ...NEWEST, actor: ADA })).passed).toBe(true)
    expect((await lab.intelligence.listGates({ model: 'late', version: 1 })).map(g => g.passed)).toEqual([true, false])
  })

  it('compares with the champion where there is one', async () => {
    const first = await lab.intelligence.train(RANGE)
    lab.deployed.champion = { name: 'late@1', contentDigest: first.version.contentDigest, content: first.version.content }
    await lab.intelligence.train(RANGE)
    expect(await lab.intelligence.gate({ ...NEWEST, actor: ADA })).toMatchObject({ passed: false, reference: 'late@1', difference: { value: 0 }, inputs: { referenceContent: first.version.contentDigest } })
    await withPolicy({ margin: -0.005 })
    expect(await lab.intelligence.gate({ ...NEWEST, actor: ADA })).toMatchObject({ passed: true })
    expect(lab.features.requests.filter(r => r.content !== undefined)).toEqual([])
  })

  it('leaves out rows that trained the champion, and says so when none are left', async () => {
    const champion = await lab.intelligence.train(RANGE)
    lab.deployed.champion = { name: 'late@1', contentDigest: champion.version.contentDigest, content: champion.version.content }
    // Its holdout begins before the champion's training ends.
    const early = await lab.intelligence.train({ ...RANGE, to: Math.floor(END * 0.9) })
    expect(early.run.data!.holdoutFrom).toBeLessThan(champion.run.data!.holdoutFrom)
    const gate = await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    expect(gate.inputs.holdoutFrom).toBe(champion.run.data!.holdoutFrom)
    expect(gate.rows).toBeLessThan(early.run.data!.counts.holdout)
    expect((await lab.intelligence.recheckGate(gate.id)).equal).toBe(true)

    await lab.intelligence.train({ ...RANGE, to: Math.floor(END * 0.7) })
    await expect(lab.intelligence.gate({ ...NEWEST, actor: ADA })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('did not train late@1') })
  })

  it('judges a champion that reads other features by those, on the same rows', async () => {
    lab.features.content = contentOf([{ name: 'carrier', type: 'string' }])
    const { version: { content, contentDigest } } = await lab.intelligence.train(RANGE)
    lab.deployed.champion = { name: 'late@1', contentDigest, content }
    lab.features.content = contentOf()
    const { run } = await lab.intelligence.train(RANGE)
    const gate = await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    expect(gate).toMatchObject({ passed: true, reference: 'late@1', rows: run.data!.counts.holdout })
    expect(gate.inputs.referenceSet).not.toBe(gate.inputs.evaluationSet)
    expect(lab.features.requests.at(-1)).toMatchObject({ content: content.features, from: 0, to: END, purpose: 'evaluation' })
    expect((await lab.intelligence.recheckGate(gate.id)).equal).toBe(true)
    // Examples that have changed since are not the same rows.
    lab.features.examples = lab.features.examples.filter((_, i) => i !== 1000)
    await expect(lab.intelligence.gate({ ...NEWEST, actor: ADA })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('needs a version', async () => {
    await expect(lab.intelligence.gate({ ...NEWEST, actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
    await expect(lab.intelligence.gate({ model: 'none', version: 1, actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
    await expect(lab.intelligence.recheckGate('gate_none')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('an approval', () => {
  const yes = { ...NEWEST, approved: true, reason: 'as expected' }

  it('is a person’s, after a passed gate, bound to content and gate', async () => {
    const { version } = await lab.intelligence.train(RANGE)
    await expect(lab.intelligence.approve({ ...yes, actor: BEN })).rejects.toMatchObject({ code: 'gate_refused' })
    const gate = await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    for (const kind of ['anonymous', 'policy', 'system'] as const) {
      await expect(lab.intelligence.approve({ ...yes, actor: { kind, name: 'x' } })).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect(await lab.intelligence.approve({ ...yes, actor: BEN, dryRun: true })).toMatchObject({ approved: true, gate: gate.id })
    expect((await lab.intelligence.getVersion('late', 1)).approval).toBeNull()
    const approval = await lab.intelligence.approve({ ...yes, actor: BEN })
    expect(approval).toMatchObject({ contentDigest: version.contentDigest, gate: gate.id, actor: 'token:ben', approved: true, reason: 'as expected' })
    expect((await lab.intelligence.getVersion('late', 1)).approval).toEqual(approval)
    expect(await lab.intelligence.listApprovals({ model: 'late' })).toEqual([approval])
    expect(storyOf(lab.entries).slice(3)).toEqual(['gate.passed by user:ada', 'approval.granted by token:ben'])
  })

  it('is given once: the same again is the first, another is a conflict, and the gate is closed', async () => {
    await lab.intelligence.train(RANGE)
    await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    await expect(lab.intelligence.approve({ ...yes, approved: false, reason: ' ', actor: BEN })).rejects.toMatchObject({ code: 'invalid_request' })
    const no = await lab.intelligence.approve({ ...yes, approved: false, reason: 'the data is wrong', actor: BEN })
    expect(await lab.intelligence.approve({ ...yes, approved: false, reason: 'again', actor: ADA })).toEqual(no)
    await expect(lab.intelligence.approve({ ...yes, actor: ADA })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('rejected by token:ben: the data is wrong') })
    await expect(lab.intelligence.approveByPolicy(NEWEST)).rejects.toMatchObject({ code: 'conflict' })
    await expect(lab.intelligence.gate({ ...NEWEST, actor: ADA })).rejects.toMatchObject({ code: 'conflict' })
    expect(storyOf(lab.entries).slice(3)).toEqual(['gate.passed by user:ada', 'approval.rejected by token:ben'])
  })

  it('needs a second person where the policy asks for four eyes', async () => {
    await withPolicy({ approval: { role: 'approver', fourEyes: true } })
    await lab.intelligence.train(RANGE)
    await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    await expect(lab.intelligence.approve({ ...yes, actor: ADA })).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('second person') })
    await expect(lab.intelligence.approveByPolicy(NEWEST)).rejects.toMatchObject({ code: 'approval_required' })
    expect((await lab.intelligence.approve({ ...yes, actor: BEN })).approved).toBe(true)
  })

  it('is the policy’s own where the model names one', async () => {
    await lab.intelligence.train(RANGE)
    await expect(lab.intelligence.approveByPolicy(NEWEST)).rejects.toMatchObject({ code: 'gate_refused' })
    await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    expect(await lab.intelligence.approveByPolicy(NEWEST)).toMatchObject({ actor: 'policy:house-policy', approved: true })
    expect(storyOf(lab.entries).at(-1)).toBe('approval.granted by policy:house-policy')
  })

  it('of two people at once is one of them', async () => {
    await lab.intelligence.train(RANGE)
    await lab.intelligence.gate({ ...NEWEST, actor: ADA })
    const both = await Promise.allSettled([lab.intelligence.approve({ ...yes, actor: BEN }), lab.intelligence.approve({ ...yes, approved: false, actor: ADA })])
    expect(both.map(r => r.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await lab.intelligence.listApprovals()).toHaveLength(1)
  })
})

it('the digest of a content is that of its canonical JSON', async () => {
  const { version } = await lab.intelligence.train(RANGE)
  const read = await lab.intelligence.getVersion('late', 1)
  expect(digestOf(read.content as unknown as Json)).toBe(version.contentDigest)
})
