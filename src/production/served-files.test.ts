import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { loadModel, sigmoid } from '../models/index.ts'
import { withFiles } from './file-serving.fixture.ts'
import { ADA, ENDPOINT } from './production.fixture.ts'
import type { Production } from './production.ts'

const ask = async (production: Production, endpoint: string, request: Record<string, unknown> = { shop: 'a', size: 3 }) => {
  const { predictions, waitDurable } = await production.predict({ endpoint, rows: [{ request }], caller: 'ada' })
  await waitDurable()
  return predictions[0]
}

describe('a model served straight from a file', () => {
  it('answers from its inputs alone, under a recorded waiver, and is traced, explained and replayed', () => withFiles(async ({ bench, open, write }) => {
    const production = await open()
    const path = write('tardy.json', 0.25)
    const digest = sha256(readFileSync(path))
    expect(await production.serveFiles([{ name: 'tardy', path }], ADA)).toEqual([{ endpoint: 'tardy', release: 'tardy@000001', format: 'slipway-linear/1', digest, changed: true }])
    const answer = await ask(production, 'tardy')
    expect(answer).toMatchObject({ output: sigmoid(0.25 + 1 + 1.5), decision: null, release: 'tardy@000001' })
    await expect(ask(production, 'tardy', { sise: 3 })).rejects.toMatchObject({ code: 'unknown_feature', message: expect.stringMatching(/Did you mean "size"/) as string })

    const { release } = await production.describeEndpoint('tardy')
    expect(release).toMatchObject({ unmanaged: true, gate: null, approval: null, waiver: { actor: 'user:ada', reason: `served from the file tardy.json, SHA-256 ${digest}` } })
    expect((await bench.metadata.get('endpoint', 'tardy'))?.body).toMatchObject({ unmanaged: true })
    const [brought] = await bench.metadata.ledger.list({ action: 'model.brought' })
    expect(brought).toMatchObject({ actor: 'user:ada', details: { file: 'tardy.json', artifact: digest, unmanaged: true } })
    expect((await bench.metadata.ledger.list({ action: 'release.created' }))[0]).toMatchObject({ details: { ungated: true, unmanaged: true, artifact: digest, waiver: release.waiver?.reason } })

    const trace = await production.trace(answer.id)
    expect(trace.missing.filter(m => !m.startsWith('prediction') && !m.startsWith('outcome'))).toEqual(['gate: there was no gate: the release is waived', 'run: the model was made elsewhere: nothing is known of its training'])
    expect(trace.steps.find(s => s.step === 'release')?.details).toMatchObject({ unmanaged: true })
    expect((await production.explain(answer.id)).contributions.map(c => c.feature)).toEqual(['shop', 'size'])
    expect(await production.replay(answer.id)).toMatchObject({ equal: true })
    expect((await production.label({ endpoint: 'tardy', prediction: answer.id, value: true })).label.status).toBe('joined')
    expect((await production.verifyReleases()).problems).toEqual([])
  }))

  it('answers with each class and the greatest, which are journaled, explained and replayed, where it has several', () => withFiles(async ({ open, writeText }) => {
    const production = await open()
    const bytes = gunzipSync(readFileSync(new URL('../../test/golden/models/lightgbm/multiclass.txt.gz', import.meta.url)))
    const path = writeText('kinds.txt', bytes.toString())
    await production.serveFiles([{ name: 'kinds', path }], ADA)
    const { content } = await production.describeEndpoint('kinds')
    const classes = content.model.outputs!
    expect(classes.length).toBe(3)
    const model = await loadModel(bytes)
    const vectors = [[0.5, -1, 2, 0, 1], [], [null, 3, null, 1e9, -7]].map(v => model.inputs.map((_, i) => v[i] ?? null))
    const rows = vectors.map(v => ({ request: Object.fromEntries(model.inputs.map(({ name }, i) => [name, v[i]])), idempotencyKey: `k${v[1]}` }))
    const { predictions, waitDurable } = await production.predict({ endpoint: 'kinds', rows, caller: 'ada' })
    await waitDurable()
    const { output } = await model.predict(vectors)
    predictions.forEach((p, i) => {
      const own = Array.from(output.subarray(i * 3, i * 3 + 3))
      expect(classes.map(c => p.outputs![c])).toEqual(own)
      expect([p.output, p.class]).toEqual([Math.max(...own), classes[own.indexOf(Math.max(...own))]])
    })
    // The same request again gets the stored answer.
    expect((await production.predict({ endpoint: 'kinds', rows, caller: 'ada' })).predictions).toEqual(predictions)
    expect((await production.getPrediction(predictions[0].id)).outputs).toEqual(predictions[0].outputs)
    expect(await production.replayMany({ endpoint: 'kinds', count: 3, seed: 1 })).toMatchObject({ count: 3, equal: 3 })
    const explained = await production.explain(predictions[2].id)
    expect(explained).toMatchObject({ class: predictions[2].class, output: predictions[2].output })
    expect(explained.base + explained.contributions.reduce((n, c) => n + c.contribution, 0)).toBeCloseTo(explained.raw, 9)
    expect(await production.whatIf({ endpoint: 'kinds', prediction: predictions[0].id })).toMatchObject({ output: predictions[0].output, outputs: predictions[0].outputs, class: predictions[0].class })
    expect((await production.whatIfMany({ endpoint: 'kinds', vectors: rows.map(r => r.request) })).outputs).toEqual(predictions.map(p => p.output))
  }))

  it('changes nothing when it comes with the same bytes, and is a new release with others', () => withFiles(async ({ bench, open, write }) => {
    const path = write('tardy.json', 0)
    const file = { name: 'tardy', path }
    const first = await (await open()).serveFiles([file], ADA)
    const { size } = bench.metadata.ledger
    const again = await open()
    expect(await again.serveFiles([file], ADA)).toEqual(first.map(m => ({ ...m, changed: false })))
    expect(bench.metadata.ledger.size).toBe(size)
    const old = await ask(again, 'tardy')
    write('tardy.json', 1)
    const other = await open()
    expect(await other.serveFiles([file], ADA)).toMatchObject([{ release: 'tardy@000002', changed: true }])
    const now = await ask(other, 'tardy')
    expect([now.release, now.output === old.output]).toEqual(['tardy@000002', false])
    expect((await other.listReleases('tardy')).map(r => r.id)).toEqual(['tardy@000001', 'tardy@000002'])
    expect(await other.replay(old.id)).toMatchObject({ equal: true, release: 'tardy@000001' })
    // Back to the first bytes is a release again: history is not rewritten.
    write('tardy.json', 0)
    expect(await other.loadModel({ endpoint: 'tardy', actor: ADA })).toMatchObject({ release: 3, state: 'READY' })
    expect((await ask(other, 'tardy')).output).toBe(old.output)
  }))

  it('answers only when it is named, and stays in the history', () => withFiles(async ({ open, write }) => {
    const files = ['tardy', 'fraud'].map(name => ({ name, path: write(`${name}.json`, 0) }))
    const { id } = await (async () => { const p = await open(); await p.serveFiles(files, ADA); return ask(p, 'fraud') })()
    const production = await open()
    await production.serveFiles(files.slice(0, 1), ADA)
    await ask(production, 'tardy')
    await expect(ask(production, 'fraud')).rejects.toMatchObject({ code: 'model_not_ready', message: expect.stringContaining('not named') as string, remedy: expect.stringContaining('--model fraud=FILE') as string })
    expect((await production.modelStates()).filter(s => s.unmanaged).map(s => [s.endpoint, s.state])).toEqual([['fraud', 'UNAVAILABLE'], ['tardy', 'READY']])
    expect(await production.replay(id)).toMatchObject({ equal: true })
    await production.loadModel({ endpoint: 'fraud', actor: ADA })
    await ask(production, 'fraud')
  }))

  it('says all that is wrong with all files at once, and serves none', () => withFiles(async ({ bench, open, write, writeText }) => {
    const production = await open()
    const path = write('good.json', 0)
    const locked = write('locked.json', 0)
    chmodSync(locked, 0)
    mkdirSync(join(bench.dir, 'folder'))
    const { size } = bench.metadata.ledger
    const files = [
      { name: 'good', path }, { name: 'good', path }, { name: 'Bad name', path }, { name: 'gone', path: join(bench.dir, 'gone.json') }, { name: 'folder', path: join(bench.dir, 'folder') },
      { name: 'text', path: writeText('text.json', 'hello') }, { name: 'void', path: writeText('void.json', '') }, { name: 'bare', path: '' }, { name: 'device', path: '/dev/null' }, { name: 'locked', path: locked },
    ]
    const error = await production.serveFiles(files, ADA).catch((e: unknown) => e) as SlipwayError
    const found = Object.fromEntries(error.faults.map(f => [f.path, f.message]))
    expect(error).toMatchObject({ code: 'invalid_request', remedy: expect.stringContaining('slipway serve --help') as string })
    expect(found).toMatchObject({
      good: 'is named twice', 'Bad name': expect.stringMatching(/must begin with a letter/) as string, gone: expect.stringMatching(/gone\.json is not there$/) as string, folder: expect.stringMatching(/is a folder/) as string,
      text: expect.stringMatching(/is no model that can be served: /) as string, void: expect.stringMatching(/is empty$/) as string, bare: expect.stringMatching(/NAME=FILE/) as string, device: expect.stringMatching(/no ordinary file/) as string,
    })
    // Whoever runs as root may read everything.
    if (process.getuid?.() !== 0) expect(found.locked).toMatch(/may not be read/)
    await expect(production.serveFiles([{ name: ENDPOINT.name, path }, { name: 'late', path }], ADA)).rejects.toMatchObject({
      code: 'invalid_request', faults: [{ path: ENDPOINT.name, message: expect.stringMatching(/an endpoint that a project declares: give/) as string }, { path: 'late', message: expect.stringMatching(/a model that a project declares/) as string }],
    })
    expect(bench.metadata.ledger.size).toBe(size)
  }))

  it('goes on with what it has when the file is read again and is gone or no model', () => withFiles(async ({ open, write, writeText }) => {
    const production = await open()
    const path = write('m.json', 0)
    await production.serveFiles([{ name: 'm', path }], ADA)
    const { output } = await ask(production, 'm')
    for (const spoil of [() => writeText('m.json', '{"format":"slipway-linear/1"'), () => rmSync(path)]) {
      spoil()
      await expect(production.loadModel({ endpoint: 'm', actor: ADA })).rejects.toMatchObject({ code: 'not_deployable', message: expect.stringContaining('m is as it was') as string })
      expect((await ask(production, 'm')).output).toBe(output)
    }
  }))

  it('is left alone once a project has taken its endpoint over', () => withFiles(async ({ bench, open, write }) => {
    const production = await open()
    const path = write('m.json', 0)
    await production.serveFiles([{ name: 'm', path }], ADA)
    await bench.metadata.change({ actor: ADA, action: 'project.applied', subject: 'project/test' }, tx => tx.put('endpoint', 'm', { name: 'm', model: 'm' }))
    write('m.json', 1)
    expect(await production.loadModel({ endpoint: 'm', actor: ADA })).toMatchObject({ release: 1, unmanaged: false })
    expect((await production.listReleases('m')).length).toBe(1)
    // It answers without the file from then on, and the name is the project's.
    const next = await open()
    await ask(next, 'm')
    await expect(next.serveFiles([{ name: 'm', path }], ADA)).rejects.toMatchObject({ faults: [{ path: 'm' }] })
  }))

  it('is taken up where a crash left it: a version without a release, a release without a deployment', () => withFiles(async ({ bench, open, write }) => {
    const file = { name: 'm', path: write('m.json', 0) }
    for (const action of ['release', 'deployment']) {
      const production = await open()
      const change = bench.metadata.change.bind(bench.metadata)
      bench.metadata.change = async (entry, work) => { if (entry.subject.startsWith(`${action}/m`)) throw new Error('killed'); return change(entry, work) }
      await expect(production.serveFiles([file], ADA)).rejects.toThrow('killed')
      bench.metadata.change = change
    }
    const production = await open()
    expect(await production.serveFiles([file], ADA)).toMatchObject([{ release: 'm@000001', changed: true }])
    expect((await production.listReleases('m')).length).toBe(1)
  }))
})
