import { SlipwayError } from '../../core/errors.ts'
import type { AggregatePlan, ViewPlan } from '../compiled-service.ts'
import { keyId } from '../entity-key.ts'
import { AggregateReader } from './aggregate-reader.ts'
import type { EventState } from './event-state.ts'
import { LatestReader } from './latest-reader.ts'
import type { LookedUp } from './looked-up.ts'
import { LookupColumn } from './lookup-column.ts'
import { stateKey } from './state-spec.ts'
import type { StateSet } from './state-set.ts'
import { StaticReader } from './static-reader.ts'
import type { ViewReader } from './view-reader.ts'

/** A reader of a view, and of those that it looks up, in states that cover what it needs. */
export function openView(view: ViewPlan, states: StateSet): ViewReader {
  const key = stateKey(view.source)
  const rows = states.statics.get(key)
  if (rows !== undefined) return new StaticReader(rows, view)
  const state = states.events.get(key)
  if (state === undefined) throw new SlipwayError('internal', `There is no online state for source ${view.source.name}.`)
  if (view.view.kind === 'latest') return new LatestReader(state, view)
  return new AggregateReader(state, keyId(view.keys), view.features as AggregatePlan[], new Map(view.lookups.map(l => {
    const inner = stateKey(l.plan.source)
    return [l.name, new LookupColumn(l, state, (states.events.get(inner) ?? states.statics.get(inner)) as LookedUp, openView(l.plan, states))]
  })))
}

/** The states of events that a view reads, its own and those that it looks up. */
export function statesOf(view: ViewPlan, states: StateSet): EventState[] {
  return [view, ...view.lookups.map(l => l.plan)].flatMap(v => states.events.get(stateKey(v.source)) ?? [])
}
