import type { Value } from '../../../core/schema.ts'
import type { Micros } from '../../../core/time.ts'
import type { EventState } from '../event-state.ts'
import type { KeyEvents } from '../key-index.ts'
import type { LookupColumn, LookupMark } from '../lookup-column.ts'
import { SummaryTree, type Summarizer, type Summary } from '../summary-tree.ts'
import type { Accumulator } from './accumulator.ts'
import type { Lane, Part } from './lane.ts'

/** What each accumulator of a lane has of a stretch of events, and what it rests on. */
interface LaneSummary extends Summary { saved: unknown[]; marks: LookupMark[] }

/** Reads the windows of a lane when they hold many events. */
export class LaneSummaries implements Summarizer<LaneSummary> {
  readonly #state: EventState
  readonly #lane: Lane
  readonly #lookups: readonly LookupColumn[]
  /** The same accumulators again: summaries are made while the lane's own are in use. */
  readonly #makers: Accumulator[]
  readonly #trees = new WeakMap<KeyEvents, SummaryTree<LaneSummary>>()
  /** Those that a longer window still reads. */
  #open: Part[] = []
  #seen: Micros = 0
  #slots = new Int32Array(0)

  constructor(state: EventState, lane: Lane) {
    this.#state = state
    this.#lane = lane
    this.#lookups = lane.lookups
    this.#makers = lane.openAccumulators()
  }

  /**
   * Writes each feature at its slot of `out`.
   * @param starts where the events of each window begin; all end before `end`
   * @param order the windows from the shortest to the longest
   */
  write(events: KeyEvents, starts: Int32Array, end: number, seen: Micros, order: Int32Array, t: Micros, out: Value[]): void {
    const tree = this.#treeOf(events)
    const { parts } = this.#lane
    for (const { accumulator } of parts) accumulator.reset()
    this.#seen = seen
    let to = end
    for (let i = 0; i < order.length; i++) {
      const w = order[i]
      if (to > starts[w]) {
        this.#open = parts.filter(({ windows }) => { for (let k = i; k < order.length; k++) if (windows[order[k]].length > 0) return true; return false })
        if (this.#open.length === 0) return
        tree.walk(starts[w], to, seen)
        to = starts[w]
      }
      for (const { windows } of parts) for (const { slot, value } of windows[w]) out[slot] = value(t)
    }
  }

  summarize({ slots }: KeyEvents, from: number, to: number): LaneSummary {
    const { known, superseded } = this.#state
    const chosen = this.#scratch(to - from)
    let settledAt = Number.NEGATIVE_INFINITY
    let n = 0
    for (let i = to - 1; i >= from; i--) {
      const slot = slots[i]
      const supersededAt = superseded[slot]
      settledAt = Math.max(settledAt, known[slot])
      if (supersededAt === Number.POSITIVE_INFINITY) chosen[n++] = slot
      else settledAt = Math.max(settledAt, supersededAt)
    }
    for (const lookup of this.#lookups) lookup.refresh(chosen, 0, n)
    const marks = this.#lookups.map(lookup => lookup.mark(chosen, n))
    const rows = this.#choose(chosen, n)
    return { settledAt, marks, saved: this.#makers.map(maker => { maker.reset(); maker.add(chosen, 0, rows); return maker.save() }) }
  }

  combine(parts: readonly LaneSummary[]): LaneSummary {
    return {
      settledAt: Math.max(...parts.map(p => p.settledAt)),
      marks: this.#lookups.map((_, i) => ({ checked: Math.min(...parts.map(p => p.marks[i].checked)), settled: parts.every(p => p.marks[i].settled) })),
      saved: this.#makers.map((maker, i) => {
        maker.reset()
        for (let p = parts.length - 1; p >= 0; p--) maker.merge(parts[p].saved[i])
        return maker.save()
      }),
    }
  }

  holds({ marks }: LaneSummary): boolean { return this.#lookups.every((lookup, i) => lookup.holds(marks[i])) }

  take({ saved }: LaneSummary): void { for (const { accumulator, index } of this.#open) accumulator.merge(saved[index]) }

  takeEach({ slots }: KeyEvents, from: number, to: number): void {
    const { known, superseded } = this.#state
    const seen = this.#seen
    const chosen = this.#scratch(to - from)
    let n = 0
    for (let i = to - 1; i >= from; i--) {
      const slot = slots[i]
      if (known[slot] <= seen && superseded[slot] > seen) chosen[n++] = slot
    }
    for (const lookup of this.#lookups) lookup.refresh(chosen, 0, n)
    const rows = this.#choose(chosen, n)
    for (const { accumulator } of this.#open) accumulator.add(chosen, 0, rows)
  }

  /** Moves those that satisfy the lane's conditions to the front; returns how many they are. */
  #choose(slots: Int32Array, n: number): number {
    const { test } = this.#lane
    if (test === null) return n
    let rows = 0
    for (let i = 0; i < n; i++) if (test(slots[i])) slots[rows++] = slots[i]
    return rows
  }

  #scratch(n: number): Int32Array {
    if (this.#slots.length < n) this.#slots = new Int32Array(n * 2)
    return this.#slots
  }

  #treeOf(events: KeyEvents): SummaryTree<LaneSummary> {
    let tree = this.#trees.get(events)
    if (tree === undefined) {
      this.#trees.set(events, tree = new SummaryTree(events, this.#state.fanOut, this))
      events.watch(tree)
    }
    return tree
  }
}
