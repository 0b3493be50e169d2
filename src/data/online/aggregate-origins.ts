import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { AggregatePlan } from '../compiled-service.ts'
import { lowerBound, type WindowPlan } from '../meaning/window.ts'
import type { EventState } from './event-state.ts'
import type { KeyEvents } from './key-index.ts'
import type { RowValues } from './row-values.ts'
import { openTest, type SlotTest } from './slot-test.ts'
import { hasSlot, type ValueColumn } from './value-column.ts'

interface Traced { slot: number; window: WindowPlan; column: ValueColumn | null }

export const NOT_FOUND: FeatureOrigin = { status: 'notFound', eventTime: null }

/** Where the values of a view's aggregates come from: of each its newest row that counts, or the newest that would in a longer window. */
export class AggregateOrigins {
  readonly #state: EventState
  readonly #rows: RowValues
  readonly #lanes: { test: SlotTest | null; features: Traced[] }[]

  /** @param lanes features of the same conditions */
  constructor(state: EventState, rows: RowValues, lanes: readonly (readonly AggregatePlan[])[]) {
    this.#state = state
    this.#rows = rows
    this.#lanes = lanes.map(features => ({
      test: openTest(features[0].where, name => rows.columnOf(name)),
      features: features.map(f => ({ slot: f.slot, window: f.window, column: f.column === null ? null : rows.columnOf(f.column) })),
    }))
  }

  /**
   * Writes an origin for each value of `out`, at its slot.
   * @param end how many of the events have event time ≤ t
   * @param floor events up to this time are not kept
   */
  trace(events: KeyEvents, end: number, floor: Micros, t: Micros, out: readonly Value[], origins: (FeatureOrigin | null)[]): void {
    for (const { test, features } of this.#lanes) {
      const newest = this.#next(events, end, floor, t, test)
      for (const f of features) origins[f.slot] = newest < 0 ? NOT_FOUND : this.#originOf(f, events, newest, t, test, out[f.slot])
    }
  }

  #originOf({ window, column }: Traced, events: KeyEvents, newest: number, t: Micros, test: SlotTest | null, value: Value): FeatureOrigin {
    const { times, slots } = events
    const bound = lowerBound(window, t)
    const gap = window.kind === 'session' ? window.gap : Number.POSITIVE_INFINITY
    const eventTime = times[newest]
    if (eventTime <= bound || t - eventTime >= gap) return { status: 'expired', eventTime }
    let before = t
    for (let i = newest; i >= 0 && before - times[i] < gap; i = this.#next(events, i, bound, t, test)) {
      if (column === null || hasSlot(column, slots[i])) return { status: value === null ? 'missing' : 'present', eventTime: times[i] }
      before = times[i]
    }
    return { status: 'missing', eventTime }
  }

  /** The newest of the first `below` events that is after `bound`, is known and not superseded at t, and satisfies the conditions; −1 for none. */
  #next({ times, slots }: KeyEvents, below: number, bound: Micros, t: Micros, test: SlotTest | null): number {
    const { known, superseded } = this.#state
    for (let i = below - 1; i >= 0 && times[i] > bound; i--) {
      const slot = slots[i]
      if (known[slot] > t || superseded[slot] <= t) continue
      this.#rows.refresh(slots, i, i + 1)
      if (test === null || test(slot)) return i
    }
    return -1
  }
}
