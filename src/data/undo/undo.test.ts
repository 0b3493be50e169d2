import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteState } from '../../adapters/state/sqlite/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { openLog } from '../../core/log.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { PushedEvent } from '../../core/ports/features.ts'
import type { Row, Value } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { openFeatureStore, type FeatureStoreOptions } from '../feature-store.ts'
import { ACTOR, openFeatureHome, type FeatureHome } from '../fixtures/feature-home.ts'
import { UNDO, undoTable } from './mark.ts'

const START = 1_364_774_400_000_000
const SALES: SourceDefinition = { name: 'sales', dataset: 'sales', id: ['order'], eventTime: 'at', columns: [{ name: 'order', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'amount', type: 'float64' }] }
const VISITS: SourceDefinition = { name: 'visits', dataset: 'visits', id: ['visit'], eventTime: 'at', columns: [{ name: 'visit', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'shop', type: 'string' }] }
const SHOPS: SourceDefinition = { name: 'shops', dataset: 'shops', id: ['shop'], columns: [{ name: 'shop', type: 'string' }, { name: 'city', type: 'string' }] }

let home: FeatureHome
let digest: string

beforeEach(async () => {
  home = await openFeatureHome(START)
  await home.register({
    entities: [{ name: 'shop', key: 'shop', type: 'string' }], sources: [SALES, VISITS, SHOPS],
    views: [
      { name: 'recent', kind: 'aggregate', entity: 'shop', source: 'sales', features: [{ name: 'n', aggregate: 'count', window: '6h' }, { name: 'total', aggregate: 'sum', column: 'amount', window: '6h' }] },
      { name: 'last', kind: 'latest', entity: 'shop', source: 'sales', features: [{ name: 'order', column: 'order' }] },
      { name: 'seen', kind: 'aggregate', entity: 'shop', source: 'visits', features: [{ name: 'n', aggregate: 'count', window: '6h' }] },
      { name: 'fixed', kind: 'latest', entity: 'shop', source: 'shops', features: [{ name: 'city', column: 'city' }] },
    ],
    services: [{ name: 'all', entities: ['shop'], request: [], features: ['recent.n', 'recent.total', 'last.order', 'seen.n', 'fixed.city'] }, { name: 'visits', entities: ['shop'], request: [], features: ['seen.n'] }],
  })
  digest = await prepare()
})
afterEach(async () => { await home.close() })

async function prepare(): Promise<string> { return (await home.features.prepare((await home.features.describe('all')).content)).digest }
const sale = (order: string, amount: number, at = START): PushedEvent => ({ values: { order, at, shop: 'a', amount } })
const visit = (name: string): PushedEvent => ({ values: { visit: name, at: START, shop: 'a' } })
const push = (...events: PushedEvent[]) => home.features.push('sales', events)
const read = async (at = home.clock.time): Promise<Value[]> => (await home.features.read(digest, [{ entities: { shop: 'a' }, request: {}, at }])).vectors[0]
const undo = (request: Parameters<FeatureHome['features']['undo']>[0]) => home.features.undo({ actor: ACTOR, reason: 'a bad file', ...request })
async function importRows(dataset: string, schema: SourceDefinition['columns'], rows: Row[]): Promise<string> {
  const file = `${dataset}-${Math.random().toString(36).slice(2)}.csv`
  await writeFile(join(home.dir, file), [schema.map(c => c.name).join(','), ...rows.map(r => schema.map(c => (c.type === 'timestamp' ? new Date(Number(r[c.name]) / 1_000).toISOString() : String(r[c.name]))).join(','))].join('\n'))
  return (await home.features.importDataset({ name: dataset, files: [file] }, home.dir, ACTOR)).version
}
const headOf = async (dataset: string): Promise<unknown> => (await home.metadata.get('datasetHead', dataset))?.body.version ?? null
const refused = (code: string, text: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(text) as unknown })

