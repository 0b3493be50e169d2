// What a service reads, resolved once: the same plan drives training sets in SQL, online state and the check of one against the other.
//
// The meaning of the features, the same in every execution (t is the prediction time, all times in microseconds):
// - The rows of a feature are those of its key within its window (`meaning/window.ts`) that are known at or before t and satisfy the view's and its own conditions
//   (`meaning/condition.ts`). Of several versions of one id only the one with the greatest (known-at, sequence) counts, and it may have left the key, the
//   window or the conditions; a version equal in all columns to the one before it, known at the same time, is none. Rows without an event time or a known-at
//   are left out. An aggregate of a column skips the rows where it is missing.
// - count: of rows, or of values (int64). Of none: 0. countDistinct: of different values, exactly. approxCountDistinct: `meaning/distinct-sketch.ts`.
// - sum: exact, rounded once to the nearest even double (float64; int64 columns too). Of no values: 0, never −0.
// - mean: sum (rounded) / count of values, one IEEE division. stddev: of the sample (n − 1), `meaning/deviation.ts`. share: rows that satisfy `of` too / rows,
//   one IEEE division. timeSince: (t − event time of the newest row) / 1,000,000, one IEEE division: seconds. percentile: `meaning/percentile.ts` (an int64 is
//   converted to the nearest double first). Of no values (stddev: of fewer than two): null.
// - min, max: the value as it is (numbers and times). first, last: the value with the least, the greatest (event time, known-at, sequence or row order).
//   Of no values: null. lastN: the last n values, newest first, as the text of a JSON array (times as microseconds); of none: '[]'.
// - latest: the row with the greatest (event time, known-at, sequence or row order) in (t − ttl, t] that satisfies the view's conditions, its column as it is:
//   a null there stays null. A static source has one row a key, always known (of two, the later row). No row: null.
// - A null key (of several entities: any of them), or one never seen, is a key without rows. Rows with a null key belong to no key.
// - By event time (`HistoryMode`, in history alone) a row counts in its last version only, from its event time on, whenever it became known; ties between equal
//   event times are broken as ever. Rows that never became known never count.
// - A look-up gives each version of a row (event time e, known-at k) the feature of another view for the row's keys at e, from what was known before
//   max(e, k): strictly before, so that what is pushed in the same instant never matters. It is a column of the row from then on; seen from a journal
//   position, it is made from what had been accepted by then.
import type { Json } from '../core/canonical.ts'
import { entitiesOf, type Aggregate, type EntityDefinition, type FeatureContent, type OnDemandFeature, type SourceDefinition, type ViewDefinition, type ViewLookup } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ColumnType } from '../core/schema.ts'
import { parseDuration, type Micros } from '../core/time.ts'
import { planConditions, type ConditionPlan } from './meaning/condition.ts'
import { planWindow, type WindowPlan } from './meaning/window.ts'

export interface AggregatePlan {
  kind: 'aggregate'
  name: string
  aggregate: Aggregate
  /** Of the source, or the name of one of the view's look-ups. Null: rows. */
  column: string | null
  columnType: ColumnType | null
  window: WindowPlan
  /** The view's and its own conditions: all must hold. */
  where: ConditionPlan[]
  /** share: what the counted rows satisfy besides; else empty. */
  of: ConditionPlan[]
  /** lastN, else 0. */
  n: number
  /** percentile, else 0. */
  p: number
  type: ColumnType
  /** Index in `lookups` of the service. */
  slot: number
}
export interface LatestPlan { kind: 'latest'; name: string; column: string; type: ColumnType; slot: number }
export type FeaturePlan = AggregatePlan | LatestPlan

/** A column that rows get from another view. */
export interface LookupPlan { name: string; type: ColumnType; /** That view with this one feature, at slot 0. It has no look-ups itself. Its keys' columns are found in the row by the same names. */ plan: ViewPlan }

/** One view with the features that are read of it. */
export interface ViewPlan {
  view: ViewDefinition
  source: SourceDefinition
  /** One, or several that are the key together. */
  entities: EntityDefinition[]
  /** The source's columns that carry their keys. */
  keys: string[]
  /** Null: rows never expire (or the view aggregates). */
  ttl: Micros | null
  /** A source without event time. */
  isStatic: boolean
  /** The view's own conditions. */
  where: ConditionPlan[]
  /** Those that the features read. */
  lookups: LookupPlan[]
  features: FeaturePlan[]
}

/** Where a value comes from: index into `request`, `lookups` or `onDemand`. */
export interface Origin { from: 'request' | 'lookup' | 'onDemand'; index: number }

export interface RequestPlan { name: string; type: ColumnType; optional: boolean; /** False: only an input of on-demand functions. */ model: boolean }

export interface CompiledService {
  digest: string
  content: FeatureContent
  request: RequestPlan[]
  /** The distinct views, in the order of their first feature. */
  views: ViewPlan[]
  /** Every `view.feature` that is looked up, in the order of the service: the `features` of `computeOnDemand`. */
  lookups: { name: string; type: ColumnType; view: number; feature: FeaturePlan }[]
  onDemand: (OnDemandFeature & { origins: Origin[] })[]
  /** For each of `content.outputs`, in order. */
  outputs: (Origin & { name: string; type: ColumnType })[]
}

/** The identity of feature content: SHA-256 of its canonical JSON. */
export function contentDigest(content: FeatureContent): string {
  return digestOf(content as unknown as Json)
}

/**
 * Resolves every name of checked content.
 * @throws SlipwayError `invalid_definition` when content refers to what it does not carry.
 */
