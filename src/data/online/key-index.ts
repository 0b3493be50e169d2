// The events of each entity key, sorted by (event time, known-at, arrival): what a read searches.
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { keyOf } from '../entity-key.ts'
import { growFloats, growIntegers } from './value-column.ts'

/** Events of one key. Arrivals come in order, so an event placed after its equals needs no third comparison. */
export class KeyEvents {
  times: Float64Array = new Float64Array(4)
  slots: Int32Array = new Int32Array(4)
  size = 0
  /** `changes` of the state at the last change of any of these. */
  changedAt = 0

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
      times.copyWithin(at + 1, at, size)
      slots.copyWithin(at + 1, at, size)
    }
    times[at] = time
    slots[at] = slot
    this.size = size + 1
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
      if (times[i] <= floor || superseded[slots[i]] <= oldestRead) continue
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
}

function isAfter(timeA: Micros, knownA: Micros, timeB: Micros, knownB: Micros): boolean {
  return timeA > timeB || (timeA === timeB && knownA > knownB)
}

/** The keys of one column of a source, or of several together. `horizon`: the longest window that any view asks for; Infinity keeps all. */
export class KeyIndex {
  readonly #columns: readonly number[]
  readonly horizon: Micros
  readonly keys = new Map<Value, KeyEvents>()

  constructor(columns: readonly number[], horizon: Micros) {
    this.#columns = columns
    this.horizon = horizon
  }

  /** The key of a row; null when any part is missing. */
  keyOf(values: readonly Value[]): Value { return this.#columns.length === 1 ? values[this.#columns[0]] : keyOf(this.#columns.map(c => values[c])) }

  insert(key: Value, time: Micros, knownAt: Micros, slot: number, known: Float64Array, change: number): void {
    let events = this.keys.get(key)
    if (events === undefined) this.keys.set(key, events = new KeyEvents())
    events.insert(time, knownAt, slot, known)
    events.changedAt = change
  }

  prune(oldestRead: Micros, superseded: Float64Array): void {
    for (const [key, events] of this.keys) {
      events.prune(oldestRead - this.horizon, oldestRead, superseded)
      if (events.size === 0) this.keys.delete(key)
    }
  }
}