describe('an undo of pushes', () => {
  it('gives the reads that were, and is a ledger entry', async () => {
    await push(sale('o1', 1), sale('o2', 2))
    const before = await read()
    await push(sale('o2', 200), sale('o3', 0.3, START + MINUTE))
    home.clock.time = START + HOUR
    expect(await read()).toEqual([3, 201.3, 'o3', 0, null])
    const change = await undo({ to: 2 })
    expect(change).toMatchObject({
      to: 2, position: 5, source: null, changed: true, dryRun: false, heads: [], materializations: [], predictions: 0,
      rows: [{ source: 'sales', rows: 2, first: 3, last: 4, firstEventTime: START, lastEventTime: START + MINUTE }], readers: { services: ['all'], models: [], endpoints: [] },
    })
    expect(await read(START)).toEqual(before)
    expect(await read()).toEqual(before)
    expect(await home.metadata.ledger.get(change.ledger as number)).toMatchObject({
      action: 'data.undone', subject: 'dataUndo/000000000005', actor: 'user:ada', details: { position: 5, backTo: 2, source: '', reason: 'a bad file', undone: { rows: { sales: 2 }, materializations: [] } },
    })
    expect((await home.journal.get(5))?.row).toMatchObject({ to: 2, source: '', reason: 'a bad file', actorKind: 'user', actor: 'ada' })
  })

  it('puts the watermark back: times that could be read can be read again', async () => {
    home.clock.time = START + 40 * HOUR
    await push(sale('o1', 1))
    const old = await read(START)
    await push(sale('far', 1, START + 40 * HOUR))
    await expect(read(START)).rejects.toMatchObject({ code: 'event_time_out_of_range' })
    await undo({ to: 1 })
    expect(await read(START)).toEqual(old)
  })

  it('takes an event again that it voided: it is no duplicate', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    await undo({ to: 1 })
    expect(await push(sale('o2', 2), sale('o1', 1))).toEqual({ first: 4, last: 4, duplicates: 1 })
    expect((await read()).slice(0, 2)).toEqual([2, 3])
  })

  it('can be undone, and the rows count again', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    const full = await read()
    await undo({ to: 1 })
    await push(sale('o3', 4))
    expect((await read()).slice(0, 2)).toEqual([2, 5])
    const again = await undo({ to: 2 })
    expect(again).toMatchObject({ rows: [{ rows: 1, first: 4 }], again: { rows: [{ source: 'sales', rows: 1, first: 2, last: 2 }] } })
    expect(await read()).toEqual(full)
    await undo({ to: 4 })
    expect((await read()).slice(0, 2)).toEqual([2, 5])
  })

  it('is of one source alone when it is named', async () => {
    await push(sale('o1', 1))
    await home.features.push('visits', [visit('v1')])
    await push(sale('o2', 2))
    await home.features.push('visits', [visit('v2')])
    expect(await undo({ to: 1, source: 'sales' })).toMatchObject({ source: 'sales', rows: [{ source: 'sales', rows: 1 }] })
    expect(await read()).toEqual([1, 1, 'o1', 2, null])
    expect(await undo({ to: 1 })).toMatchObject({ rows: [{ source: 'visits', rows: 2 }], readers: { services: ['all', 'visits'] } })
    expect((await read())[3]).toBe(0)
  })

  it('changes nothing where it stands there already, and says so', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    const position = (await undo({ to: 1 })).position
    const { size } = home.metadata.ledger
    for (const request of [{ to: 1 }, { to: 1, dryRun: true }, { to: position }, { to: 1, source: 'visits' }]) expect(await undo(request)).toMatchObject({ changed: false, ledger: null, rows: [], heads: [] })
    expect([home.metadata.ledger.size, home.journal.position]).toEqual([size, position])
  })

  it('shows in a dry run what it would do, and does not', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    const before = await read()
    const shown = await undo({ to: 1, dryRun: true })
    expect(shown).toMatchObject({ changed: true, dryRun: true, ledger: null, position: 2, rows: [{ source: 'sales', rows: 1 }] })
    expect(await read()).toEqual(before)
    expect(home.journal.position).toBe(2)
    const done = await undo({ to: 1 })
    expect({ ...done, dryRun: true, ledger: null, position: 2 }).toEqual(shown)
  })

  it('finds its place by time and by what is undone first', async () => {
    await push(sale('o1', 1))
    await home.journal.waitDurable()
    await new Promise(resolve => { setTimeout(resolve, 5) })
    const time = home.clock.recorded()
    await push(sale('o2', 2), sale('o3', 3))
    expect(await undo({ before: time, dryRun: true })).toMatchObject({ to: 1 })
    expect(await undo({ push: 2, dryRun: true })).toMatchObject({ to: 1, rows: [{ rows: 2 }] })
    expect(await undo({ push: 1 })).toMatchObject({ to: 0, rows: [{ rows: 3 }] })
    expect(await read()).toEqual([0, 0, null, 0, null])
  })

  it('refuses what is no position, with the range', async () => {
    await expect(undo({ to: 1 })).rejects.toEqual(refused('invalid_request', /journal is empty/))
    await push(sale('o1', 1))
    for (const to of [0, -1, 2, 1.5, Number.NaN, '1', null, {}, 2 ** 53]) await expect(undo({ to } as never)).rejects.toEqual(refused('invalid_request', /positions from 1 to 1/))
    await expect(undo({ to: 0 })).rejects.toMatchObject({ remedy: expect.stringContaining('push') as unknown })
    await expect(undo({})).rejects.toEqual(refused('invalid_request', /one place/))
    await expect(undo({ to: 1, push: 1 })).rejects.toEqual(refused('invalid_request', /one place/))
    await expect(undo({ before: 'noon' } as never)).rejects.toEqual(refused('wrong_type', /before/))
    await expect(undo({ to: 1, source: 'sale' })).rejects.toEqual(refused('not_found', /"sales"/))
    await expect(undo({ to: 1, datasets: ['nothing'] })).rejects.toEqual(refused('not_found', /nothing/))
    await expect(undo({ to: 1, reason: 5 } as never)).rejects.toEqual(refused('invalid_request', /reason/))
    await home.journal.waitDurable()
    home.journal.append({ name: 'prediction/e/abc', columns: [] }, { rows: 1, schema: [], columns: [] })
    await expect(undo({ push: 2 })).rejects.toEqual(refused('invalid_request', /a prediction/))
  })

  it('lets reads go on, and pushes come after it', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    const full = await read()
    const undone = undo({ to: 1 })
    const answers: Value[][] = []
    const reader = { open: true }
    const reading = (async () => { while (reader.open) { answers.push(await read()); await new Promise(resolve => { setImmediate(resolve) }) } })()
    const pushed = push(sale('o3', 4))
    const [{ position }, { first }] = await Promise.all([undone, pushed])
    reader.open = false
    await reading
    expect(first).toBeGreaterThan(position)
    const after = [2, 5, 'o3', 0, null]
    expect(await read()).toEqual(after)
    for (const a of answers) expect([full, [1, 1, 'o1', 0, null], after]).toContainEqual(a)
    expect(answers[0]).toEqual(full)
  })
})

