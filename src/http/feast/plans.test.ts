import { describe, expect, it } from 'vitest'
import type { SourceDefinition } from '../../core/definition.ts'
import type { Definitions } from '../../data/index.ts'
import { readFrame } from './event-frame.ts'
import { featureRepo, projectName } from './export/feature-repo.ts'
import { planFeatures, planService } from './read-plan.ts'
import { planWrite } from './write-plan.ts'

const column = (name: string, type: 'string' | 'int64' | 'float64' | 'timestamp' | 'boolean'): SourceDefinition['columns'][number] => ({ name, type })
const definitions: Definitions = {
  entities: [{ name: 'driver', key: 'driver_id', type: 'int64' }, { name: 'city', key: 'city', type: 'string' }],
  sources: [
    { name: 'stats', dataset: 'stats', id: ['driver_id', 'at'], eventTime: 'at', knownAt: 'stored', columns: [column('driver_id', 'int64'), column('at', 'timestamp'), column('stored', 'timestamp'), column('rate', 'float64'), column('note', 'string'), column('class', 'string')] },
    { name: 'trips', dataset: 'trips', id: ['trip_id'], eventTime: 'created', columns: [column('trip_id', 'string'), column('created', 'timestamp'), column('driver_id', 'int64'), column('city', 'string'), column('fare', 'float64')] },
    { name: 'cities', dataset: 'cities', id: ['city'], columns: [column('city', 'string'), column('people', 'int64')] },
    { name: 'clicks', dataset: 'clicks', id: ['at'], eventTime: 'at', columns: [column('at', 'timestamp'), column('city', 'string'), column('event_timestamp', 'string')] },
  ],
  views: [
    { name: 'stats', kind: 'latest', entity: 'driver', source: 'stats', ttl: '90m', features: [{ name: 'rating', column: 'rate' }, { name: 'class', column: 'class' }], owner: 'ada' },
    { name: 'notes', kind: 'latest', entity: 'driver', source: 'stats', features: [{ name: 'note', column: 'note' }, { name: 'rating', column: 'rate' }] },
    { name: 'last_trip', kind: 'latest', entity: ['driver', 'city'], source: 'trips', features: [{ name: 'fare', column: 'fare' }] },
    { name: 'town', kind: 'latest', entity: 'city', source: 'cities', features: [{ name: 'people', column: 'people' }] },
    { name: 'fares', kind: 'aggregate', entity: 'driver', source: 'trips', features: [{ name: 'last', aggregate: 'lastN', column: 'fare', window: '1d', n: 3 }, { name: 'when', aggregate: 'lastN', column: 'created', window: '1d', n: 3 }, { name: 'trips', aggregate: 'count', window: '1d' }] },
  ],
  services: [
    { definition: { name: 'match', entities: ['driver'], request: [{ name: 'distance', type: 'float64' }, { name: 'channel', type: 'string' }], features: ['stats.rating', 'fares.last'], onDemand: { module: './m.ts', functions: [{ name: 'score', export: 'score', type: 'float64', inputs: ['distance', 'stats.rating'] }, { name: 'busy', export: 'busy', type: 'boolean', inputs: ['fares.last'] }] } }, onDemandDigest: 'a'.repeat(64) },
    { definition: { name: 'stats', entities: ['driver'], request: [{ name: 'x', type: 'int64', optional: true }], features: ['notes.note'], onDemand: { module: './n.ts', functions: [{ name: 'length', export: 'length', type: 'int64', inputs: ['notes.note', 'x'] }] } }, onDemandDigest: 'b'.repeat(64) },
  ],
}
const refused = (text: RegExp): unknown => expect.objectContaining({ message: expect.stringMatching(text) as unknown })

describe('what is read', () => {
  it('of a list: the keys of its views, the features in their order', () => {
    const plan = planFeatures(definitions, ['last_trip:fare', 'stats:rating', 'fares:when'])
    expect(plan.keys).toEqual([{ column: 'driver_id', entity: 'driver', type: 'int64' }, { column: 'city', entity: 'city', type: 'string' }])
    expect(plan.outputs).toEqual([{ view: 'last_trip', name: 'fare', type: 'float64', list: false }, { view: 'stats', name: 'rating', type: 'float64', list: false }, { view: 'fares', name: 'when', type: 'timestamp', list: true }])
    expect(plan.content.outputs.map(o => o.name)).toEqual(['last_trip.fare', 'stats.rating', 'fares.when'])
  })

  it('of a service: what its on-demand functions take from the request, and no more', () => {
    const plan = planService(definitions, 'match')
    expect(plan.request).toEqual([{ name: 'distance', type: 'float64', optional: false }])
    expect(plan.content.outputs.map(o => o.name)).toEqual(['stats.rating', 'fares.last', 'score', 'busy'])
    expect(plan.outputs.at(-1)).toEqual({ view: 'match', name: 'busy', type: 'boolean', list: false })
  })

  it('of on-demand features by name: their inputs are looked up and not answered', () => {
    const plan = planFeatures(definitions, ['match:score', 'town:people'])
    expect(plan.content.outputs).toEqual([{ name: 'score', type: 'float64' }, { name: 'town.people', type: 'int64' }])
    expect(plan.content.service.features).toEqual(['town.people', 'stats.rating'])
    expect(plan.content.service.onDemand?.functions.map(f => f.name)).toEqual(['score'])
    expect(plan.keys.map(k => k.column)).toEqual(['city', 'driver_id'])
    // The name of the service is that of a view here.
    expect(planFeatures(definitions, ['stats_on_demand:length']).request).toEqual([{ name: 'x', type: 'int64', optional: true }])
    expect(() => planFeatures(definitions, ['match:score', 'stats_on_demand:length'])).toThrow(/two modules/)
    expect(() => planFeatures(definitions, ['match:scroe'])).toThrow(/no feature scroe.*"score"/)
  })
})

