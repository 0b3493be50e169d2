import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeatureContent } from '../../core/definition.ts'
import type { Row, Value } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { compileService, type AggregatePlan } from '../compiled-service.ts'
import { eventId } from '../event-id.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { readOracle, type Version } from '../fixtures/oracle.ts'
import { reloadState } from '../fixtures/reload-state.ts'
import { AggregateReader } from './aggregate-reader.ts'
import { EventState } from './event-state.ts'
import { idIndexes, idText } from './event-stream.ts'
import { LatestReader } from './latest-reader.ts'

const COLUMNS = ['id', 'part', 'time', 'key', 'x', 'n', 'label'] as const
const source = {
  name: 'events', dataset: 'd', id: ['id'], eventTime: 'time',
  columns: [
    { name: 'id', type: 'string' as const }, { name: 'part', type: 'int64' as const }, { name: 'time', type: 'timestamp' as const }, { name: 'key', type: 'string' as const },
    { name: 'x', type: 'float64' as const }, { name: 'n', type: 'int64' as const }, { name: 'label', type: 'string' as const },
  ],
}
const content: FeatureContent = buildFeatureContent(
  { name: 's', entities: ['k'], request: [], features: ['agg.rows_1', 'agg.rows_3', 'agg.x_1', 'agg.x_3', 'agg.xm_2', 'agg.n_1', 'agg.nm_3', 'agg.nc_2', 'agg.lc_3', 'last.x', 'last.label', 'ever.n'] },
  {
    entities: [{ name: 'k', key: 'key', type: 'string' }], sources: [source],
    views: [
      { name: 'agg', kind: 'aggregate', entity: 'k', source: 'events', features: [
        { name: 'rows_1', aggregate: 'count', window: '10m' }, { name: 'rows_3', aggregate: 'count', window: '3h' },
        { name: 'x_1', aggregate: 'sum', column: 'x', window: '10m' }, { name: 'x_3', aggregate: 'sum', column: 'x', window: '3h' }, { name: 'xm_2', aggregate: 'mean', column: 'x', window: '1h' },
        { name: 'n_1', aggregate: 'sum', column: 'n', window: '10m' }, { name: 'nm_3', aggregate: 'mean', column: 'n', window: '3h' },
        { name: 'nc_2', aggregate: 'count', column: 'n', window: '1h' }, { name: 'lc_3', aggregate: 'count', column: 'label', window: '3h' },
      ] },
      { name: 'last', kind: 'latest', entity: 'k', source: 'events', ttl: '90m', features: [{ name: 'x', column: 'x' }, { name: 'label', column: 'label' }] },
      { name: 'ever', kind: 'latest', entity: 'k', source: 'events', features: [{ name: 'n', column: 'n' }] },
    ],
  }, null)
const plan = compileService(content)
const START = 1_000 * HOUR

const event = fc.record({
  id: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 40 })), at: fc.oneof(fc.integer({ min: 0, max: 30 * 60 }), fc.integer({ min: 0, max: 60 }).map(n => n * 30), fc.constant(30 * 60)), key: fc.constantFrom('a', 'b', null),
  late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40 }).map(n => n * 30)), ahead: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 200 })),
  x: fc.option(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: -400, max: 400 })).map(([m, e]) => m * 2 ** e || 0)), { freq: 6 }),
  n: fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n })), { freq: 6 }), label: fc.option(fc.constantFrom('p', 'q')),
  tick: fc.integer({ min: 0, max: 40 }), readBack: fc.integer({ min: -60, max: 300 }),
})