export function compileService(content: FeatureContent): CompiledService {
  const { service } = content
  const request = service.request.map(r => ({ name: r.name, type: r.type, optional: r.optional === true, model: r.model !== false }))
  const views: ViewPlan[] = []
  const lookups = service.features.map((name, slot) => {
    const [viewName, featureName] = splitReference(name)
    const view = find(content.views, viewName, 'view')
    let index = views.findIndex(v => v.view.name === viewName)
    if (index < 0) index = views.push(planView(content, view)) - 1
    const feature = planFeature(views[index], featureName, slot)
    views[index].features.push(feature)
    return { name, type: feature.type, view: index, feature }
  })
  const originOf = (name: string): Origin => {
    const asked = request.findIndex(r => r.name === name)
    if (asked >= 0) return { from: 'request', index: asked }
    const looked = service.features.indexOf(name)
    if (looked >= 0) return { from: 'lookup', index: looked }
    throw new SlipwayError('invalid_definition', `Service ${service.name}: ${name} is neither a request feature nor one of its features.`)
  }
  const onDemand = (service.onDemand?.functions ?? []).map(f => ({ ...f, origins: f.inputs.map(originOf) }))
  const outputs = content.outputs.map(column => {
    const index = onDemand.findIndex(f => f.name === column.name)
    return { ...(index >= 0 ? { from: 'onDemand' as const, index } : originOf(column.name)), ...column }
  })
  return { digest: contentDigest(content), content, request, views, lookups, onDemand, outputs }
}

/** `view.feature` in its two halves. */
export function splitReference(name: string): [view: string, feature: string] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)]
}

function planView(content: FeatureContent, view: ViewDefinition): ViewPlan {
  const source = find(content.sources, view.source, 'source')
  const entities = entitiesOf(view).map(name => find(content.entities, name, 'entity'))
  const ttl = view.kind === 'latest' && view.ttl !== undefined ? durationOf(view.ttl, `${view.name}.ttl`) : null
  const lookups = view.kind === 'aggregate' ? (view.lookups ?? []).map(l => planLookup(content, view, l)) : []
  const where = planConditions(view.where, columnTypes(source, lookups))
  return { view, source, entities, keys: entities.map(e => e.key), ttl, isStatic: source.eventTime === undefined, where, lookups, features: [] }
}

function planLookup(content: FeatureContent, outer: ViewDefinition, { name, feature }: ViewLookup): LookupPlan {
  const [viewName, featureName] = splitReference(feature)
  const view = find(content.views, viewName, 'view')
  if (view.kind === 'aggregate' && (view.lookups ?? []).length > 0) throw new SlipwayError('invalid_definition', `View ${outer.name} looks up ${feature}, whose view looks up others itself: one level is the limit.`)
  const plan = planView(content, view)
  const planned = planFeature(plan, featureName, 0)
  plan.features.push(planned)
  return { name, type: planned.type, plan }
}

function columnTypes(source: SourceDefinition, lookups: readonly LookupPlan[]): (column: string) => ColumnType {
  return column => (lookups.find(l => l.name === column) ?? find(source.columns, column, `column of source ${source.name}`)).type
}

function planFeature(plan: ViewPlan, name: string, slot: number): FeaturePlan {
  const { view, source } = plan
  const typeOf = columnTypes(source, plan.lookups)
  if (view.kind === 'latest') {
    const { column } = find(view.features, name, `feature of view ${view.name}`)
    return { kind: 'latest', name, column, type: typeOf(column), slot }
  }
  const f = find(view.features, name, `feature of view ${view.name}`)
  const column = f.column ?? null
  const columnType = column === null ? null : typeOf(column)
  return {
    kind: 'aggregate', name, slot, aggregate: f.aggregate, column, columnType, window: planWindow(f.window, `${view.name}.${name}.window`),
    where: [...plan.where, ...planConditions(f.where, typeOf)], of: planConditions(f.of, typeOf), n: f.n ?? 0, p: f.p ?? 0, type: aggregateType(f.aggregate, columnType),
  }
}

/** The type of an aggregate of a column. */
export function aggregateType(aggregate: Aggregate, column: ColumnType | null): ColumnType {
  switch (aggregate) {
    case 'count': case 'countDistinct': case 'approxCountDistinct': return 'int64'
    case 'min': case 'max': case 'first': case 'last': return column ?? 'float64'
    case 'lastN': return 'string'
    default: return 'float64'
  }
}

/** The source columns that views read: keys, features, conditions and the keys of look-ups. */
export function columnsRead(views: readonly ViewPlan[]): Set<string> {
  const all = new Set<string>()
  for (const view of views) {
    const own = new Set(view.lookups.map(l => l.name))
    const add = (column: string | null): void => { if (column !== null && !own.has(column)) all.add(column) }
    for (const key of [...view.keys, ...view.lookups.flatMap(l => l.plan.keys), ...view.where.map(c => c.column)]) add(key)
    for (const f of view.features) {
      add(f.column)
      if (f.kind === 'aggregate') for (const c of [...f.where, ...f.of]) add(c.column)
    }
  }
  return all
}

function find<T extends { name: string }>(all: readonly T[], name: string, what: string): T {
  const found = all.find(x => x.name === name)
  if (found === undefined) throw new SlipwayError('invalid_definition', `There is no ${what} named ${name}.`)
  return found
}

function durationOf(text: string, path: string): Micros {
  const micros = parseDuration(text)
  if (micros === null || micros <= 0) throw new SlipwayError('invalid_definition', `${path} must be a duration such as '1h', and is '${text}'.`)
  return micros
}