describe('what is written', () => {
  it('to a view: its features by their names, whole rows or none', () => {
    expect(() => planWrite(definitions, 'stats')).toThrow(/does not hold note, which feature view notes reads/)
    expect(() => planWrite(definitions, 'notes')).toThrow(/does not hold class, which feature view stats reads/)
    expect(() => planWrite(definitions, 'last_trip')).toThrow(refused(/does not hold trip_id, by which rows of source trips are told apart/) as Error)
    expect(() => planWrite(definitions, 'town')).toThrow(/static source/)
    const whole = { ...definitions, views: definitions.views.filter(v => v.name !== 'notes') }
    const plan = planWrite(whole, 'stats')
    expect(plan.required).toEqual(['driver_id', 'rating', 'class'])
    const df = { driver_id: [7], rating: [0.5], class: ['a'], event_timestamp: ['2026-01-01T00:00:00'], created: ['2026-01-02T00:00:00'] }
    expect(readFrame(df, plan.source, plan.names)).toEqual([{ values: { driver_id: 7, rate: 0.5, class: 'a', at: 1_767_225_600_000_000, stored: 1_767_312_000_000_000 } }])
    expect(() => readFrame({ ...df, note: ['x'] }, plan.source, plan.names)).toThrow(/df\.note is no column of the view/)
  })

  it('to a source: under its name, or that of its rows where a view has it', () => {
    expect(planWrite(definitions, 'stats_rows').source.name).toBe('stats')
    expect(planWrite(definitions, 'trips')).toMatchObject({ names: null, required: [] })
    expect(() => planWrite(definitions, 'nothing')).toThrow(/Can't recognize/)
  })

  it('known-at without a column of it goes with the event, and a source may call its event time "created"', () => {
    const trips = definitions.sources[1]
    const common = { trip_id: ['t'], driver_id: [1], city: ['x'], fare: [2] }
    const values = { trip_id: 't', driver_id: 1, city: 'x', fare: 2, created: 1_767_225_600_000_000 }
    expect(readFrame({ ...common, event_timestamp: ['2026-01-01T00:00:00'], created: ['2026-01-02T00:00:00'] }, trips, null)).toEqual([{ values, knownAt: 1_767_312_000_000_000 }])
    expect(readFrame({ ...common, event_timestamp: ['2026-01-01T00:00:00'], created: [null] }, trips, null)).toEqual([{ values }])
    expect(readFrame({ ...common, created: ['2026-01-01T00:00:00'] }, trips, null)).toEqual([{ values }])
  })
})

describe('the repository for Feast\'s client', () => {
  const repo = featureRepo(definitions, { project: 'rides', url: 'http://127.0.0.1:4777' })
  const [store, features] = repo.files.map(f => f.text)

  it('points at the server', () => {
    expect(store).toContain('project: rides')
    expect(store).toContain('  type: remote\n  path: http://127.0.0.1:4777')
    expect([projectName('my-shop'), projectName('2x'), projectName('')]).toEqual(['my_shop', 'p2x', 'slipway'])
  })

  it('has every entity, source, view and service once, under names that Python and Feast take', () => {
    expect(features).toContain('name="stats_rows"')
    expect(features).toContain('trips_push = PushSource(name="trips", batch_source=trips_file)')
    expect(features).toContain('trip_id_entity = Entity(name="trip_id", join_keys=["trip_id"], value_type=ValueType.STRING, description="Tells rows apart")')
    expect(features).toContain('Field(name="last", dtype=Array(Float64), description="last 3 over 1d of fare")')
    expect(features).toContain('Field(name="when", dtype=Array(UnixTimestamp)')
    expect(features).toContain('ttl=timedelta(seconds=5400)')
    expect(features).toContain('def match(inputs):')
    expect(features).toContain('def stats_on_demand(inputs):')
    expect(features).toContain('return {"score": [0.0], "busy": [False]}')
    const assigned = [...features.matchAll(/^(?:def )?(\w+)(?: = |\()/gm)].map(m => m[1])
    expect(new Set(assigned).size).toBe(assigned.length)
  })

  it('says what Feast\'s client cannot do', () => {
    expect(repo.notes).toEqual(['Source clicks cannot be pushed by Feast\'s client: its column event_timestamp has the name of a column that Feast\'s client adds. POST /push takes it.'])
  })
})