describe('online state', () => {
  /** Pushed events become known when they are accepted, or later; rows of datasets say themselves when they were known, and come in any order. */
  const run = (from: 'push' | 'dataset', lateness: number, withEver: boolean) => (events: (typeof event extends fc.Arbitrary<infer T> ? T : never)[]): void => {
    const views = plan.views.filter(v => withEver || v.view.name !== 'ever')
    const spec = { source, keys: new Map([['key', withEver ? Number.POSITIVE_INFINITY : 3 * HOUR]]), lateness }
    let state = new EventState(spec)
    const versions: Version[] = []
    let now = START
    events.forEach((e, sequence) => {
      now += e.tick * MINUTE
      // Event times never run ahead of the clock; late ones may be as late as they like.
      const time = (from === 'push' ? Math.min(START + e.at * MINUTE, now) : START + e.at * MINUTE) - e.late * MINUTE
      const row: Row = { id: `e${e.id}`, part: e.id, time, key: e.key, x: e.x, n: e.n, label: e.label }
      const knownAt = (from === 'push' ? now : time) + e.ahead * MINUTE
      const clock = from === 'push' ? now : Number.NEGATIVE_INFINITY
      state.insert(knownAt, sequence, COLUMNS.map(c => row[c]), clock)
      versions.push({ id: row.id as string, eventTime: time, knownAt, sequence, order: 0, values: row })
      if (e.tick % 4 === 1) state.prune(clock)
      if (e.tick % 4 === 2) state = reloadState(state)
      const t = Math.max(state.oldestRead, (from === 'push' ? now : state.watermark) - e.readBack * MINUTE)
      for (const view of views) for (const key of ['a', 'b', 'c', null] as Value[]) {
        const out: Value[] = []
        const reader = view.view.kind === 'aggregate'
          ? new AggregateReader(state, 'key', view.features as AggregatePlan[]) : new LatestReader(state, view)
        reader.read(key, t, t, out)
        const expected = readOracle(view, versions, key, t)
        for (const f of view.features) if (!Object.is(out[f.slot], expected.get(f.name))) {
          expect({ feature: f.name, key, t, value: out[f.slot] }).toEqual({ feature: f.name, key, t, value: expected.get(f.name) })
        }
      }
    })
  }
  for (const [from, lateness, withEver] of [['push', 20 * MINUTE, false], ['push', 3 * HOUR, true], ['dataset', 20 * MINUTE, false], ['dataset', 3 * HOUR, true]] as const) {
    it(`reads what the definition says, to the bit, through lateness, corrections, pruning and restarts (${from}${withEver ? ', rows that never expire' : ''})`, () => {
      fc.assert(fc.property(fc.array(event, { minLength: 30, maxLength: 90, size: 'max' }), run(from, lateness, withEver)), { numRuns: 60 })
    })
  }

  it('forgets what no permitted read can see', () => {
    const state = new EventState({ source, keys: new Map([['key', HOUR]]), lateness: HOUR })
    for (let i = 0; i < 50_000; i++) {
      const time = START + i * MINUTE
      state.insert(time, i, [`e${i}`, i, time, `k${i % 7}`, i, i, null], time)
    }
    expect(state.rows).toBeLessThan(2_000)
    state.prune(START + 50_000 * MINUTE)
    expect(state.rows).toBeLessThanOrEqual(130)
    expect(state.indexes.get('key')?.size).toBe(7)
  })

  it('remembers what a dropped version superseded', () => {
    const spec = { source, keys: new Map([['key', 3 * HOUR]]), lateness: HOUR }
    const clock = START + 100 * HOUR
    const row = (time: number): Value[] => ['a', 1, time, 'a', 1, 1, null]
    const rowsAt = (state: EventState, t: number): Value => {
      const out: Value[] = []
      new AggregateReader(state, 'key', plan.views[0].features.filter((f): f is AggregatePlan => f.name === 'rows_3')).read('a', t, t, out)
      return out[1]
    }
    const first = new EventState(spec)
    first.insert(START + HOUR, 1, row(START), clock)
    first.insert(START + 2 * HOUR, 2, row(START - 9 * HOUR), clock)
    first.prune(clock)
    expect(first.rows).toBe(1)
    const state = reloadState(first)
    expect([rowsAt(state, START + 90 * MINUTE), rowsAt(state, START + 2 * HOUR)]).toEqual([1, 0])
    expect(state.newestOf(['a'])).toBe(null)
    state.insert(START + 100 * MINUTE, 3, row(START + MINUTE), clock)
    expect([rowsAt(state, START + 110 * MINUTE), rowsAt(state, START + 2 * HOUR)]).toEqual([1, 0])
  })

  it('names events as the history does', () => {
    fc.assert(fc.property(fc.string(), fc.integer(), (text, n) => {
      for (const id of [['id'], ['part'], ['id', 'part'], ['id', 'label', 'time']]) {
        const row: Row = { id: text, part: n, time: n, key: null, x: null, n: null, label: `|${text}\\` }
        expect(idText(idIndexes({ ...source, id }), COLUMNS.map(c => row[c]))).toBe(eventId({ ...source, id }, row))
      }
    }))
    expect(idText([0], [null])).toBe(null)
  })
})
