import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteState } from '../adapters/state/sqlite/index.ts'
import type { SourceDefinition } from '../core/definition.ts'
import type { PushedEvent } from '../core/ports/features.ts'
import { openLog } from '../core/log.ts'
import type { Row } from '../core/schema.ts'
import { HOUR, MINUTE } from '../core/time.ts'
import { openFeatureStore, type FeatureStoreOptions } from './feature-store.ts'
import { openFeatureHome, type FeatureHome } from './fixtures/feature-home.ts'

const START = 1_364_774_400_000_000
const DEPARTURES: SourceDefinition = {
  name: 'departures', dataset: 'flights', id: ['flight'], eventTime: 'left',
  columns: [{ name: 'flight', type: 'string' }, { name: 'left', type: 'timestamp' }, { name: 'origin', type: 'string' }, { name: 'delay', type: 'float64' }, { name: 'seats', type: 'int64' }],
}
const PLANES: SourceDefinition = { name: 'planes', dataset: 'planes', id: ['tail'], columns: [{ name: 'tail', type: 'string' }, { name: 'year', type: 'int64' }] }
const BUNDLE = 'var slipwayOnDemand = { doubled: f => f.distance * 2, perSeat: f => f["recent.mean"] === null ? null : f["recent.mean"] / f.distance }'

let home: FeatureHome
let digest: string
beforeEach(async () => {
  home = await openFeatureHome(START)
  const onDemandDigest = await home.blobs.put(new TextEncoder().encode(BUNDLE))
  await home.register({
    entities: [{ name: 'airport', key: 'origin', type: 'string' }, { name: 'plane', key: 'tail', type: 'string' }],
    sources: [DEPARTURES, PLANES],
    views: [
      { name: 'recent', kind: 'aggregate', entity: 'airport', source: 'departures', features: [{ name: 'rows', aggregate: 'count', window: '1h' }, { name: 'mean', aggregate: 'mean', column: 'delay', window: '1h' }, { name: 'total', aggregate: 'sum', column: 'delay', window: '3h' }] },
      { name: 'last', kind: 'latest', entity: 'airport', source: 'departures', ttl: '2h', features: [{ name: 'flight', column: 'flight' }, { name: 'seats', column: 'seats' }] },
      { name: 'aircraft', kind: 'latest', entity: 'plane', source: 'planes', features: [{ name: 'year', column: 'year' }] },
    ],
    services: [{
      name: 'delay', entities: ['airport', 'plane'], request: [{ name: 'distance', type: 'float64' }, { name: 'note', type: 'string', optional: true, model: false }],
      features: ['recent.rows', 'recent.mean', 'recent.total', 'last.flight', 'last.seats', 'aircraft.year'], onDemandDigest,
      onDemand: { module: './x.ts', functions: [{ name: 'doubled', export: 'doubled', type: 'float64', inputs: ['distance'] }, { name: 'per_mile', export: 'perSeat', type: 'float64', inputs: ['recent.mean', 'distance'] }] },
    }],
  })
  digest = await prepare()
})
afterEach(async () => { await home.close() })

async function prepare(): Promise<string> { return (await home.features.prepare((await home.features.describe('delay')).content)).digest }
const flight = (id: string, at: number, delay: number | null, more: Row = {}): PushedEvent => ({ values: { flight: id, left: at, origin: 'JFK', delay, seats: 100, ...more } })
const read = async (at = home.clock.time, request: Row = { distance: 10 }, entities: Row = { airport: 'JFK', plane: 'N1' }) => (await home.features.read(digest, [{ entities, request, at }])).vectors[0]
const refused = (code: string, text: RegExp | string = '') => expect.objectContaining({ code, message: expect.stringMatching(text) as unknown })

