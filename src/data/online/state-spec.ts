// Which state contents need: one for each source as it is defined, whatever views share it.
import type { Json } from '../../core/canonical.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import { digestOf } from '../../core/digest.ts'
import type { Micros } from '../../core/time.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { keyId } from '../entity-key.ts'
import { reachOf } from '../meaning/window.ts'

/** `keys`: `keyId` of the key columns → the longest window read by them; Infinity where rows never expire, 0 for a static source. */
export interface Need {
  source: SourceDefinition
  keys: Map<string, Micros>
  /** The longest window of a view that looks this up, 0 for none: so far before a read lie the times that it is asked about. */
  lookback: Micros
}

/** By state key. */
export type Needs = Map<string, Need>

/** The identity of a source's state: its definition without prose. */
export function stateKey(source: SourceDefinition): string {
  const { name, dataset, id, eventTime, knownAt, nan, columns } = source
  return digestOf({ name, dataset, id, eventTime, knownAt, nan, columns: columns as unknown as Json })
}

/** Adds what these views read. */
export function addNeeds(needs: Needs, views: readonly ViewPlan[]): void {
  const add = (view: ViewPlan, lookback: Micros): void => {
    mergeNeeds(needs, new Map([[stateKey(view.source), { source: view.source, keys: new Map([[keyId(view.keys), horizonOf(view)]]), lookback }]]))
  }
  for (const view of views) {
    add(view, 0)
    for (const { plan } of view.lookups) add(plan, plan.isStatic ? 0 : horizonOf(view))
  }
}

/** Adds all of `other`. */
export function mergeNeeds(needs: Needs, other: Needs): void {
  for (const [key, need] of other) {
    const mine = needs.get(key)
    if (mine === undefined) { needs.set(key, { ...need, keys: new Map(need.keys) }); continue }
    mine.lookback = Math.max(mine.lookback, need.lookback)
    for (const [id, horizon] of need.keys) mine.keys.set(id, Math.max(mine.keys.get(id) ?? 0, horizon))
  }
}

/** True when state that was made for `has` answers all that `need` asks. */
export function covers({ keys, lookback = 0 }: { keys: ReadonlyMap<string, Micros>; lookback?: Micros }, need: Need): boolean {
  return lookback >= need.lookback && [...need.keys].every(([id, horizon]) => (keys.get(id) ?? -1) >= horizon)
}

function horizonOf(view: ViewPlan): Micros {
  if (view.isStatic) return 0
  if (view.view.kind === 'latest') return view.ttl ?? Number.POSITIVE_INFINITY
  return Math.max(0, ...view.features.map(f => (f.kind === 'aggregate' ? reachOf(f.window) : 0)))
}
