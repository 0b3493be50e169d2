import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROLES } from '../core/ports/predictions.ts'
import { HOUR } from '../core/time.ts'
import { ADA, ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  for (const bias of [0, 0.4, -0.7]) await release(bias)
  await bench.production.deploy({ endpoint, release: 1, actor: ADA })
})
afterEach(() => bench.close())
const endpoint = ENDPOINT.name
const rows = Array.from({ length: 200 }, (_, i) => goodRow({ flight: `F${i}`, distance: 7 * i }))
const release = async (bias: number): Promise<number> => {
  await bench.addVersion(bias)
  return (await bench.production.createRelease({ endpoint, actor: ADA })).release.number
}
const challenge = (number: number, share?: number, dryRun = false) => bench.production.deploy({ endpoint, release: number, role: 'challenger', ...(share === undefined ? {} : { share }), actor: ADA, dryRun })
const act = (action: 'promote' | 'withdraw' | 'rollback' | 'undo', dryRun = false) => bench.production[action]({ endpoint, actor: ADA, dryRun })
const predict = async (asked = rows) => (await bench.production.predict({ endpoint, rows: asked, caller: 'ada' })).predictions
const routes = async (): Promise<[string, number, number][]> => (await bench.production.getDeployment(endpoint))!.revisions.at(-1)!.routes.map(r => [r.role, r.number, r.share])
const same = (a: { output: number }[], b: { output: number }[]): boolean => a.every((x, i) => Object.is(x.output, b[i].output))

