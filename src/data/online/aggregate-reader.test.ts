import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregateFeature, Condition, SourceDefinition, ViewDefinition, Window } from '../../core/definition.ts'
import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Row, Value } from '../../core/schema.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { compileService, type ViewPlan } from '../compiled-service.ts'
import { keyId } from '../entity-key.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { readOracle, type Version } from '../fixtures/oracle.ts'
import { reloadState } from '../fixtures/reload-state.ts'
import { EventState } from './event-state.ts'
import { ServiceReader } from './service-reader.ts'
import { addNeeds, type Needs } from './state-spec.ts'
import { StateSet } from './state-set.ts'

const START = 1_364_774_400_000_000
const TYPES = { id: 'string', time: 'timestamp', a: 'string', b: 'int64', x: 'float64', n: 'int64', s: 'string', ok: 'boolean', u: 'timestamp' } as const
type Name = keyof typeof TYPES
const NAMES = Object.keys(TYPES) as Name[]
const SOURCE: SourceDefinition = { name: 'events', dataset: 'd', id: ['id'], eventTime: 'time', columns: NAMES.map(name => ({ name, type: TYPES[name] })) }
const ENTITIES = [{ name: 'first', key: 'a', type: 'string' as const }, { name: 'second', key: 'b', type: 'int64' as const }]

const window = fc.oneof<fc.Arbitrary<Window>[]>(
  fc.constantFrom('1us', '10m', '1h', '3h', 'lifetime'), fc.record({ tumbling: fc.constantFrom('1h', '25m', '1d'), offset: fc.constantFrom('0s', '7m', '-5h') }),
  fc.record({ session: fc.constantFrom('1us', '20m', '45m'), longest: fc.constantFrom('1h', '4h', '1d') }),
)
const condition = fc.oneof<fc.Arbitrary<Condition>[]>(
  fc.constantFrom<Condition>({ column: 'x', above: 0 }, { column: 'x', atMost: 3 }, { column: 'n', below: 5 }, { column: 'n', in: [1, 2, 3] }, { column: 's', equals: 'p' }, { column: 's', not: 'p' }, { column: 'ok', equals: true }, { column: 'x', missing: true }, { column: 'u', missing: false }, { column: 'ok', not: false }),
)
const where = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.array(condition, { minLength: 1, maxLength: 2 }) })
const any = fc.constantFrom<Name>('x', 'n', 's', 'ok', 'u', 'a')
const number = fc.constantFrom<Name>('x', 'x', 'n')
const feature: fc.Arbitrary<Omit<AggregateFeature, 'name'>> = fc.oneof(
  fc.record({ aggregate: fc.constant('count' as const), window, where }), fc.record({ aggregate: fc.constantFrom('count', 'first', 'last', 'countDistinct', 'approxCountDistinct', 'timeSince'), column: any, window, where }),
  fc.record({ aggregate: fc.constantFrom('sum', 'mean', 'stddev'), column: number, window, where }), fc.record({ aggregate: fc.constantFrom('min', 'max'), column: fc.constantFrom('x', 'n', 'u'), window, where }),
  fc.record({ aggregate: fc.constant('lastN' as const), column: any, n: fc.constantFrom(1, 3, 100), window, where }), fc.record({ aggregate: fc.constant('percentile' as const), column: number, p: fc.constantFrom(0, 0.25, 0.5, 0.9, 1), window, where }),
  fc.record({ aggregate: fc.constant('share' as const), of: fc.array(condition, { minLength: 1, maxLength: 2 }), window, where }), fc.record({ aggregate: fc.constant('timeSince' as const), window, where }),
)
const entity = fc.constantFrom('first', 'second', ['first', 'second'], ['second', 'first'])
const view = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('aggregate' as const), entity, where, features: fc.array(feature, { minLength: 1, maxLength: 9 }) }) },
  fc.record({ kind: fc.constant('latest' as const), entity, where, ttl: fc.constantFrom(undefined, '1us', '90m'), features: fc.constant(['x', 'n', 's', 'u'].map(column => ({ column }))) }),
)
const views = fc.array(view, { minLength: 1, maxLength: 4 }).map(all => all.map((v, i) => ({ ...v, name: `v${i}`, source: 'events', features: v.features.map((f, k) => ({ name: `f${k}`, ...f })) }) as ViewDefinition))

const double = fc.oneof(fc.constantFrom(null, 0, 0.1, 0.2, 0.3, -0.1, 1e-3, 1e3 / 3, 1e100, -1e100, 2 ** -485, 2 ** 510, 2 ** 53), fc.integer({ min: -50, max: 50 }), fc.tuple(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.integer({ min: -400, max: 400 })).map(([m, e]) => m * 2 ** e || 0))
const event = fc.record({
  id: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 200 })), a: fc.constantFrom('p', 'q|', null), b: fc.constantFrom(1, 2, 2n ** 60n, null),
  late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 300 })), ahead: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 60 })), tick: fc.integer({ min: 0, max: 25 }), grain: fc.constantFrom(0, 0, 1, -1),
  x: double, n: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(null, 2 ** 53 - 1, 2n ** 53n, 2n ** 62n + 1n, -(2n ** 63n))), s: fc.constantFrom(null, 'p', 'q', '"'), ok: fc.constantFrom(null, true, false), u: fc.constantFrom(null, START, START + 1, START + HOUR),
  back: fc.oneof(fc.constant(0), fc.integer({ min: -30, max: 200 })), restart: fc.integer({ min: 0, max: 19 }),
})