describe('the feature store', () => {
  it('reads a list of features that no service declares', async () => {
    await home.features.push('departures', [flight('a', START, 5)])
    const { content, digest: listed } = await home.features.describe(['last.flight', 'recent.mean', 'last.flight', 'aircraft.year'])
    expect(content.service).toEqual({ name: 'features', entities: ['airport', 'plane'], request: [], features: ['last.flight', 'recent.mean', 'aircraft.year'] })
    await home.features.prepare(content)
    expect((await home.features.read(listed, [{ entities: { airport: 'JFK', plane: 'N1' }, request: {}, at: START }])).vectors).toEqual([['a', 5, null]])
    await expect(home.features.describe([])).rejects.toEqual(refused('invalid_request', 'at least one feature'))
    await expect(home.features.describe(['recent.mean', 'recent.maen', 'nothing'])).rejects.toEqual(refused('unknown_feature', /recent\.maen is no registered feature\..*recent\.mean.*nothing is no registered/))
  })

  it('answers in the order of the outputs, as of the position that it names', async () => {
    const { content } = await home.features.describe('delay')
    expect(content.outputs.map(o => o.name)).toEqual(['distance', 'recent.rows', 'recent.mean', 'recent.total', 'last.flight', 'last.seats', 'aircraft.year', 'doubled', 'per_mile'])
    expect(await read()).toEqual([10, 0, null, 0, null, null, null, 20, null])
    home.clock.time = START + 2 * HOUR
    const receipt = await home.features.push('departures', [flight('a', START, 0.1), flight('b', START + HOUR, 0.2), flight('c', START + HOUR + 1, 0.3), flight('d', START + 2 * HOUR, null)])
    expect(receipt).toEqual({ first: 1, last: 4, duplicates: 0 })
    expect(await home.features.read(digest, [{ entities: { airport: 'JFK', plane: null }, request: { distance: 10 }, at: home.clock.time }]))
      .toEqual({ asOf: 4, vectors: [[10, 2, 0.3, 0.6, 'd', 100, null, 20, 0.03]] })
    expect(await read(START + HOUR)).toEqual([10, 0, null, 0, null, null, null, 20, null])
    expect((await read(home.clock.time, { distance: 10 }, { airport: null, plane: 'N1' })).slice(1, 6)).toEqual([0, null, 0, null, null])
    expect(await home.features.computeOnDemand(content, [{ request: { distance: 4 }, features: [1, 8, 8, null, null, null] }])).toEqual([[8, 2]])
  })

  it('says where values come from, when it is asked', async () => {
    await home.take('planes', PLANES.columns, [{ tail: 'N1', year: 1999 }, { tail: 'N2', year: null }])
    await home.features.materialize({ source: 'planes' })
    await home.features.push('departures', [flight('a', START - 90 * MINUTE, 0.1), flight('b', START - 20 * MINUTE, null, { seats: null }), flight('c', START - 150 * MINUTE, 7, { origin: 'LGA' })])
    const origins = async (entities: Row) => (await home.features.read(digest, [{ entities, request: { distance: 10 }, at: START }], { origins: true })).origins
    const at = (minutes: number, status: string) => ({ status, eventTime: START - minutes * MINUTE })
    const none = { status: 'notFound', eventTime: null }
    expect(await origins({ airport: 'JFK', plane: 'N1' })).toEqual([[null, at(20, 'present'), at(20, 'missing'), at(90, 'present'), at(20, 'present'), at(20, 'missing'), { status: 'present', eventTime: null }, null, null]])
    expect(await origins({ airport: 'LGA', plane: 'N2' })).toEqual([[null, at(150, 'expired'), at(150, 'expired'), at(150, 'present'), at(150, 'expired'), at(150, 'expired'), { status: 'missing', eventTime: null }, null, null]])
    expect(await origins({ airport: null, plane: 'N3' })).toEqual([[null, none, none, none, none, none, none, null, null]])
    expect((await home.features.read(digest, [{ entities: { airport: 'JFK', plane: 'N1' }, request: { distance: 10 }, at: START }])).origins).toBe(undefined)
  })

  it('takes a correction, and a duplicate once', async () => {
    home.clock.time = START + MINUTE
    expect(await home.features.push('departures', [flight('a', START, 5), flight('a', START, 5), flight('b', START, 7)])).toEqual({ first: 1, last: 2, duplicates: 1 })
    expect(await home.features.push('departures', [flight('b', START, 7)])).toEqual({ first: 2, last: 2, duplicates: 1 })
    expect((await read())[3]).toBe(12)
    home.clock.time = START + 2 * MINUTE
    expect(await home.features.push('departures', [flight('a', START, 6), flight('b', START, 7)])).toEqual({ first: 3, last: 3, duplicates: 1 })
    expect((await read())[3]).toBe(13)
    expect((await read(START + MINUTE))[3]).toBe(12)
    // Back to the first value is a correction too.
    expect(await home.features.push('departures', [flight('a', START, 5)])).toEqual({ first: 4, last: 4, duplicates: 0 })
    expect((await read())[3]).toBe(12)
    await home.journal.waitDurable()
    expect((await home.journal.get(3))?.row).toMatchObject({ id: 'a', eventTime: START, knownAt: START + 2 * MINUTE, 'v.delay': 6 })
  })

  it('refuses what it cannot keep exactly, and journals nothing of it', async () => {
    const push = (values: Row, knownAt?: unknown) => home.features.push('departures', [{ values, knownAt } as PushedEvent])
    const ok = flight('a', START, 1).values
    await expect(home.features.push('departure', [])).rejects.toEqual(refused('not_found', /departures/))
    await expect(home.features.push('planes', [{ values: { tail: 'N1', year: 1 } }])).rejects.toEqual(refused('invalid_request', /static/))
    await expect(push({ ...ok, dellay: 1 })).rejects.toEqual(refused('unknown_feature', /Did you mean "delay"/))
    await expect(push({ ...ok, delay: 'late' })).rejects.toEqual(refused('wrong_type', /events\[0\]\.values\.delay/))
    await expect(push({ ...ok, delay: 1e200 })).rejects.toEqual(refused('value_out_of_range', /delay/))
    await expect(push({ ...ok, flight: null })).rejects.toEqual(refused('invalid_request', /flight/))
    await expect(push({ ...ok, left: null })).rejects.toEqual(refused('invalid_request', /left/))
    await expect(push({ ...ok, left: START + 11 * MINUTE })).rejects.toEqual(refused('event_time_out_of_range', /ahead of the clock/))
    await expect(push(ok, 'soon')).rejects.toEqual(refused('wrong_type', /knownAt/))
    await expect(home.features.push('departures', [{ values: null } as never])).rejects.toEqual(refused('invalid_request'))
    await expect(home.features.push('departures', [flight('a', START, 1), flight('b', START, Number.NaN)])).rejects.toEqual(refused('wrong_type', /events\[1\]/))
    expect(home.journal.position).toBe(0)
    expect((await read())[1]).toBe(0)
    await push({ ...ok, delay: -0, left: '2013-04-01T00:00:00Z', seats: 2n ** 60n })
    expect((await read()).slice(1, 6)).toEqual([1, 0, 0, 'a', 2n ** 60n])
  })

  it('names what a request lacks', async () => {
    await expect(read(START, { distance: 1 }, { plane: null })).rejects.toEqual(refused('missing_entity', /airport/))
    await expect(read(START, {})).rejects.toEqual(refused('missing_request_field', /distance/))
    await expect(read(START, { distance: 1, distanse: 2 })).rejects.toEqual(refused('unknown_feature', /Did you mean "distance"/))
    await expect(read(START, { distance: 'far' })).rejects.toEqual(refused('wrong_type', /request\.distance/))
    await expect(read(START, { distance: 1 }, { airport: 5, plane: null })).rejects.toEqual(refused('wrong_type', /entities\.airport/))
    await expect(read(0.5)).rejects.toEqual(refused('wrong_type', /at/))
    await expect(home.features.read('nobody', [])).rejects.toEqual(refused('not_found'))
    expect((await read(START, { distance: 1, note: 'x' }))[0]).toBe(1)
    home.clock.time = START + 30 * HOUR
    await home.features.push('departures', [flight('z', START + 30 * HOUR, 1)])
    await expect(read(START + 6 * HOUR - 1)).rejects.toEqual(refused('event_time_out_of_range', /2013-04-01T06:00:00Z/))
    expect((await read(START + 6 * HOUR))[1]).toBe(0)
  })

  it('materializes dataset versions, whole for static sources, and tells the ledger', async () => {
    const flights = await home.take('flights', DEPARTURES.columns, [
      flight('old', START - 100 * HOUR, 9).values, flight('a', START - 30 * MINUTE, 1).values, flight('b', START, 2).values, flight('future', START + MINUTE, 4).values, { ...flight('b', START - 30 * HOUR, 2).values, flight: 'c' },
    ])
    const first = await home.take('planes', PLANES.columns, [{ tail: 'N1', year: 1999 }, { tail: 'N2', year: 2000 }])
    const done = await home.features.materialize({ source: 'recent', upTo: START })
    expect(done).toMatchObject({ source: 'departures', datasetVersion: flights, upTo: START, sequence: 1 })
    expect(await home.metadata.ledger.get(done.ledger)).toMatchObject({ action: 'feature.materialized', subject: 'source/departures', details: { datasetVersion: flights, sequence: 1 } })
    await home.features.materialize({ source: 'planes' })
    expect(await read()).toEqual([10, 2, 1.5, 3, 'b', 100, 1999, 20, 0.15])
    // An equal push is the row that is there; the same version again changes nothing.
    expect(await home.features.push('departures', [flight('b', START, 2)])).toEqual({ first: 1, last: 1, duplicates: 1 })
    await home.features.materialize({ source: 'departures', upTo: START })
    expect((await read()).slice(1, 4)).toEqual([2, 1.5, 3])
    await home.take('planes', PLANES.columns, [{ tail: 'N1', year: 2001 }])
    expect((await read())[6]).toBe(1999)
    await home.features.materialize({ source: 'planes' })
    expect((await read())[6]).toBe(2001)
    expect((await read(START, { distance: 1 }, { airport: null, plane: 'N2' }))[6]).toBe(null)
    await home.features.materialize({ source: 'planes', datasetVersion: first })
    expect((await read())[6]).toBe(1999)
    await expect(home.features.materialize({ source: 'departures', upTo: START + HOUR })).rejects.toEqual(refused('event_time_out_of_range', /ahead/))
    await expect(home.features.materialize({ source: 'departure' })).rejects.toEqual(refused('not_found'))
    await expect(home.features.materialize({ source: 'departures', datasetVersion: first })).rejects.toEqual(refused('invalid_definition'))
    await expect(home.features.materialize({ source: 'departures', datasetVersion: 'f'.repeat(64) })).rejects.toEqual(refused('not_found'))
    const { sources } = await home.features.status()
    expect(sources).toEqual([
      expect.objectContaining({ source: 'departures', kind: 'events', keys: { origin: 1 }, watermark: START, oldestRead: START - 24 * HOUR }),
      expect.objectContaining({ source: 'planes', kind: 'static', rows: 2, datasetVersion: first }),
    ])
  })

  it('lets old versions in a dataset supersede those within the horizon', async () => {
    const source: SourceDefinition = { ...DEPARTURES, name: 'told', dataset: 'told', knownAt: 'told', columns: [...DEPARTURES.columns, { name: 'told', type: 'timestamp' }] }
    await home.register({
      entities: [{ name: 'airport', key: 'origin', type: 'string' }], sources: [source], views: [{ name: 'all', kind: 'aggregate', entity: 'airport', source: 'told', features: [{ name: 'rows', aggregate: 'count', window: '1h' }] }],
      services: [{ name: 'told', entities: ['airport'], request: [], features: ['all.rows'] }],
    })
    const told = (id: string, at: number, known: number): Row => ({ ...flight(id, at, 1).values, told: known })
    await home.take('told', source.columns, [
      told('kept', START, START), told('late', START - MINUTE, START - MINUTE), told('late', START - 90 * HOUR, START - 30),
      told('early', START - MINUTE, START - 100 * HOUR), told('early', START - 95 * HOUR, START - 95 * HOUR),
    ])
    await home.features.materialize({ source: 'told', upTo: START })
    const { digest: all } = await home.features.prepare((await home.features.describe('told')).content)
    const count = async (at: number) => (await home.features.read(all, [{ entities: { airport: 'JFK' }, request: {}, at }])).vectors[0][0]
    expect([await count(START - 31), await count(START)]).toEqual([1, 1])
    await home.features.push('told', [{ values: told('pushed', START, START) }])
    home.clock.time = START + 5 * MINUTE
    await home.take('told', source.columns, [told('kept', START, START), told('pushed', START - 90 * HOUR, START + 2 * MINUTE)])
    await home.features.materialize({ source: 'told' })
    expect([await count(START + MINUTE), await count(START + 2 * MINUTE)]).toEqual([2, 1])
  })

  it('comes back from what is kept and the journal, and from the journal alone', async () => {
    await home.take('planes', PLANES.columns, [{ tail: 'N1', year: 1999 }])
    await home.take('flights', DEPARTURES.columns, [flight('h', START - MINUTE, 0.7).values])
    await home.features.materialize({ source: 'planes' })
    await home.features.materialize({ source: 'departures' })
    await home.features.push('departures', [flight('a', START, 0.1), flight('b', START, 0.2)])
    home.clock.time += 5 * MINUTE
    const before = await read()
    await home.restart()
    digest = await prepare()
    expect(await read()).toEqual(before)
    await home.features.push('departures', [flight('a', START, 0.3)])
    const after = await read()
    await home.restart({ kill: true })
    digest = await prepare()
    expect(await read()).toEqual(after)
    expect(home.warnings).toEqual([])
    const damages: [string, number, (state: string) => Promise<void> | void][] = [
      ['a file that is none', 1, state => writeFile(join(state, 'features.db'), 'this is no database, and it is long enough to be looked at')],
      ['a block that was changed', 1, state => {
        const db = new DatabaseSync(join(state, 'features.db'))
        const { bytes, rowid } = db.prepare('SELECT rowid, bytes FROM block').get() as { bytes: Uint8Array; rowid: number }
        bytes[bytes.length >> 1] ^= 1
        db.prepare('UPDATE block SET bytes = ? WHERE rowid = ?').run(bytes, rowid)
        db.close()
      }],
      ['a folder that is gone', 0, state => rm(state, { recursive: true })],
    ]
    for (const [what, warnings, meanwhile] of damages) {
      const warned = home.warnings.length
      await home.restart({ meanwhile })
      expect(home.warnings.slice(warned).filter(w => w.includes('made anew from the journal')), what).toHaveLength(warnings)
      digest = await prepare()
      expect(await read(), what).toEqual(after)
    }
  })

  it('builds state for a service that asks for more, from the journal, while events go on', async () => {
    await home.features.push('departures', [flight('a', START, 1), flight('b', START, 2, { origin: 'LGA' })])
    home.clock.time += 8 * HOUR
    const { content } = await home.features.describe('delay')
    const wider = { ...content, views: content.views.map(v => (v.kind === 'aggregate' ? { ...v, features: v.features.map(f => ({ ...f, window: '9h' })) } : v)) }
    const preparing = home.features.prepare(wider)
    await home.features.push('departures', [flight('c', START + 8 * HOUR, 4)])
    const other = (await preparing).digest
    expect(other).not.toBe(digest)
    const [vector] = (await home.features.read(other, [{ entities: { airport: 'JFK', plane: null }, request: { distance: 10 }, at: home.clock.time }])).vectors
    expect(vector.slice(1, 4)).toEqual([2, 2.5, 5])
    expect((await read()).slice(1, 4)).toEqual([1, 4, 4])
    await home.features.push('departures', [flight('d', START + 8 * HOUR, 6)])
    expect((await read()).slice(1, 4)).toEqual([2, 5, 10])
  })

  it('forgets events that the journal took and lost', async () => {
    await home.features.push('departures', [flight('a', START, 1)])
    const { journal } = home
    let lost: (first: number) => void | Promise<void> = () => {}
    let losing = false
    const failing: FeatureStoreOptions['journal'] = {
      append: (stream, table) => (losing ? { first: journal.position + 1, last: journal.position + table.rows } : journal.append(stream, table)),
      get position() { return journal.position }, get durable() { return journal.durable },
      waitDurable: n => journal.waitDurable(n), read: o => journal.read(o), get: n => journal.get(n), close: () => journal.close(),
      onLost: handler => { lost = handler; return () => {} },
    }
    await journal.waitDurable()
    const features = await openFeatureStore({ metadata: home.metadata, journal: failing, blobs: home.blobs, engine: home.engine, clock: home.clock, config: { features: { lateness: '24h' } }, home: home.dir, openState: async () => openSqliteState(home.dir, openLog({ level: 'silent' })), log: openLog({ level: 'silent' }) })
    await features.prepare((await features.describe('delay')).content)
    const total = async () => (await features.read(digest, [{ entities: { airport: 'JFK', plane: null }, request: { distance: 1 }, at: START }])).vectors[0][3]
    losing = true
    await features.push('departures', [flight('b', START, 2)])
    expect(await total()).toBe(3)
    const rebuilt = lost(2)
    expect(await total()).toBe(1)
    await rebuilt
    losing = false
    expect(await features.push('departures', [flight('b', START, 2)])).toMatchObject({ duplicates: 0 })
    expect(await total()).toBe(3)
    await features.close()
  })
})
