import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FallbackDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { FALLBACKS } from '../core/ports/predictions.ts'
import type { Row } from '../core/schema.ts'
import { HOUR } from '../core/time.ts'
import { answerByRule } from './fallback.ts'
import { ADA, ENDPOINT, goodRow, openBench, START, type Bench } from './production.fixture.ts'

const endpoint = ENDPOINT.name
const FALLBACK: FallbackDefinition = { rules: [{ request: 'distance', above: 1000, output: 0.9 }, { request: 'carrier', equals: 'FL', output: 0.1 }], output: 0.3 }

describe('rules', () => {
  it('the first whose condition holds answers, a missing value holds for none, else the default', () => {
    const definition: FallbackDefinition = { rules: [{ request: 'a', above: 5, output: 0.1 }, { request: 'a', below: 2, output: 0.2 }, { request: 'b', equals: 'x', output: 0.3 }, { request: 'c', equals: true, output: 0.4 }, { request: 'a', equals: 3, output: 0.5 }], output: 0.6 }
    const answers = [{ a: 6 }, { a: 5 }, { a: 1 }, { a: null, b: 'x' }, { b: 'y', c: true }, { a: 3, c: false }, { a: 3n }, { a: 2n ** 60n }, {}].map(request => answerByRule(definition, request as Row))
    expect(answers.map(a => [a.output, a.kind, a.rule])).toEqual([
      [0.1, 'rule', 0], [0.6, 'default', null], [0.2, 'rule', 1], [0.3, 'rule', 2], [0.4, 'rule', 3], [0.5, 'rule', 4], [0.5, 'rule', 4], [0.1, 'rule', 0], [0.6, 'default', null],
    ])
  })
  it('give one of the declared outputs, and the same one again', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ request: fc.constantFrom('a', 'b'), above: fc.integer({ min: -5, max: 5 }), output: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 5 }), fc.double({ min: 0, max: 1, noNaN: true }),
      fc.record({ a: fc.option(fc.integer({ min: -6, max: 6 })), b: fc.option(fc.double({ noNaN: true })) }),
      (rules, output, request) => {
        const found = answerByRule({ rules, output }, request)
        expect(found).toEqual(answerByRule({ rules, output }, request))
        expect(found.rule === null ? output : rules[found.rule].output).toBe(found.output)
        for (const earlier of rules.slice(0, found.rule ?? rules.length)) expect((request[earlier.request as 'a'] ?? Number.NEGATIVE_INFINITY) > earlier.above).toBe(false)
      }))
  })
})