describe('a challenger', () => {
  it('answers its share, in the order of the rows, and the same entities after a restart', async () => {
    await challenge(2, 0.3)
    const first = await predict()
    const of = (role: string) => first.filter(p => p.role === role)
    expect(of('challenger').length).toBeGreaterThan(30)
    expect(of('challenger').length).toBeLessThan(90)
    expect(new Set(of('challenger').map(p => p.release))).toEqual(new Set(['flight-delay@000002']))
    expect(new Set(of('champion').map(p => p.release))).toEqual(new Set(['flight-delay@000001']))
    await bench.restart()
    const again = await predict()
    expect(again.map(p => p.release)).toEqual(first.map(p => p.release))
    // One at a time, and in another order, it is the same.
    for (const i of [9, 3, 77]) expect((await predict([rows[i]]))[0]).toMatchObject({ release: first[i].release, output: first[i].output })
    for (const [i, p] of again.entries()) expect((await bench.production.getPrediction(p.id)).labelKey).toBe(`F${i}`)
    const found = await bench.production.outcomes({ endpoint, label: 'late', from: START, to: START + HOUR })
    expect([...found.role].filter(r => ROLES[r] === 'challenger').length).toBe(2 * of('challenger').length + [9, 3, 77].filter(i => first[i].role === 'challenger').length)
  })

  it('keeps idempotency, labels, replay and trace', async () => {
    await challenge(2, 0.5)
    const keyed = rows.slice(0, 20).map((r, i) => ({ ...r, idempotencyKey: `k${i}` }))
    const first = await predict(keyed)
    const position = bench.journal.position
    expect(await predict(keyed)).toEqual(first)
    expect(bench.journal.position).toBe(position)
    const mine = first.find(p => p.role === 'challenger')!
    const i = first.indexOf(mine)
    expect((await bench.production.label({ endpoint, entity: { flight: `F${i}` }, value: true })).label).toMatchObject({ prediction: mine.id })
    await bench.journal.waitDurable()
    expect(await bench.production.replay(mine.id)).toMatchObject({ equal: true, release: 'flight-delay@000002' })
    expect(await bench.production.replayMany({ count: 50 })).toMatchObject({ count: 20, equal: 20 })
    const trace = await bench.production.trace(mine.id)
    expect(trace.steps.find(s => s.step === 'deployment')?.details).toMatchObject({ role: 'challenger', share: 0.5, action: 'deploy', to: 'flight-delay@000002' })
    expect(trace.steps.find(s => s.step === 'prediction')?.details).toMatchObject({ role: 'challenger' })
  })

  it('may be replaced, change its share, and be withdrawn; each is one entry with its difference', async () => {
    const size = bench.metadata.ledger.size
    const dry = await challenge(2, 0.25, true)
    expect(dry).toMatchObject({ role: 'challenger', from: null, to: { number: 2 }, ledger: null })
    expect(bench.metadata.ledger.size).toBe(size)
    const added = await challenge(2, 0.25)
    expect(added.changes).toEqual(expect.arrayContaining([
      { path: 'challenger', from: null, to: 'flight-delay@000002' }, { path: 'champion share', from: 1, to: 0.75 }, { path: 'challenger share', from: null, to: 0.25 }, { path: 'model version', from: 'late@1', to: 'late@2' },
    ]))
    expect(await routes()).toEqual([['champion', 1, 0.75], ['challenger', 2, 0.25]])
    expect((await challenge(2, 0.5)).changes).toEqual([{ path: 'champion share', from: 0.75, to: 0.5 }, { path: 'challenger share', from: 0.25, to: 0.5 }])
    expect(await challenge(3, 0.5)).toMatchObject({ from: { number: 2 }, to: { number: 3 } })
    const gone = await act('withdraw')
    expect(gone).toMatchObject({ action: 'withdraw', role: 'challenger', from: { number: 3 }, to: null })
    expect(gone.changes).toEqual([{ path: 'challenger', from: 'flight-delay@000003', to: null }, { path: 'champion share', from: 0.5, to: 1 }, { path: 'challenger share', from: 0.5, to: null }])
    expect(await routes()).toEqual([['champion', 1, 1]])
    expect(bench.metadata.ledger.size).toBe(size + 4)
    expect(await bench.metadata.ledger.get(gone.ledger!)).toMatchObject({ action: 'deployment.withdrawn', details: { routes: [{ role: 'champion', share: 1 }], changes: gone.changes } })
    expect((await predict()).every(p => p.role === 'champion')).toBe(true)
  })

  it('takes all traffic when promoted; a rollback returns to the old champion alone, an undo to exactly what was', async () => {
    const before = await predict()
    await challenge(2, 0.5)
    const shared = await predict()
    expect(await act('promote', true)).toMatchObject({ from: { number: 1 }, to: { number: 2 }, dryRun: true })
    const swap = await act('promote')
    expect(swap).toMatchObject({ action: 'promote', role: 'champion', from: { number: 1 }, to: { number: 2 } })
    expect(swap.changes).toEqual(expect.arrayContaining([{ path: 'challenger', from: 'flight-delay@000002', to: null }, { path: 'release', from: 'flight-delay@000001', to: 'flight-delay@000002' }]))
    const after = await predict()
    expect(after.every(p => p.release === 'flight-delay@000002')).toBe(true)
    await act('rollback')
    expect(same(await predict(), before)).toBe(true)
    expect(await routes()).toEqual([['champion', 1, 1]])
    await act('undo')
    expect(same(await predict(), after)).toBe(true)
    // Undo of the promotion itself, not of its rollback: the trial goes on.
    await bench.production.rollback({ endpoint, actor: ADA })
    await act('undo')
    await act('rollback')
    await challenge(2, 0.5)
    await act('promote')
    const undone = await act('undo')
    expect(undone).toMatchObject({ role: 'champion', from: { number: 2 }, to: { number: 1 } })
    expect(await routes()).toEqual([['champion', 1, 0.5], ['challenger', 2, 0.5]])
    expect(same(await predict(), shared)).toBe(true)
    await bench.restart()
    expect(same(await predict(), shared)).toBe(true)
    const served = await bench.production.served(endpoint)
    expect(served.at(-1)).toMatchObject({ number: 2, role: 'challenger', share: 0.5, until: null, action: 'undo' })
    expect(served.filter(s => s.until === null).map(s => s.role)).toEqual(['champion', 'challenger'])
  })

  it('gets by default the share that the evaluation policy gives to a trial', async () => {
    await expect(challenge(2)).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'share' }] })
    await bench.metadata.change({ actor: ADA, action: 'project.applied', subject: 'project/test' }, tx => tx.put('model', 'late', { name: 'late', examples: { label: { name: 'late' } }, evaluation: { trial: { share: 0.4 } } }))
    await challenge(2)
    expect(await routes()).toEqual([['champion', 1, 0.6], ['challenger', 2, 0.4]])
  })

  it('that is damaged costs the trial after a restart, not the endpoint', async () => {
    await challenge(2, 0.5)
    await bench.removeBlob(bench.versions[1].content.model.digest)
    await bench.restart()
    expect((await predict()).every(p => p.role === 'champion')).toBe(true)
    expect(await act('withdraw')).toMatchObject({ to: null })
  })

  it('whose waiver ends leaves its share to the champion', async () => {
    await bench.addVersion(0.9, v => { v.gate = null; v.approval = null })
    await bench.production.createRelease({ endpoint, actor: ADA, waiver: { reason: 'a look', until: START + HOUR } })
    await challenge(4, 0.5)
    expect((await predict()).some(p => p.role === 'challenger')).toBe(true)
    bench.clock.freeze(START + HOUR)
    expect((await predict()).some(p => p.role === 'challenger')).toBe(false)
  })
})

