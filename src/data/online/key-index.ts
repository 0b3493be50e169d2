// The events of each entity key, sorted by (event time, known-at, arrival): what a read searches.
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { keyOf } from '../entity-key.ts'
import { getSlot, growFloats, growIntegers, type ValueColumn } from './value-column.ts'

/** Measured: an entry of a map with its key, and the objects around two arrays. */
const KEY_BYTES = 48
const EVENTS_BYTES = 250

/** Told when events of a key change places, and when one of them changes. Positions are from the oldest on. */
export interface PositionWatcher {
  /** From this position on nothing is where it was. */
  moved(position: number): void
  /** The event there was superseded. */
  changed(position: number): void
}

/** Events of one key. Arrivals come in order, so an event placed after its equals needs no third comparison. */
export class KeyEvents {
  times: Float64Array = new Float64Array(4)
  slots: Int32Array = new Int32Array(4)
  size = 0
  /** `changes` of the state at the last change of any of these. */
  changedAt = 0
  /** They live as long as who reads them. */
  #watchers: WeakRef<PositionWatcher>[] | null = null

  insert(time: Micros, knownAt: Micros, slot: number, known: Float64Array): void {
    const { size } = this
    if (size === this.times.length) {
      this.times = growFloats(this.times, size * 2)
      this.slots = growIntegers(this.slots, size * 2)
    }
    const { times, slots } = this
    let at = size
    // Late by a little is the rule and late by much the exception: walk from the end first, then halve.
    if (size > 0 && isAfter(times[size - 1], known[slots[size - 1]], time, knownAt)) {
      let low = 0
      let high = size - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if (isAfter(times[middle], known[slots[middle]], time, knownAt)) high = middle
        else low = middle + 1
      }
      at = low
      this.#tell(watcher => { watcher.moved(at) })
      times.copyWithin(at + 1, at, size)
      slots.copyWithin(at + 1, at, size)
    }
    times[at] = time
    slots[at] = slot
    this.size = size + 1
  }

  watch(watcher: PositionWatcher): void { (this.#watchers ??= []).push(new WeakRef(watcher)) }

  /** The event in this slot, known at `knownAt`, was superseded. */
  supersede(time: Micros, knownAt: Micros, slot: number, known: Float64Array): void {
    if (this.#watchers === null) return
    const { times, slots, size } = this
    let at = this.countUpTo(time - 1)
    while (at < size && times[at] === time && known[slots[at]] < knownAt) at++
    while (at < size && times[at] === time && slots[at] !== slot) at++
    if (slots[at] === slot && at < size) this.#tell(watcher => { watcher.changed(at) })
  }

  /** How many of the first `below` events have event time ≤ t. */
  countUpTo(t: Micros, below: number = this.size): number {
    const { times } = this
    let low = 0
    let high = below
    while (low < high) {
      const middle = (low + high) >>> 1
      if (times[middle] <= t) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Keeps the events after `floor` that are superseded, if at all, after `oldestRead`. */
  prune(floor: Micros, oldestRead: Micros, superseded: Float64Array): void {
    const { times, slots, size } = this
    let kept = 0
    for (let i = 0; i < size; i++) {
      if (times[i] <= floor || superseded[slots[i]] <= oldestRead) {
        if (kept === i) this.#tell(watcher => { watcher.moved(i) })
        continue
      }
      times[kept] = times[i]
      slots[kept++] = slots[i]
    }
    this.size = kept
    if (kept * 4 < times.length && times.length > 16) {
      this.times = times.slice(0, Math.max(4, kept * 2))
      this.slots = slots.slice(0, Math.max(4, kept * 2))
    }
  }

  get bytes(): number { return this.times.byteLength + this.slots.byteLength }

  #tell(what: (watcher: PositionWatcher) => void): void {
    if (this.#watchers === null) return
    this.#watchers = this.#watchers.filter(reference => {
      const watcher = reference.deref()
      if (watcher !== undefined) what(watcher)
      return watcher !== undefined
    })
    if (this.#watchers.length === 0) this.#watchers = null
  }
}

function isAfter(timeA: Micros, knownA: Micros, timeB: Micros, knownB: Micros): boolean {
  return timeA > timeB || (timeA === timeB && knownA > knownB)
}

/** By slot: event time and known-at of all rows. */
export interface RowTimes { times: Float64Array; known: Float64Array }

/**
 * The keys of one column of a source, or of several together. `horizon`: the longest window that any view asks for; Infinity keeps all.
 * Most keys of a great many have one event: that is the number of its slot, and takes no arrays.
 */
export class KeyIndex {
  readonly #columns: readonly number[]
  readonly horizon: Micros
  readonly #keys = new Map<Value, KeyEvents | number>()

  constructor(columns: readonly number[], horizon: Micros) {
    this.#columns = columns
    this.horizon = horizon
  }

  /** How many keys have events. */
  get size(): number { return this.#keys.size }

  /** The key of a row; null when any part is missing. */
  keyAt(columns: readonly ValueColumn[], slot: number): Value {
    return this.#columns.length === 1 ? getSlot(columns[this.#columns[0]], slot) : keyOf(this.#columns.map(c => getSlot(columns[c], slot)))
  }

  /** `single` is filled and answered for a key with one event. */
  find(key: Value, times: Float64Array, single: KeyEvents): KeyEvents | undefined {
    const found = this.#keys.get(key)
    if (typeof found !== 'number') return found
    single.times[0] = times[found]
    single.slots[0] = found
    single.size = 1
    return single
  }

  /** The change at which any event of the key changed last: `ofRow` says at which a row came. Infinity for no key. */
  changedAt(key: Value, ofRow: (slot: number) => number): number {
    const found = this.#keys.get(key)
    return found === undefined ? Number.POSITIVE_INFINITY : typeof found === 'number' ? ofRow(found) : found.changedAt
  }

  insert(key: Value, slot: number, rows: RowTimes, change: number): void {
    const found = this.#keys.get(key)
    if (found === undefined) { this.#keys.set(key, slot); return }
    const events = typeof found === 'number' ? this.#spread(key, found, rows) : found
    events.insert(rows.times[slot], rows.known[slot], slot, rows.known)
    events.changedAt = change
  }

  /** The event of the key in this slot was superseded. */
  note(key: Value, slot: number, rows: RowTimes, change: number): void {
    const found = this.#keys.get(key)
    if (found === undefined) return
    const events = typeof found === 'number' ? this.#spread(key, found, rows) : found
    events.supersede(rows.times[slot], rows.known[slot], slot, rows.known)
    events.changedAt = change
  }

  prune(oldestRead: Micros, superseded: Float64Array, times: Float64Array): void {
    const floor = oldestRead - this.horizon
    for (const [key, events] of this.#keys) {
      if (typeof events === 'number') { if (times[events] <= floor || superseded[events] <= oldestRead) this.#keys.delete(key); continue }
      events.prune(floor, oldestRead, superseded)
      if (events.size === 0) this.#keys.delete(key)
    }
  }

  /** An estimate of the memory that is held, in bytes. */
  get bytes(): number {
    let bytes = 0
    for (const events of this.#keys.values()) bytes += KEY_BYTES + (typeof events === 'number' ? 0 : events.bytes + EVENTS_BYTES)
    return bytes
  }

  #spread(key: Value, slot: number, { times, known }: RowTimes): KeyEvents {
    const events = new KeyEvents()
    events.insert(times[slot], known[slot], slot, known)
    this.#keys.set(key, events)
    return events
  }
}
