import type { FeatureOrigin } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import type { AggregatePlan } from '../compiled-service.ts'
import { windowKey } from '../meaning/window.ts'
import { AggregateOrigins, NOT_FOUND } from './aggregate-origins.ts'
import { LaneSummaries } from './aggregates/lane-summaries.ts'
import { Lane } from './aggregates/lane.ts'
import { NestedWindows } from './aggregates/nested-windows.ts'
import { SessionReader } from './aggregates/session-reader.ts'
import type { EventState } from './event-state.ts'
import { KeyEvents, type KeyIndex } from './key-index.ts'
import type { LookupColumn } from './lookup-column.ts'
import { RowValues } from './row-values.ts'
import type { ViewReader } from './view-reader.ts'

/** A window with more events than so many times the fan-out is read by summaries. */
const LONG = 4

/** Aggregates of one view. One walk back from t serves all windows that have a bound, because each shorter one is the end of the longer. */
export class AggregateReader implements ViewReader {
  readonly #state: EventState
  readonly #index: KeyIndex
  /** Filled where a key has one event. */
  readonly #single = new KeyEvents()
  readonly #rows: RowValues
  readonly #windows: NestedWindows
  readonly #lanes: Lane[]
  /** Made when a window first holds many events; in the order of the lanes. */
  #summaries: LaneSummaries[] | null = null
  readonly #sessions: SessionReader[]
  readonly #features: readonly AggregatePlan[]
  /** Made when they are first asked for. */
  #origins: AggregateOrigins | null = null
  /** Rows that count, from the newest to the oldest, and how many of them each window has; the same of those that satisfy a lane's conditions. */
  #counted = new Int32Array(64)
  #chosen = new Int32Array(64)
  readonly #starts: Int32Array
  readonly #reach: Int32Array
  readonly #chosenReach: Int32Array

  /**
   * @param key `keyId` of the view's key columns
   * @param lookups by name
   */
  constructor(state: EventState, key: string, features: readonly AggregatePlan[], lookups: ReadonlyMap<string, LookupColumn> = new Map()) {
    const rows = this.#rows = new RowValues(state, lookups)
    this.#state = state
    this.#features = features
    this.#index = state.indexes.get(key) as KeyIndex
    const bounded = features.filter(f => f.window.kind !== 'session')
    const windows = new Map(bounded.map(f => [windowKey(f.window), f.window]))
    this.#windows = new NestedWindows([...windows.values()])
    this.#starts = new Int32Array(windows.size)
    this.#reach = new Int32Array(windows.size)
    this.#chosenReach = new Int32Array(windows.size)
    this.#lanes = grouped(bounded, f => JSON.stringify(f.where)).map(own => new Lane(own, [...windows.keys()], rows))
    this.#sessions = grouped(features.filter(f => f.window.kind === 'session'), f => JSON.stringify([f.where, f.window])).map(own => new SessionReader(state, own, rows))
  }

  read(key: Value, t: Micros, seen: Micros, out: Value[]): void {
    const events = key === null ? undefined : this.#index.find(key, this.#state.times(), this.#single)
    if (events === undefined) {
      for (const lane of this.#lanes) lane.writeNone(t, out)
      for (const session of this.#sessions) session.writeNone(t, out)
      return
    }
    const end = events.countUpTo(t)
    if (this.#lanes.length > 0) this.#readWindows(events, end, t, seen, out)
    for (const session of this.#sessions) session.read(events, end, t, seen, out)
  }

  trace(key: Value, t: Micros, out: Value[], origins: (FeatureOrigin | null)[]): void {
    this.read(key, t, t, out)
    const events = key === null ? undefined : this.#index.find(key, this.#state.times(), this.#single)
    if (events === undefined) {
      for (const f of this.#features) origins[f.slot] = NOT_FOUND
      return
    }
    this.#origins ??= new AggregateOrigins(this.#state, this.#rows, grouped(this.#features, f => JSON.stringify(f.where)))
    this.#origins.trace(events, events.countUpTo(t), this.#state.floorOf(this.#index), t, out, origins)
  }

  #readWindows(events: KeyEvents, end: number, t: Micros, seen: Micros, out: Value[]): void {
    this.#windows.place(t)
    const { bounds, order } = this.#windows
    const many = LONG * this.#state.fanOut
    if (end > many && events.times[end - 1 - many] > bounds[order[order.length - 1]]) { this.#readMany(events, end, t, seen, out); return }
    this.#collect(events, end, seen)
    const lanes = this.#lanes
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]
      if (lane.test === null) { lane.write(this.#counted, this.#reach, order, t, out); continue }
      this.#choose(lane.test)
      lane.write(this.#chosen, this.#chosenReach, order, t, out)
    }
  }

  #readMany(events: KeyEvents, end: number, t: Micros, seen: Micros, out: Value[]): void {
    const { bounds, order } = this.#windows
    for (let w = 0; w < bounds.length; w++) this.#starts[w] = events.countUpTo(bounds[w], end)
    this.#summaries ??= this.#lanes.map(lane => new LaneSummaries(this.#state, lane))
    for (const lane of this.#summaries) lane.write(events, this.#starts, end, seen, order, t, out)
  }

  #collect(events: KeyEvents, end: number, seen: Micros): void {
    const { times, slots } = events
    const { known, superseded } = this.#state
    const { bounds, order } = this.#windows
    if (this.#counted.length < end) this.#counted = new Int32Array(end * 2)
    const counted = this.#counted
    let n = 0
    let i = end - 1
    for (let o = 0; o < order.length; o++) {
      const w = order[o]
      const from = bounds[w]
      for (; i >= 0 && times[i] > from; i--) {
        const slot = slots[i]
        if (known[slot] <= seen && superseded[slot] > seen) counted[n++] = slot
      }
      this.#reach[w] = n
    }
    this.#rows.refresh(counted, 0, n)
  }

  #choose(test: (slot: number) => boolean): void {
    if (this.#chosen.length < this.#counted.length) this.#chosen = new Int32Array(this.#counted.length)
    const chosen = this.#chosen
    let n = 0
    let i = 0
    const { order } = this.#windows
    for (let o = 0; o < order.length; o++) {
      const w = order[o]
      for (; i < this.#reach[w]; i++) if (test(this.#counted[i])) chosen[n++] = this.#counted[i]
      this.#chosenReach[w] = n
    }
  }
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()]
}
