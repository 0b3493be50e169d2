// The values that the rows of one state get from another view: its feature at each row's event time, from what was known before the row itself was.
import type { Value } from '../../core/schema.ts'
import type { LookupPlan } from '../compiled-service.ts'
import { keyId, keyOf } from '../entity-key.ts'
import type { EventState } from './event-state.ts'
import type { LookedUp } from './looked-up.ts'
import type { ViewReader } from './view-reader.ts'
import { createValueColumn, getSlot, growColumn, growFloats, keepSketches, setSlot, type ValueColumn } from './value-column.ts'

/** How far answers for several rows hold: `changes` when they were checked, and whether all were settled. */
export interface LookupMark { checked: number; settled: boolean }

/**
 * Made when they are read, and kept while they hold: an answer about what was known before some moment changes only with something that was known earlier
 * than that. Once a later event has been seen, that is a backfill.
 */
export class LookupColumn {
  readonly column: ValueColumn
  readonly #rows: EventState
  readonly #inner: LookedUp
  readonly #reader: ViewReader
  readonly #id: string
  readonly #keys: readonly ValueColumn[]
  /** By slot: which row the value is of, `changes` when it was last known to hold, and whether later events had been seen by then. */
  #arrivals = new Float64Array(0)
  #checked = new Float64Array(0)
  #settled = new Uint8Array(0)
  readonly #out: Value[] = [null]

  /** @param reader of the plan's view, in `inner` */
  constructor({ type, plan }: LookupPlan, rows: EventState, inner: LookedUp, reader: ViewReader) {
    this.column = createValueColumn(type, 0)
    this.#rows = rows
    this.#inner = inner
    this.#reader = reader
    this.#id = keyId(plan.keys)
    this.#keys = plan.keys.map(name => rows.columnOf(name))
  }

  /** Brings the values of the rows in `slots` from `from` to before `to` up to date. */
  refresh(slots: Int32Array, from: number, to: number): void {
    const arrivals = this.#rows.arrivalNumbers()
    if (this.#arrivals.length < arrivals.length) this.#grow(arrivals.length)
    const { changes, backfilledAt } = this.#inner
    for (let i = from; i < to; i++) {
      const slot = slots[i]
      if (this.#arrivals[slot] === arrivals[slot]) {
        const checked = this.#checked[slot]
        if (checked === changes || (this.#settled[slot] === 1 && checked >= backfilledAt)) continue
      }
      this.#make(slot, arrivals[slot])
    }
  }

  /** Of rows that are up to date. */
  mark(slots: Int32Array, n: number): LookupMark {
    let settled = true
    for (let i = 0; i < n && settled; i++) settled = this.#settled[slots[i]] === 1
    return { checked: this.#inner.changes, settled }
  }

  /** Whether nothing can have changed since. */
  holds({ checked, settled }: LookupMark): boolean { return checked === this.#inner.changes || (settled && checked >= this.#inner.backfilledAt) }

  keepSketches(): void { keepSketches(this.column, this.#arrivals.length) }

  #make(slot: number, arrival: number): void {
    const inner = this.#inner
    const key = this.#keys.length === 1 ? getSlot(this.#keys[0], slot) : keyOf(this.#keys.map(column => getSlot(column, slot)))
    const time = this.#rows.times()[slot]
    const seen = Math.max(time, this.#rows.known[slot]) - 1
    if (this.#arrivals[slot] !== arrival || inner.changedAt(this.#id, key) > this.#checked[slot]) {
      this.#reader.read(key, time, seen, this.#out)
      setSlot(this.column, slot, this.#out[0])
      this.#arrivals[slot] = arrival
    }
    this.#checked[slot] = inner.changes
    this.#settled[slot] = seen < inner.newestKnown ? 1 : 0
  }

  #grow(capacity: number): void {
    const settled = new Uint8Array(capacity)
    settled.set(this.#settled)
    const from = this.#arrivals.length
    this.#arrivals = growFloats(this.#arrivals, capacity).fill(-1, from)
    this.#checked = growFloats(this.#checked, capacity)
    this.#settled = settled
    growColumn(this.column, capacity)
  }
}