describe('an undo of a backfill', () => {
  it('returns the dataset and online state, by one mark', async () => {
    const good = await importRows('sales', SALES.columns, [sale('o1', 1).values, sale('o2', 2).values])
    const cities = await importRows('shops', SHOPS.columns, [{ shop: 'a', city: 'Basel' }])
    await home.features.materialize({ source: 'sales' })
    await home.features.materialize({ source: 'shops' })
    const before = await read()
    const at = home.journal.position
    const bad = await importRows('sales', SALES.columns, [sale('o1', 100).values, sale('o9', 2).values])
    await importRows('shops', SHOPS.columns, [{ shop: 'a', city: 'wrong' }])
    await home.features.materialize({ source: 'sales' })
    await home.features.materialize({ source: 'shops' })
    expect(await read()).not.toEqual(before)
    expect(await headOf('sales')).toBe(bad)
    const change = await undo({ to: at })
    expect(change).toMatchObject({ rows: [], materializations: [{ source: 'sales', datasetVersion: bad }, { source: 'shops' }], heads: [{ dataset: 'sales', from: bad, to: good }, { dataset: 'shops', to: cities }] })
    expect(await read()).toEqual(before)
    expect([await headOf('sales'), await headOf('shops')]).toEqual([good, cities])
    // What was derived of the bad one stays; the same file may come again.
    expect((await home.metadata.get('datasetVersion', bad))?.body.version).toBe(bad)
    await undo({ to: change.position - 1 })
    expect(await headOf('sales')).toBe(bad)
    expect((await read())[4]).toBe('wrong')
  })

  it('knows an import between two rows from one after them', async () => {
    await push(sale('o1', 1))
    const first = await importRows('sales', SALES.columns, [sale('x', 1).values])
    await push(sale('o2', 2))
    expect(await undo({ to: 2, dryRun: true })).toMatchObject({ heads: [], rows: [{ first: 3 }] })
    expect(await undo({ to: 1, dryRun: true })).toMatchObject({ heads: [{ dataset: 'sales', from: first, to: null }] })
    await undo({ push: 2, datasets: [] })
    expect(await headOf('sales')).toBe(first)
    await undo({ push: 2 })
    expect(await headOf('sales')).toBe(null)
    await expect(home.features.materialize({ source: 'sales' })).rejects.toMatchObject({ code: 'not_found' })
    await undo({ to: 3 })
    expect(await headOf('sales')).toBe(first)
  })

  it('places heads that changed before they had positions after the last row that was recorded before them', async () => {
    const first = await home.take('sales', SALES.columns, [sale('x', 1).values])
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    await home.journal.waitDurable()
    await new Promise(resolve => { setTimeout(resolve, 5) })
    const second = await home.take('sales', SALES.columns, [sale('y', 1).values])
    await new Promise(resolve => { setTimeout(resolve, 5) })
    await push(sale('o3', 3))
    expect(await undo({ to: 2, dryRun: true })).toMatchObject({ heads: [], rows: [{ first: 3 }] })
    expect(await undo({ to: 1, dryRun: true })).toMatchObject({ heads: [{ dataset: 'sales', from: second, to: first }] })
    expect((await home.features.dataLog()).items.map(i => [i.kind, i.kind === 'push' ? i.last : i.position])).toEqual([['push', 3], ['import', 2], ['push', 2], ['import', 0]])
    await undo({ to: 1 })
    expect(await headOf('sales')).toBe(first)
  })

  it('leaves training sets where they are, unless they are named', async () => {
    await importRows('sales', SALES.columns, Array.from({ length: 4 }, (_, i) => sale(`o${i}`, i, START + i).values))
    const at = home.journal.position
    const examples = { dataset: 'sales', time: { column: 'at' }, entities: { shop: 'shop' }, request: {}, label: { name: 'y', column: 'amount', above: 1 } }
    const set = { name: 'train', service: 'visits', examples, from: START, to: START + 10, labelsKnownBy: START + 20, actor: ACTOR, purpose: 'training' }
    await importRows('visits', VISITS.columns, [visit('v1').values])
    const made = await home.features.createTrainingSet(set)
    const shown = await undo({ to: at, dryRun: true })
    expect(shown.heads.map(h => h.dataset)).toEqual(['visits'])
    expect((await undo({ to: at, source: 'sales', dryRun: true })).heads).toEqual([])
    expect((await undo({ to: at, datasets: ['train'], dryRun: true })).heads).toEqual([{ dataset: 'train', from: made.version, to: null }])
    await undo({ to: at })
    expect(await headOf('train')).toBe(made.version)
    expect((await home.features.loadDataset(made.version)).rows).toBe(4)
  })

  it('orders an import that is under way before or after it', async () => {
    await importRows('sales', SALES.columns, [sale('o1', 1).values])
    const at = home.journal.position
    const second = importRows('sales', SALES.columns, [sale('o2', 1).values])
    const undone = undo({ to: at })
    const [version, change] = await Promise.all([second, undone])
    const head = await headOf('sales')
    if (change.heads.length > 0) expect(head).toBe(change.heads[0].to)
    else expect(head).toBe(version)
  })
})