describe('an endpoint whose features or model fail', () => {
  let bench: Bench
  beforeEach(async () => { bench = await openBench() })
  afterEach(() => bench.close())
  const ship = async (bias: number, fallback?: FallbackDefinition): Promise<void> => {
    await bench.addVersion(bias, v => { if (fallback !== undefined) { v.content = { ...v.content, fallback }; bench.seal(v) } })
    await bench.ship()
  }
  const predict = async (...rows: ReturnType<typeof goodRow>[]) => (await bench.production.predict({ endpoint, rows, caller: 'ada', features: true })).predictions

  it('answers by rule and default, row by row, marked and replayed', async () => {
    await ship(0, FALLBACK)
    const [normal] = await predict(goodRow())
    expect(normal).not.toHaveProperty('fallback')
    bench.features.failing = new Error('the state is gone\ud800')
    const answers = await predict(goodRow({ flight: 'A', distance: 2000 }), goodRow({ flight: 'B', distance: 10 }))
    expect(answers).toMatchObject([{ output: 0.9, decision: true, fallback: 'rule', role: 'champion', features: {} }, { output: 0.3, decision: false, fallback: 'default' }])
    await bench.journal.waitDurable()
    const logged = await bench.production.getPrediction(answers[1].id)
    expect(logged).toMatchObject({ fallback: 'default', fault: 'features: the state is gone\ufffd', asOf: null, features: {}, labelKey: 'B', release: 1, request: { distance: 10 }, contentPrefix: bench.versions[0].contentDigest.slice(0, 12) })
    for (const { id } of answers) expect(await bench.production.replay(id)).toMatchObject({ equal: true, differences: [] })
    expect(await bench.production.replayMany({ count: 10 })).toMatchObject({ count: 3, equal: 3 })
    // What monitoring takes for inputs of the model has no row of these.
    expect((await bench.production.features({ endpoint, contentDigest: bench.versions[0].contentDigest, from: START, to: START + HOUR })).rows).toBe(1)
    const trace = await bench.production.trace(answers[0].id)
    expect(trace.features).toEqual([])
    expect(trace.steps.map(s => s.step)).not.toContain('features')
    expect(trace.steps.find(s => s.step === 'fallback')).toMatchObject({ digest: expect.any(String), details: { kind: 'rule', fault: expect.stringMatching(/state is gone/), rule: FALLBACK.rules![0] } })
    bench.features.failing = null
    expect((await predict(goodRow()))[0]).toMatchObject({ output: normal.output })
    await bench.restart()
    const found = await bench.production.outcomes({ endpoint, label: 'late', from: START, to: START + HOUR })
    expect([...found.fallback].map(f => FALLBACKS[f])).toEqual(['', 'rule', 'default', ''])
  })

  it('keeps idempotency and labels over a fallback', async () => {
    await ship(0, FALLBACK)
    bench.features.failing = new Error('gone')
    const row = goodRow({ flight: 'A', distance: 2000, idempotencyKey: 'k' })
    const first = await predict(row)
    bench.features.failing = null
    expect(await predict(row)).toEqual(first)
    expect((await bench.production.label({ endpoint, entity: { flight: 'A' }, value: true })).label.prediction).toBe(first[0].id)
  })

  it('gives a caller\'s own fault back, and every fault where nothing is declared', async () => {
    await ship(0, FALLBACK)
    const position = bench.journal.position
    bench.features.failing = new SlipwayError('event_time_out_of_range', 'Too old.')
    await expect(predict(goodRow())).rejects.toMatchObject({ code: 'event_time_out_of_range' })
    bench.features.failing = new SlipwayError('unreachable', 'The features cannot be reached.')
    expect(await predict(goodRow())).toMatchObject([{ fallback: 'rule' }])
    await ship(0.4)
    await expect(predict(goodRow())).rejects.toMatchObject({ code: 'unreachable' })
    expect(bench.journal.position).toBe(position + 1)
  })

  it('asks the release before it first, whose prediction it then is', async () => {
    await ship(0, FALLBACK)
    const [old] = await predict(goodRow())
    await ship(0.4, { ...FALLBACK, previousRelease: true })
    await bench.production.startDrill({ endpoint, fault: 'model', until: START + HOUR, reason: 'practice', actor: ADA })
    const [answer] = await predict(goodRow())
    expect(answer).toMatchObject({ release: 'flight-delay@000001', fallback: 'previous', role: 'champion', output: old.output, features: { distance: 1400 } })
    await bench.restart()
    const [again] = await predict(goodRow())
    expect(again).toMatchObject({ release: 'flight-delay@000001', fallback: 'previous', output: old.output })
    await bench.journal.waitDurable()
    expect(await bench.production.replay(again.id)).toMatchObject({ equal: true, release: 'flight-delay@000001' })
    expect((await bench.production.trace(again.id)).steps.find(s => s.step === 'fallback')?.details).toMatchObject({ kind: 'previous', fault: expect.stringMatching(/^model: The drill drill_/) })
    // When the features fail, they fail for the earlier release too.
    bench.features.failing = new Error('gone')
    expect(await predict(goodRow())).toMatchObject([{ release: 'flight-delay@000002', fallback: 'rule' }])
  })

  it('lets the champion answer for a challenger that fails', async () => {
    await ship(0, FALLBACK)
    await bench.addVersion(0.4, v => { v.content = { ...v.content, fallback: { previousRelease: true, output: 0.5 } }; bench.seal(v) })
    await bench.production.createRelease({ endpoint, actor: ADA })
    await bench.production.deploy({ endpoint, release: 2, role: 'challenger', share: 0.5, actor: ADA })
    const rows = Array.from({ length: 40 }, (_, i) => goodRow({ flight: `F${i}` }))
    const before = await predict(...rows)
    expect(new Set(before.map(p => p.role)).size).toBe(2)
    bench.features.failOnce = new Error('a moment')
    // The champion's rows are read first.
    const after = await predict(...rows)
    expect(after.map(p => p.role)).toEqual(before.map(p => p.role))
    expect(new Set(after.filter(p => p.fallback !== undefined).map(p => p.role)).size).toBe(1)
  })

  it('still answers after a restart that finds its model gone, and says so', async () => {
    await ship(0, FALLBACK)
    await bench.removeBlob(bench.versions[0].content.model.digest)
    await bench.restart()
    const [answer] = await predict(goodRow({ distance: 2000 }))
    expect(answer).toMatchObject({ output: 0.9, fallback: 'rule' })
    await bench.journal.waitDurable()
    expect((await bench.production.getPrediction(answer.id)).fault).toMatch(/^model: flight-delay@000001 could not be loaded/)
  })
})

