import type { Value } from '../../../core/schema.ts'
import type { Micros } from '../../../core/time.ts'
import type { AggregatePlan } from '../../compiled-service.ts'
import { lowerBound, windowKey, type WindowPlan } from '../../meaning/window.ts'
import type { EventState } from '../event-state.ts'
import type { KeyEvents } from '../key-index.ts'
import type { RowValues } from '../row-values.ts'
import { Lane } from './lane.ts'

const ONLY = new Int32Array(1)

/** Features of one session window with the same conditions: which rows end the chain depends on both. */
export class SessionReader {
  readonly #state: EventState
  readonly #rows: RowValues
  readonly #window: WindowPlan & { kind: 'session' }
  readonly #lane: Lane
  #chain = new Int32Array(64)
  readonly #reach = new Int32Array(1)

  constructor(state: EventState, features: readonly AggregatePlan[], rows: RowValues) {
    this.#state = state
    this.#rows = rows
    this.#window = features[0].window as WindowPlan & { kind: 'session' }
    this.#lane = new Lane(features, [windowKey(this.#window)], rows)
  }

  /** @param end how many events have event time ≤ t */
  read(events: KeyEvents, end: number, t: Micros, seen: Micros, out: Value[]): void {
    const { times, slots } = events
    const { known, superseded } = this.#state
    const { gap } = this.#window
    const { test } = this.#lane
    const from = lowerBound(this.#window, t)
    let before = t
    let n = 0
    for (let i = end - 1; i >= 0 && times[i] > from && before - times[i] < gap; i--) {
      const slot = slots[i]
      if (known[slot] > seen || superseded[slot] <= seen) continue
      this.#rows.refresh(slots, i, i + 1)
      if (test !== null && !test(slot)) continue
      if (n === this.#chain.length) this.#grow()
      this.#chain[n++] = slot
      before = times[i]
    }
    this.#reach[0] = n
    this.#lane.write(this.#chain, this.#reach, ONLY, t, out)
  }

  writeNone(t: Micros, out: Value[]): void { this.#lane.writeNone(t, out) }

  #grow(): void {
    const grown = new Int32Array(this.#chain.length * 2)
    grown.set(this.#chain)
    this.#chain = grown
  }
}
