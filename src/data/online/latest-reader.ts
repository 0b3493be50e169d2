import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { LatestPlan, ViewPlan } from '../compiled-service.ts'
import { keyId } from '../entity-key.ts'
import type { EventState } from './event-state.ts'
import { KeyEvents, type KeyIndex } from './key-index.ts'
import { openTest, type SlotTest } from './slot-test.ts'
import { getSlot, type ValueColumn } from './value-column.ts'
import type { ViewReader } from './view-reader.ts'

/** The latest row per key that satisfies the view's conditions: event time in (t − ttl, t], ties by known-at, then arrival. */
export class LatestReader implements ViewReader {
  readonly #state: EventState
  readonly #index: KeyIndex
  /** Filled where a key has one event. */
  readonly #single = new KeyEvents()
  readonly #ttl: Micros
  readonly #test: SlotTest | null
  readonly #features: { column: ValueColumn; slot: number }[]

  constructor(state: EventState, view: ViewPlan) {
    this.#state = state
    this.#index = state.indexes.get(keyId(view.keys)) as KeyIndex
    this.#ttl = view.ttl ?? Number.POSITIVE_INFINITY
    this.#test = openTest(view.where, name => state.columnOf(name))
    this.#features = (view.features as LatestPlan[]).map(f => ({ column: state.columnOf(f.column), slot: f.slot }))
  }

  read(key: Value, t: Micros, seen: Micros, out: Value[]): void {
    const slot = this.#find(key, t, seen, t - this.#ttl)
    for (const f of this.#features) out[f.slot] = slot < 0 ? null : getSlot(f.column, slot)
  }

  trace(key: Value, t: Micros, out: Value[], origins: (FeatureOrigin | null)[]): void {
    const slot = this.#find(key, t, t, this.#state.floorOf(this.#index))
    const eventTime = slot < 0 ? null : this.#state.times()[slot]
    const expired = eventTime !== null && eventTime <= t - this.#ttl
    for (const f of this.#features) {
      const value = out[f.slot] = slot < 0 || expired ? null : getSlot(f.column, slot)
      origins[f.slot] = { status: slot < 0 ? 'notFound' : expired ? 'expired' : value === null ? 'missing' : 'present', eventTime }
    }
  }

  /** The slot of the newest row after `from`; −1 for none. */
  #find(key: Value, t: Micros, seen: Micros, from: Micros): number {
    const events = key === null ? undefined : this.#index.find(key, this.#state.times(), this.#single)
    if (events === undefined) return -1
    const { times, slots } = events
    const { known, superseded } = this.#state
    for (let i = events.countUpTo(t) - 1; i >= 0 && times[i] > from; i--) {
      const slot = slots[i]
      if (known[slot] <= seen && superseded[slot] > seen && (this.#test === null || this.#test(slot))) return slot
    }
    return -1
  }
}