describe('a drill', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await openBench()
    await bench.addVersion(0, v => { v.content = { ...v.content, fallback: FALLBACK }; bench.seal(v) })
    await bench.ship()
  })
  afterEach(() => bench.close())
  const start = (change: Partial<Parameters<Bench['production']['startDrill']>[0]> = {}) => bench.production.startDrill({ endpoint, fault: 'model', until: START + HOUR, reason: 'practice', actor: ADA, ...change })
  const fallbackAt = async (time: number): Promise<string | undefined> => {
    bench.clock.freeze(time)
    return (await bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })).predictions[0].fallback
  }

  it('fails what it names, from its beginning to its end by the home\'s clock, also after a restart', async () => {
    const { drill, ledger } = await start({ fault: 'features', from: START + 10 })
    expect(await bench.metadata.ledger.get(ledger!)).toMatchObject({ action: 'drill.started', subject: `drill/${drill.id}`, actor: 'user:ada', details: { endpoint, fault: 'features', reason: 'practice' } })
    expect(await fallbackAt(START + 9)).toBeUndefined()
    expect(await fallbackAt(START + 10)).toBe('rule')
    await bench.restart()
    expect(await fallbackAt(START + HOUR - 1)).toBe('rule')
    expect(await fallbackAt(START + HOUR)).toBeUndefined()
    expect(await bench.production.listDrills(endpoint)).toEqual([drill])
    expect(await bench.production.listDrills('bare')).toEqual([])
  })

  it('can be ended before, once', async () => {
    const { drill } = await start()
    expect(await fallbackAt(START + 5)).toBe('rule')
    expect(await bench.production.endDrill({ id: drill.id, actor: ADA, dryRun: true })).toMatchObject({ dryRun: true, ledger: null })
    expect(await fallbackAt(START + 6)).toBe('rule')
    expect(await bench.production.endDrill({ id: drill.id, actor: ADA })).toMatchObject({ drill: { endedAt: START + 6 }, ledger: expect.any(Number) })
    expect(await fallbackAt(START + 6)).toBeUndefined()
    await expect(bench.production.endDrill({ id: drill.id, actor: ADA })).rejects.toMatchObject({ code: 'conflict' })
    await expect(bench.production.endDrill({ id: 'drill_x', actor: ADA })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is refused with words where it makes no sense, and where callers would get errors unless that is the point', async () => {
    await expect(start({ fault: 'disk' as never, until: START, reason: '' })).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'fault' }, { path: 'until' }, { path: 'reason' }] })
    await expect(start({ endpoint: 'nowhere' })).rejects.toMatchObject({ code: 'unknown_endpoint' })
    await expect(start({ endpoint: 'bare' })).rejects.toMatchObject({ code: 'not_deployable' })
    await bench.addVersion(0.4)
    await bench.ship()
    await expect(start()).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(/declares no fallback/) })
    const size = bench.metadata.ledger.size
    expect(await start({ force: true, dryRun: true })).toMatchObject({ ledger: null })
    expect(bench.metadata.ledger.size).toBe(size)
    await start({ force: true })
    await expect(bench.production.predict({ endpoint, rows: [goodRow()], caller: 'ada' })).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(/drill .* makes the model fail/) })
  })
})
