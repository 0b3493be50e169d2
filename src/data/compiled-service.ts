// What a service reads, resolved once: the same plan drives training sets in SQL, online state and the check of one against the other.
//
// The meaning of the features, the same in every execution (t is the prediction time, all times in microseconds):
// - An aggregate covers the rows of its key with event time in (t − window, t], known at or before t; of several versions of one id only the one with
//   the greatest (known-at, sequence) counts, and it may have left the key or the window.
// - count: of rows, or of rows whose column is not null (int64). Of no rows: 0.
// - sum: of the non-null values, exact, rounded once to the nearest even double (float64; int64 columns too). Of no values: 0, never −0.
// - mean: sum (rounded) / count of non-null values, one IEEE division. Of no values: null.
// - latest: the row with the greatest (event time, known-at, sequence or row order) in (t − ttl, t], its column as it is: a null there stays null.
//   A static source has one row a key, always known (of two, the later row). No row: null.
// - A null key, or one never seen, is a key without rows: count 0, sum 0, mean null, latest null. Rows with a null key belong to no key.
import type { Json } from '../core/canonical.ts'
import type { Aggregate, EntityDefinition, FeatureContent, OnDemandFeature, SourceDefinition, ViewDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ColumnType } from '../core/schema.ts'
import { parseDuration, type Micros } from '../core/time.ts'

export interface AggregatePlan { kind: 'aggregate'; name: string; aggregate: Aggregate; /** Null: count of rows. */ column: string | null; columnType: ColumnType | null; window: Micros; type: ColumnType; /** Index in `lookups`. */ slot: number }
export interface LatestPlan { kind: 'latest'; name: string; column: string; type: ColumnType; slot: number }
export type FeaturePlan = AggregatePlan | LatestPlan

/** One view with the features that are read of it. */
export interface ViewPlan {
  view: ViewDefinition
  source: SourceDefinition
  entity: EntityDefinition
  /** The source's column that carries the entity's key. */
  key: string
  /** Null: rows never expire (or the view aggregates). */
  ttl: Micros | null
  /** A source without event time. */
  isStatic: boolean
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
  const entity = find(content.entities, view.entity, 'entity')
  const ttl = view.kind === 'latest' && view.ttl !== undefined ? durationOf(view.ttl, `${view.name}.ttl`) : null
  return { view, source, entity, key: entity.key, ttl, isStatic: source.eventTime === undefined, features: [] }
}

function planFeature(plan: ViewPlan, name: string, slot: number): FeaturePlan {
  const { view, source } = plan
  const typeOf = (column: string): ColumnType => find(source.columns, column, `column of source ${source.name}`).type
  if (view.kind === 'latest') {
    const { column } = find(view.features, name, `feature of view ${view.name}`)
    return { kind: 'latest', name, column, type: typeOf(column), slot }
  }
  const f = find(view.features, name, `feature of view ${view.name}`)
  const column = f.column ?? null
  return {
    kind: 'aggregate', name, slot, aggregate: f.aggregate, column, columnType: column === null ? null : typeOf(column),
    window: durationOf(f.window, `${view.name}.${name}.window`), type: f.aggregate === 'count' ? 'int64' : 'float64',
  }
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