describe('wrong moves are refused with words, and change nothing:', () => {
  const refused = async (move: () => Promise<unknown>, code: string, words: RegExp): Promise<void> => {
    const size = bench.metadata.ledger.size
    const before = await predict(rows.slice(0, 5))
    await expect(move()).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
    expect(bench.metadata.ledger.size).toBe(size)
    expect(same(await predict(rows.slice(0, 5)), before)).toBe(true)
  }

  it.each([0, 1, Number.NaN, -0.1, 1.5, Number.POSITIVE_INFINITY])('a share of %s', share => refused(() => challenge(2, share), 'invalid_request', /greater than 0 and less than 1/))
  it('a role that there is not, and a share for a champion', async () => {
    await refused(() => bench.production.deploy({ endpoint, release: 2, role: 'shadow' as never, actor: ADA }), 'invalid_request', /champion or challenger/)
    await refused(() => bench.production.deploy({ endpoint, release: 2, share: 0.5, actor: ADA }), 'invalid_request', /all the traffic/)
  })
  it('a challenger that is the champion, and one without a champion', async () => {
    await refused(() => challenge(1, 0.5), 'not_deployable', /champion of flight-delay already/)
    await bench.production.createRelease({ endpoint: 'bare', actor: ADA })
    await refused(() => bench.production.deploy({ endpoint: 'bare', release: 1, role: 'challenger', share: 0.5, actor: ADA }), 'not_deployable', /no champion/)
  })
  it('to promote or withdraw without a challenger', async () => {
    for (const action of ['promote', 'withdraw'] as const) for (const dry of [true, false]) await refused(() => act(action, dry), 'no_challenger', new RegExp(`no challenger to ${action}`))
  })
  it('a new champion while a challenger runs', async () => {
    await challenge(2, 0.5)
    await refused(() => bench.production.deploy({ endpoint, release: 3, actor: ADA }), 'not_deployable', /has the challenger flight-delay@000002/)
    await refused(() => bench.production.deploy({ endpoint, release: 2, actor: ADA }), 'not_deployable', /is the challenger/)
    await refused(() => act('rollback'), 'nothing_to_roll_back', /no earlier deployment/)
  })
  it('without gate or waiver, or after its end', async () => {
    await bench.addVersion(0.9, v => { v.gate = null; v.approval = null })
    await refused(() => bench.production.createRelease({ endpoint, actor: ADA }), 'not_deployable', /has no gate/)
    await bench.production.createRelease({ endpoint, actor: ADA, waiver: { reason: 'a look', until: START + HOUR } })
    bench.clock.freeze(START + 2 * HOUR)
    await refused(() => challenge(4, 0.5), 'not_deployable', /waiver .* ended/)
  })
  it('a challenger that needs another request', async () => {
    await bench.addVersion(0.9, v => {
      const { service } = v.content.features
      v.content = { ...v.content, features: { ...v.content.features, service: { ...service, request: [...service.request, { name: 'gate', type: 'string', model: false }] } } }
      bench.seal(v)
    })
    await bench.production.createRelease({ endpoint, actor: ADA })
    await refused(() => challenge(4, 0.5), 'not_deployable', /needs the request feature gate/)
    // As champion it may: its callers are then told what is missing.
    await bench.production.deploy({ endpoint, release: 4, actor: ADA, dryRun: true })
  })
  it.each(['archive', 'content', 'model', 'on-demand code'])('to roll back to what is no longer there: the %s', async part => {
    await bench.production.deploy({ endpoint, release: 2, actor: ADA })
    const { content, contentDigest } = bench.versions[0]
    if (part === 'archive') bench.removeFile('releases/flight-delay@1.zip')
    else bench.removeBlob({ content: contentDigest, model: content.model.digest, 'on-demand code': content.features.onDemandDigest! }[part]!)
    for (const dry of [true, false]) await refused(() => act('rollback', dry), 'not_deployable', new RegExp(`flight-delay@000001 is no longer there; missing: its ${part}.*Nothing was changed`))
    await refused(() => act('undo'), 'not_deployable', /no longer there/)
  })
})