/** The origins of a view's values, from the oracle's answers to how long ago rows were; rows up to `floor` are forgotten. */
function originsOf(plan: ViewPlan, versions: Version[], key: Value[], t: number, values: readonly Value[], floor: number): FeatureOrigin[] {
  const { view } = plan
  const asked = view.features.flatMap((f, i): AggregateFeature[] => {
    const own = 'aggregate' in f ? { window: f.window, where: f.where } : { window: plan.view.kind === 'latest' && plan.view.ttl !== undefined ? plan.view.ttl : 'lifetime' }
    return [
      { name: `ever${i}`, aggregate: 'timeSince', ...own, window: 'lifetime' }, { name: `row${i}`, aggregate: 'timeSince', ...own },
      { name: `value${i}`, aggregate: 'timeSince', ...own, column: 'aggregate' in f ? f.column : undefined },
    ]
  })
  const since = readOracle({ ...plan, view: { ...view, kind: 'aggregate', features: asked } as ViewDefinition, features: asked as unknown as ViewPlan['features'] }, versions, key, t)
  const timeOf = (name: string): number | null => { const s = since.get(name) as number | null; return s === null ? null : t - Math.round(s * 1e6) }
  return view.features.map((_, i): FeatureOrigin => {
    const ever = timeOf(`ever${i}`)
    const row = timeOf(`row${i}`)
    if (row === null) return ever === null || ever <= floor ? { status: 'notFound', eventTime: null } : { status: 'expired', eventTime: ever }
    const value = timeOf(`value${i}`)
    return value === null ? { status: 'missing', eventTime: row } : { status: values[i] === null ? 'missing' : 'present', eventTime: value }
  })
}

describe('aggregates of online state', () => {
  it('and the origins of their values are what the definition says, to the bit, for random definitions, late, corrected and dropped events, and through restarts', () => {
    fc.assert(fc.property(views, fc.constantFrom(30 * MINUTE, 6 * HOUR), fc.array(event, { minLength: 10, maxLength: 90, size: 'max' }), fc.constantFrom(2, 2, 3, 32), (definitions, lateness, events, fanOut) => {
      const features = definitions.flatMap(v => v.features.map(f => `${v.name}.${f.name}`))
      const service = compileService(buildFeatureContent({ name: 's', entities: ['first', 'second'], request: [], features }, { entities: ENTITIES, sources: [SOURCE], views: definitions }, null))
      const needs: Needs = new Map()
      addNeeds(needs, service.views)
      let states = new StateSet()
      for (const [key, need] of needs) states.events.set(key, new EventState({ ...need, lateness, fanOut }))
      const reader = new ServiceReader(service, { compute: () => [] })
      reader.bind(states)
      const versions: Version[] = []
      let now = START
      events.forEach((e, order) => {
        now += e.tick * MINUTE
        const time = now - e.late * MINUTE + e.grain
        const known = now + e.ahead * MINUTE
        const row: Row = { id: `e${e.id}`, time, a: e.a, b: e.b, x: e.x, n: e.n, s: e.s, ok: e.ok, u: e.u }
        states.apply({ source: 'events', columns: SOURCE.columns, first: order + 1, events: [{ knownAt: known, values: NAMES.map(c => row[c]) }] }, now)
        const before = versions.filter(o => o.id === row.id && o.knownAt <= known).sort((x, y) => x.knownAt - y.knownAt || x.order - y.order).at(-1)
        if (before?.knownAt !== known || !NAMES.every(c => before.values[c] === row[c])) versions.push({ id: row.id as string, eventTime: time, knownAt: known, sequence: order, order, values: row })
        const [state] = states.events.values()
        if (e.restart === 0) {
          states = new StateSet()
          for (const key of needs.keys()) states.events.set(key, reloadState(state))
          reader.bind(states)
        } else if (e.restart < 5) state.prune(now)
        if (order % 5 !== 4) return
        const t = Math.max(state.oldestRead, now - e.back * MINUTE)
        for (const first of ['p', 'q|', null]) for (const second of [1, 2n ** 60n, null]) {
          const request = { entities: { first, second }, request: {}, at: t }
          const keyOf = (v: ViewPlan): Value[] => v.entities.map(e => (e.name === 'first' ? first : second))
          const actual = reader.read(request, '')
          const expected = service.views.map(v => [...readOracle(v, versions, keyOf(v), t).values()])
          const at = expected.flat().findIndex((v, i) => !Object.is(v, actual[i]))
          if (at >= 0) expect({ feature: features[at], first, second, t, value: actual[at] }).toEqual({ feature: features[at], first, second, t, value: expected.flat()[at] })
          if ((first === 'p') !== (second === 1)) continue
          const origins: (FeatureOrigin | null)[] = []
          expect(reader.read(request, '', origins)).toEqual(actual)
          expect(origins).toEqual(service.views.flatMap((v, i) => originsOf(v, versions, keyOf(v), t, expected[i], state.floorOf(state.indexes.get(keyId(v.keys))!))))
        }
      })
    }), { numRuns: 60 })
  })
})