describe('after an undo, a restart', () => {
  it.each(['stop', 'kill', 'seal'] as const)('gives what the mark says: %s', async how => {
    await importRows('sales', SALES.columns, [sale('o1', 1).values])
    await home.features.materialize({ source: 'sales' })
    await push(sale('o2', 2))
    const before = await read()
    const at = home.journal.position
    await push(sale('o3', 8))
    await home.metadata.seal({ force: true })
    await undo({ to: at })
    await push(sale('o4', 16))
    const after = await read()
    expect(after.slice(0, 2)).toEqual([3, 19])
    if (how === 'seal') await home.metadata.seal({ force: true })
    else await home.restart({ kill: how === 'kill' })
    digest = await prepare()
    expect(await read()).toEqual(after)
    await undo({ to: at })
    await home.restart({ kill: true })
    digest = await prepare()
    expect(await read()).toEqual(before)
    expect(await push(sale('o3', 8))).toMatchObject({ duplicates: 0 })
  })

  it('makes all states from the journal, each from what counts of its own source', async () => {
    await importRows('sales', SALES.columns, [sale('o1', 1).values])
    await home.features.materialize({ source: 'sales' })
    const at = home.journal.position
    await home.features.push('visits', [visit('v1')])
    await importRows('sales', SALES.columns, [sale('o1', 100).values, sale('o2', 200).values])
    await home.features.materialize({ source: 'sales' })
    await push(sale('o3', 400))
    await home.features.push('visits', [visit('v2')])
    await undo({ to: at, source: 'sales' })
    const after = await read()
    expect(after).toEqual([1, 1, 'o1', 2, null])
    await home.restart({ meanwhile: state => rm(state, { recursive: true }) })
    digest = await prepare()
    expect(await read()).toEqual(after)
  })

  it('finishes an undo that was killed between its mark and its ledger entry', async () => {
    const good = await importRows('sales', SALES.columns, [sale('o1', 1).values])
    await home.features.materialize({ source: 'sales' })
    const before = await read()
    const at = home.journal.position
    const bad = await importRows('sales', SALES.columns, [sale('o1', 100).values])
    await home.features.materialize({ source: 'sales' })
    await push(sale('o2', 200))
    // What the journal has when the process ends right after the mark.
    const { last } = home.journal.append(UNDO, undoTable({ to: at, source: '', reason: 'killed', at: START, actor: ACTOR, heads: [{ dataset: 'sales', from: bad, to: good }] }))
    await home.journal.waitDurable(last)
    const { size } = home.metadata.ledger
    await home.restart({ kill: true })
    digest = await prepare()
    expect(await read()).toEqual(before)
    expect(await headOf('sales')).toBe(good)
    const entries = (await home.metadata.ledger.list({ after: size - 1 })).filter(e => e.action === 'data.undone')
    expect(entries).toMatchObject([{ actor: 'user:ada', details: { position: last, backTo: at, reason: 'killed', undone: { rows: { sales: 1 }, materializations: [last - 2] }, finishedAtStart: true } }])
    await home.restart()
    expect((await home.metadata.ledger.list({ action: 'data.undone' })).length).toBe(1)
    expect(await undo({ to: at })).toMatchObject({ changed: false })
  })

  it('is as it was, when the mark could not be written', async () => {
    await push(sale('o1', 1))
    await push(sale('o2', 2))
    const full = await read()
    await home.journal.waitDurable()
    const { journal } = home
    let lost: (first: number) => void | Promise<void> = () => {}
    let rebuilt: Promise<void> | void = undefined
    const failing: FeatureStoreOptions['journal'] = {
      append: (stream, table) => (stream.name === UNDO.name ? { first: journal.position + 1, last: journal.position + table.rows } : journal.append(stream, table)),
      get position() { return journal.position }, get durable() { return journal.durable },
      waitDurable(n) {
        if (n === undefined || n <= journal.position) return journal.waitDurable(n)
        rebuilt = lost(n)
        return Promise.reject(new SlipwayError('storage_full', 'The disk is full.'))
      },
      read: o => journal.read(o), get: n => journal.get(n), close: () => journal.close(), onLost: handler => { lost = handler; return () => {} },
    }
    const features = await openFeatureStore({ metadata: home.metadata, journal: failing, blobs: home.blobs, engine: home.engine, clock: home.clock, config: { features: { lateness: '24h' } }, home: home.dir, openState: async () => openSqliteState(home.dir, openLog({ level: 'silent' })), log: openLog({ level: 'silent' }) })
    try {
      await features.prepare((await features.describe('all')).content)
      await expect(features.undo({ to: 1, reason: 'full', actor: ACTOR })).rejects.toMatchObject({ code: 'storage_full' })
      await rebuilt
      expect((await features.read(digest, [{ entities: { shop: 'a' }, request: {}, at: START }])).vectors[0]).toEqual(full)
      expect(await features.push('sales', [sale('o3', 4)])).toMatchObject({ duplicates: 0 })
      expect(await home.metadata.list('dataUndo')).toEqual([])
    } finally { await features.close() }
  })
})
