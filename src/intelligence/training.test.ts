import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../core/canonical.ts'
import { digestOf } from '../core/digest.ts'
import { HOUR } from '../core/time.ts'
import { loadModel } from '../models/index.ts'
import type { Run, VersionDocument } from './records.ts'
import { ADA, END, MODEL, openLaboratory, storyOf, type Laboratory } from './synthetic.fixture.ts'

let lab: Laboratory
beforeEach(async () => { lab = await openLaboratory() })
afterEach(async () => { await lab.close() })

const RANGE = { model: MODEL.name, from: 0, to: END, actor: ADA }

describe('a training', () => {
  it('holds out the last share, trains only on what was known before it, and registers the candidate that it measured', async () => {
    const steps: string[] = []
    const { run, version } = await lab.intelligence.train({ ...RANGE, onProgress: p => { if (steps[steps.length - 1] !== p.step) steps.push(p.step) } })
    // Candidate and baseline are trained side by side.
    expect([...new Set(steps)]).toEqual(['rows', 'candidate', 'baseline', 'evaluation', 'registration'])
    expect(storyOf(lab.entries)).toEqual(['run.started by user:ada', 'run.finished by user:ada', 'model.registered by user:ada'])

    // Labels of the last hours are not known by `to`: they are no examples at all.
    const examples = lab.features.examples.filter(e => e.knownAt <= END)
    const holdoutFrom = examples[Math.floor(examples.length * 0.75)].time
    const training = examples.filter(e => e.knownAt <= holdoutFrom && e.time < holdoutFrom).length
    const before = examples.filter(e => e.time < holdoutFrom).length
    expect(run.data).toMatchObject({ holdoutFrom, counts: { examples: examples.length, training, labelTooLate: before - training, holdout: examples.length - before } })
    expect(before - training).toBeGreaterThan(0)
    expect(lab.features.requests).toMatchObject([{ purpose: 'evaluation', to: END }, { purpose: 'training', to: holdoutFrom, labelsKnownBy: holdoutFrom }])

    expect(run).toMatchObject({ status: 'finished', version: 1, error: null, seed: 7, actor: 'user:ada' })
    expect(run.candidate?.metrics).toMatchObject({ rows: examples.length - before, positives: expect.any(Number) })
    expect(run.candidate!.metrics.auc.low).toBeGreaterThan(run.reference!.metrics.auc.value)
    expect(version).toMatchObject({ model: 'late', version: 1, run: run.id, gate: null, approval: null, lineage: { trainingSet: run.data!.trainingSet, seed: 7, learner: 'gbdt', params: { trees: 30, bins: 255 } } })
    expect(version.contentDigest).toBe(digestOf(version.content as unknown as Json))
    const model = await loadModel(await lab.blobs.get(version.content.model.digest))
    expect(model.format).toBe(version.content.model.format)
    expect(model.inputs.map(i => i.name)).toEqual(['distance', 'wind', 'carrier'])
  })

  it('numbers versions one by one, also when two register at once', async () => {
    const both = await Promise.all([lab.intelligence.train(RANGE), lab.intelligence.train({ ...RANGE, from: HOUR })])
    expect(both.map(r => r.version.version).sort()).toEqual([1, 2])
    expect((await lab.intelligence.listVersions('late')).map(v => v.version)).toEqual([2, 1])
    expect((await lab.intelligence.getVersion('late', null)).version).toBe(2)
    const runs = await lab.intelligence.listRuns({ model: 'late' })
    expect(runs).toHaveLength(2)
    expect((await lab.intelligence.listRuns({ limit: 1, before: runs[0].id }))[0].id).toBe(runs[1].id)
    expect(await lab.intelligence.listRuns({ model: 'other' })).toEqual([])
  })

  it('tries a learner in place of the declared one, and refuses what is none before any work', async () => {
    const { run, version } = await lab.intelligence.train({ ...RANGE, learner: { name: 'gbdt', params: { trees: 1, leaves: 2 } } })
    expect(run.learner).toEqual({ name: 'gbdt', params: { trees: 1, leaves: 2 } })
    expect(version.lineage.params).toMatchObject({ trees: 1, leaves: 2 })
    expect((await lab.intelligence.reproduce({ model: 'late', version: 1, actor: ADA })).equal).toBe(true)
    const asked = lab.features.requests.length
    await expect(lab.intelligence.train({ ...RANGE, learner: { name: 'gbdt', params: { tree: 3 } } })).rejects.toMatchObject({ code: 'invalid_definition', faults: [{ path: 'learner.params.tree' }] })
    expect(lab.features.requests).toHaveLength(asked)
  })

  it('takes the threshold from the endpoint, as a part of the content', async () => {
    const plain = await lab.intelligence.train(RANGE)
    await lab.define({}, [{ name: 'e', model: 'late', threshold: 0.4 }, { name: 'other', model: 'other', threshold: 0.9 }])
    const { version } = await lab.intelligence.train(RANGE)
    expect([plain.version.content.threshold, version.content.threshold]).toEqual([null, 0.4])
    expect(version.content.model).toEqual(plain.version.content.model)
    expect(version.contentDigest).not.toBe(plain.version.contentDigest)
    await lab.define({}, [{ name: 'e2', model: 'late', threshold: 0.5 }])
    await expect(lab.intelligence.train(RANGE)).rejects.toMatchObject({ code: 'invalid_definition' })
  })

  it('takes the fallback from the endpoint too; two that differ are a fault', async () => {
    const fallback = { previousRelease: true, rules: [{ request: 'x', above: 3, output: 0.9 }], output: 0.25 }
    await lab.define({}, [{ name: 'e', model: 'late', threshold: 0.4, fallback }, { name: 'silent', model: 'late' }])
    const { version, run } = await lab.intelligence.train(RANGE)
    expect(version.content).toMatchObject({ threshold: 0.4, fallback })
    expect(run.fallback).toEqual(fallback)
    await lab.define({}, [{ name: 'e2', model: 'late', threshold: 0.4, fallback: { output: 0.25, rules: [{ output: 0.9, above: 3, request: 'x' }], previousRelease: true } }])
    expect((await lab.intelligence.train(RANGE)).version.contentDigest).toBe(version.contentDigest)
    await lab.define({}, [{ name: 'e3', model: 'late', fallback: { output: 0.5 } }])
    await expect(lab.intelligence.train(RANGE)).rejects.toMatchObject({ code: 'invalid_definition', message: expect.stringMatching(/different fallbacks: e, e2, e3/) })
  })

  it('refuses what it cannot begin, without a run', async () => {
    await expect(lab.intelligence.train({ ...RANGE, model: 'none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(lab.intelligence.train({ ...RANGE, to: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(lab.intelligence.train({ ...RANGE, from: 0.5 })).rejects.toMatchObject({ code: 'wrong_type' })
    expect(lab.entries).toEqual([])
  })

  it.each([
    ['a range without examples', async () => ({ from: END, to: END + HOUR })],
    ['one time only', async () => { lab.features.examples.forEach(e => { e.time = 5; e.knownAt = 6 }); return {} }],
    ['a holdout of one outcome', async () => { lab.features.examples.forEach((e, i) => { if (i > 800) e.label = false }); return {} }],
    ['training rows of one outcome', async () => { lab.features.examples.forEach((e, i) => { if (i < 900) e.label = false }); return {} }],
    ['an unknown parameter', async () => { await lab.define({ learner: { name: 'gbdt', params: { forests: 3 } } }); return {} }],
  ])('records %s as a failed run', async (_name, arrange) => {
    const range = await arrange()
    await expect(lab.intelligence.train({ ...RANGE, ...range })).rejects.toMatchObject({ code: expect.stringMatching(/^invalid_/) })
    const [run] = await lab.intelligence.listRuns({ status: 'failed' })
    expect(run.error?.message.length).toBeGreaterThan(10)
    expect(storyOf(lab.entries)).toEqual(['run.started by user:ada', 'run.failed by user:ada'])
    expect(await lab.intelligence.listVersions('late')).toEqual([])
  })

  it('tells nothing of an unexpected fault but that there was one', async () => {
    lab.features.loadDataset = async () => { throw new TypeError('x is not a function') }
    await expect(lab.intelligence.train(RANGE)).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('not a function') })
  })

  it('can be cancelled, by its signal or by closing', async () => {
    const cancel = new AbortController()
    await expect(lab.intelligence.train({ ...RANGE, signal: cancel.signal, onProgress: p => { if (p.step === 'candidate') cancel.abort() } })).rejects.toMatchObject({ code: 'stopping' })
    const other = await lab.reopen()
    const running = expect(other.train(RANGE)).rejects.toMatchObject({ code: 'stopping' })
    await other.close()
    await running
    expect((await lab.intelligence.listRuns()).map(r => r.status)).toEqual(['failed', 'failed'])
    await expect(other.train(RANGE)).rejects.toMatchObject({ code: 'stopping' })
  })
})

describe('after a stop in the middle', () => {
  it('a run that was running has failed', async () => {
    const { run } = await lab.intelligence.train(RANGE)
    await lab.database.transaction(tx => tx.put<Run>('run', 'run_left', { ...run, id: 'run_left', status: 'running', version: null, content: null, finishedAt: null }))
    const reopened = await lab.reopen()
    expect(await reopened.getRun('run_left')).toMatchObject({ status: 'failed', error: { code: 'stopping' } })
    expect(await reopened.getRun(run.id)).toEqual(run)
    expect(storyOf(lab.entries).slice(3)).toEqual(['run.failed by system:slipway'])
  })

  it('a finished run gets the version that it had no time to register', async () => {
    const { run, version } = await lab.intelligence.train(RANGE)
    await lab.database.transaction(async tx => {
      await tx.remove('modelVersion', 'late@000001')
      await tx.put<Run>('run', run.id, { ...run, version: null })
    })
    const reopened = await lab.reopen()
    expect(await reopened.getVersion('late', 1)).toEqual(version)
    expect((await lab.database.get<VersionDocument>('modelVersion', 'late@000001'))?.body.run).toBe(run.id)
  })
})

describe('a reproduction', () => {
  it('has the digest of the registered artifact', async () => {
    const { version } = await lab.intelligence.train(RANGE)
    const result = await lab.intelligence.reproduce({ model: 'late', version: 1, actor: ADA })
    expect(result).toMatchObject({ equal: true, recorded: version.content.model.digest, reproduced: version.content.model.digest, run: version.run })
    expect(lab.entries[3]).toMatchObject({ action: 'model.reproduced', subject: 'modelVersion/late@000001', details: { equal: true } })
  })

  it('says when it is another', async () => {
    const { version } = await lab.intelligence.train(RANGE)
    const stored = (await lab.database.get<VersionDocument>('modelVersion', 'late@000001'))!.body
    await lab.database.transaction(tx => tx.put('modelVersion', 'late@000001', { ...stored, lineage: { ...version.lineage, params: { ...version.lineage.params, trees: 2 } } }))
    expect(await lab.intelligence.reproduce({ model: 'late', version: null, actor: ADA })).toMatchObject({ equal: false, version: 1 })
    await expect(lab.intelligence.reproduce({ model: 'late', version: 2, actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
  })
})
