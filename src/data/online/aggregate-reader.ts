import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { AggregatePlan } from '../compiled-service.ts'
import { reachOf } from '../meaning/window.ts'
import { RunningSum } from '../exact-sum.ts'
import type { EventState } from './event-state.ts'
import type { KeyEvents, KeyIndex } from './key-index.ts'
import type { ValueColumn } from './value-column.ts'

interface Window { size: Micros; rows: { slot: number }[] }
/** All that is read of one column, window by window. */
interface ColumnPart { column: number; windows: AggregatePlan[][]; last: number; sums: boolean }

/** Windowed aggregates of one view. One walk back from t serves all windows, because each shorter one is the end of the longer. */
export class AggregateReader {
  readonly #state: EventState
  readonly #index: KeyIndex
  readonly #features: readonly AggregatePlan[]
  /** From the shortest to the longest. */
  readonly #windows: Window[]
  readonly #parts: ColumnPart[] = []
  readonly #sum = new RunningSum()
  /** Slots that count, from the newest event to the oldest, and how many of them each window has. */
  #counted = new Int32Array(64)
  readonly #reach: Int32Array

  constructor(state: EventState, key: string, features: readonly AggregatePlan[]) {
    this.#state = state
    this.#index = state.indexes.get(key) as KeyIndex
    this.#features = features
    const sizes = [...new Set(features.map(f => reachOf(f.window)))].sort((a, b) => a - b)
    this.#windows = sizes.map(size => ({ size, rows: features.filter(f => reachOf(f.window) === size && f.column === null) }))
    this.#reach = new Int32Array(sizes.length)
    for (const name of new Set(features.map(f => f.column))) {
      if (name === null) continue
      const windows = sizes.map(size => features.filter(f => f.column === name && reachOf(f.window) === size))
      this.#parts.push({
        column: state.source.columns.findIndex(c => c.name === name), windows,
        last: windows.findLastIndex(fs => fs.length > 0), sums: windows.some(fs => fs.some(f => f.aggregate !== 'count')),
      })
    }
  }

  /** Writes each feature at its slot of `out`. */
  read(key: Value, t: Micros, out: Value[]): void {
    const events = key === null ? undefined : this.#index.keys.get(key)
    if (events === undefined) {
      for (const f of this.#features) out[f.slot] = f.aggregate === 'mean' ? null : 0
      return
    }
    this.#collect(events, t)
    const windows = this.#windows
    for (let w = 0; w < windows.length; w++) for (const f of windows[w].rows) out[f.slot] = this.#reach[w]
    for (const part of this.#parts) this.#aggregate(part, out)
  }

  #collect(events: KeyEvents, t: Micros): void {
    const { times, slots } = events
    const { known, superseded } = this.#state
    const windows = this.#windows
    if (this.#counted.length < events.size) this.#counted = new Int32Array(events.size * 2)
    const counted = this.#counted
    let n = 0
    let i = events.countUpTo(t) - 1
    for (let w = 0; w < windows.length; w++) {
      const from = t - windows[w].size
      for (; i >= 0 && times[i] > from; i--) {
        const slot = slots[i]
        if (known[slot] <= t && superseded[slot] > t) counted[n++] = slot
      }
      this.#reach[w] = n
    }
  }

  #aggregate(part: ColumnPart, out: Value[]): void {
    const sum = this.#sum
    const column = this.#state.columns[part.column]
    sum.reset()
    let n = 0
    let from = 0
    for (let w = 0; w <= part.last; w++) {
      const to = this.#reach[w]
      n += part.sums ? addSlots(sum, column, this.#counted, from, to) : countSlots(column, this.#counted, from, to)
      from = to
      for (const f of part.windows[w]) out[f.slot] = f.aggregate === 'count' ? n : f.aggregate === 'sum' ? sum.round() : n === 0 ? null : sum.round() / n
    }
  }
}

function addSlots(sum: RunningSum, column: ValueColumn, slots: Int32Array, from: number, to: number): number {
  let n = 0
  if (column.kind === 'double') {
    const { values } = column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (x === x) { sum.add(x); n++ }
    }
    return n
  }
  const { values } = column
  for (let i = from; i < to; i++) {
    const x = values[slots[i]]
    if (x !== null) { sum.addInteger(x as number | bigint); n++ }
  }
  return n
}

function countSlots(column: ValueColumn, slots: Int32Array, from: number, to: number): number {
  let n = 0
  for (let i = from; i < to; i++) {
    const x = column.values[slots[i]]
    if (x !== null && x === x) n++
  }
  return n
}
