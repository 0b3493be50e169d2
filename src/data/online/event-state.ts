// The events of one source that can still change a permitted read.
//
// A read at t is permitted from the oldest time L = watermark − lateness on (watermark: the greatest event time so far); it counts events with event
// time in (t − w, t], known at t, not superseded at t. Views that look up others ask about the event times of their own rows: L is then earlier by their
// longest window (`lookback`). What is dropped cannot change such a read:
// - an event at or before L − (longest window) lies in no window of any t ≥ L, and L only grows;
// - a version that was superseded at or before L counts at no t ≥ L.
// An old event still matters as a VERSION: it supersedes others of its id. Those that are here are superseded at once; for those that may yet come, it
// is kept until it has been known for the whole horizon: a version pushed later but known earlier is then an event of before the horizon itself,
// because nothing is accepted more than `FUTURE_TOLERANCE` ahead of the clock. (Two cases stay outside of this: a clock set back by more than the
// horizon, and a dataset that declares its rows known longer than the horizon before they happen, each together with a correction of event time.)
import type { SourceDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { MINUTE, type Micros } from '../../core/time.ts'
import { keyColumns } from '../entity-key.ts'
import { idIndexes, idText } from './event-stream.ts'
import { KeyIndex } from './key-index.ts'
import type { LookedUp } from './looked-up.ts'
import { BLOCK_ROWS, RowBlocks } from './row-blocks.ts'
import { encodeRows, type DecodedRows } from './row-codec.ts'
import { createValueColumn, getSlot, growColumn, growFloats, growIntegers, keepSketches, setSlot, type ValueColumn } from './value-column.ts'

/** Events more than this ahead of the clock are refused: a clock in the future must not move the watermark. */
export const FUTURE_TOLERANCE: Micros = 10 * MINUTE

export interface EventStateSpec {
  source: SourceDefinition
  /** `keyId` of the key columns → the longest window that is read by them; Infinity where rows never expire. */
  keys: ReadonlyMap<string, Micros>
  lateness: Micros
  /** How far before the reads that are permitted look-ups ask; default 0. */
  lookback?: Micros
}

const NONE = -1
const FIRST_CAPACITY = 256

/** By slot: parallel columns of all kept events; freed slots are used again. */
export class EventState implements LookedUp {
  readonly spec: EventStateSpec
  readonly source: SourceDefinition
  readonly idColumns: number[]
  readonly eventTimeColumn: number
  readonly indexes: Map<string, KeyIndex>
  readonly columns: ValueColumn[]
  /** By slot. */
  known: Float64Array = new Float64Array(FIRST_CAPACITY)
  superseded: Float64Array = new Float64Array(FIRST_CAPACITY)
  watermark: Micros = Number.NEGATIVE_INFINITY
  changes = 0
  newestKnown: Micros = Number.NEGATIVE_INFINITY
  backfilledAt = 0
  #times: Float64Array = new Float64Array(FIRST_CAPACITY)
  #sequences: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** Counts insertions: the order among equal sequences, and the number by which a row is kept. */
  #arrivals: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** The next version of the same id that became known before, or NONE. */
  #older: Int32Array = new Int32Array(FIRST_CAPACITY)
  #ids: (string | undefined)[] = []
  #newest = new Map<string, number>()
  #free: number[] = []
  #used = 0
  #arrival = 0
  #pruneAt = 1024
  /** Which of its rows are where it is kept, and which are yet to be saved. */
  readonly blocks = new RowBlocks(slots => encodeRows(slots, { known: this.known, sequences: this.#sequences, superseded: this.superseded, columns: this.columns }))
  /** How far behind the watermark an event still matters, Infinity where rows never expire. */
  readonly horizon: Micros

  constructor(spec: EventStateSpec) {
    this.spec = spec
    this.source = spec.source
    const indexOf = (name: string): number => spec.source.columns.findIndex(c => c.name === name)
    this.idColumns = idIndexes(spec.source)
    this.eventTimeColumn = indexOf(spec.source.eventTime ?? '')
    this.columns = spec.source.columns.map(c => createValueColumn(c.type, FIRST_CAPACITY))
    this.indexes = new Map([...spec.keys].map(([id, horizon]) => [id, new KeyIndex(keyColumns(id).map(indexOf), horizon)]))
    this.horizon = spec.lateness + (spec.lookback ?? 0) + Math.max(0, ...spec.keys.values()) + FUTURE_TOLERANCE
  }

  /** The values of a column by slot. */
  columnOf(name: string): ValueColumn { return this.columns[this.source.columns.findIndex(c => c.name === name)] }

  sketchedColumnOf(name: string): ValueColumn {
    const column = this.columnOf(name)
    keepSketches(column, this.known.length)
    return column
  }

  /** Event times by slot. */
  times(): Float64Array { return this.#times }

  /** By slot, a number that no other event ever has. */
  arrivalNumbers(): Float64Array { return this.#arrivals }

  changedAt(id: string, key: Value): number { return this.indexes.get(id)?.keys.get(key)?.changedAt ?? Number.POSITIVE_INFINITY }

  /** Kept events. */
  get rows(): number { return this.#used - this.#free.length }

  /** How many rows were ever inserted: the number of the next. */
  get arrivals(): number { return this.#arrival }

  /** Reads before this time are refused. */
  get oldestRead(): Micros { return this.watermark - this.spec.lateness }

  /** Events of an index up to this time are not kept. */
  floorOf(index: KeyIndex): Micros { return this.#oldestAsked - index.horizon }

  /** No look-up asks about an earlier time. */
  get #oldestAsked(): Micros { return this.oldestRead - (this.spec.lookback ?? 0) }

  /** Applies one event. Calls must come in the order of sequences. `now` (the clock) only decides how long old versions are remembered. */
  insert(id: string, knownAt: Micros, sequence: number, values: readonly Value[], now: Micros): void {
    const time = values[this.eventTimeColumn] as Micros
    if (time > this.watermark) this.watermark = time
    const head = this.#newest.get(id) ?? NONE
    if (this.#repeats(head, knownAt, sequence, values)) return
    if (head === NONE && this.#isForgettable(time, knownAt, now)) return
    this.changes++
    if (knownAt < this.newestKnown) this.backfilledAt = this.changes
    const slot = this.#take()
    const arrival = this.#arrival++
    this.blocks.add(arrival, slot)
    this.#put(slot, arrival, id, knownAt, sequence, values)
    this.#link(id, slot, head, knownAt)
    this.#index(slot, time, knownAt, values)
    if (this.rows > this.#pruneAt) {
      this.prune(now)
      this.#pruneAt = Math.max(1024, this.rows * 2)
    }
  }

  /** Puts back a block of kept rows. Blocks come by ascending number, into empty state whose watermark is set. */
  restore(block: number, rows: DecodedRows): void {
    const values: Value[] = new Array<Value>(this.columns.length).fill(null)
    for (let i = 0; i < rows.rows; i++) {
      for (let c = 0; c < values.length; c++) { const v = rows.columns[c][i]; values[c] = Number.isNaN(v) ? null : v }
      const id = idText(this.idColumns, values) as string
      const slot = this.#take()
      const arrival = block * BLOCK_ROWS + (rows.places === null ? i : rows.places[i])
      this.#arrival = arrival + 1
      this.blocks.restore(arrival, slot)
      this.#put(slot, arrival, id, rows.known[i], rows.sequences[i], values)
      this.#link(id, slot, this.#newest.get(id) ?? NONE, rows.known[i])
      // A version that superseded it may have been dropped since.
      this.superseded[slot] = rows.superseded[i]
      this.#index(slot, values[this.eventTimeColumn] as Micros, rows.known[i], values)
    }
    this.#pruneAt = Math.max(1024, this.rows * 2)
  }

  /** After all blocks: the next row gets this number. */
  continueAt(arrivals: number): void { this.#arrival = arrivals }

  /** The version of this id that counts last, when nothing supersedes it. */
  newestOf(id: string): { knownAt: Micros; sequence: number; equals(values: readonly Value[]): boolean } | null {
    const slot = this.#newest.get(id)
    if (slot === undefined || this.superseded[slot] !== Number.POSITIVE_INFINITY) return null
    return {
      knownAt: this.known[slot], sequence: this.#sequences[slot],
      equals: values => values.every((v, c) => getSlot(this.columns[c], slot) === v),
    }
  }

  /** Drops what no permitted read can see. */
  prune(now: Micros): void {
    const oldest = this.#oldestAsked
    for (const index of this.indexes.values()) index.prune(oldest, this.superseded)
    for (let slot = 0; slot < this.#used; slot++) {
      const id = this.#ids[slot]
      if (id !== undefined && (this.superseded[slot] <= oldest || this.#isForgettable(this.#times[slot], this.known[slot], now))) this.#release(slot, id)
    }
  }

  /** An estimate of the memory that is held, in bytes. */
  get bytes(): number {
    const perSlot = this.known.byteLength * 5 + this.#older.byteLength + this.columns.reduce((n, c) => n + (c.kind === 'double' ? c.values.byteLength : c.values.length * 16), 0)
    let indexed = 0
    for (const index of this.indexes.values()) for (const events of index.keys.values()) indexed += events.bytes + 64
    return perSlot + indexed + this.#newest.size * 96
  }

  /** A later row that says what the version before it said, known at the same time, changes nothing: a dataset materialized again. */
  #repeats(head: number, knownAt: Micros, sequence: number, values: readonly Value[]): boolean {
    let at = head
    while (at !== NONE && this.known[at] > knownAt) at = this.#older[at]
    return at !== NONE && this.known[at] === knownAt && this.#sequences[at] < sequence && values.every((v, c) => getSlot(this.columns[c], at) === v)
  }

  #isForgettable(time: Micros, knownAt: Micros, now: Micros): boolean {
    const floor = this.watermark - this.horizon
    return time <= floor && knownAt <= Math.max(floor, now - this.horizon)
  }

  /** Versions of one id form a list from the one known last to the first; of those known at once, the later arrival comes first. */
  #link(id: string, slot: number, head: number, knownAt: Micros): void {
    let newer = NONE
    let older = head
    while (older !== NONE && this.known[older] > knownAt) { newer = older; older = this.#older[older] }
    this.#older[slot] = older
    if (newer === NONE) this.#newest.set(id, slot)
    else this.#older[newer] = slot
    const next = newer === NONE ? Number.POSITIVE_INFINITY : this.known[newer]
    // The one before may have been superseded by a version that was dropped since: that one supersedes this one too, if it was known later.
    const dropped = older === NONE || this.superseded[older] <= knownAt ? Number.POSITIVE_INFINITY : this.superseded[older]
    this.superseded[slot] = Math.min(next, dropped)
    if (older !== NONE && knownAt < this.superseded[older]) {
      this.blocks.touch(this.#arrivals[older])
      this.superseded[older] = knownAt
      this.#noteChange(older)
    }
  }

  /** A version that may be indexed was superseded. */
  #noteChange(slot: number): void {
    const values = this.columns.map(column => getSlot(column, slot))
    for (const index of this.indexes.values()) {
      const events = index.keys.get(index.keyOf(values))
      if (events !== undefined) events.changedAt = this.changes
    }
  }

  #put(slot: number, arrival: number, id: string, knownAt: Micros, sequence: number, values: readonly Value[]): void {
    if (knownAt > this.newestKnown) this.newestKnown = knownAt
    this.#times[slot] = values[this.eventTimeColumn] as Micros
    this.known[slot] = knownAt
    this.#sequences[slot] = sequence
    this.#arrivals[slot] = arrival
    this.#ids[slot] = id
    for (let c = 0; c < values.length; c++) setSlot(this.columns[c], slot, values[c])
  }

  #index(slot: number, time: Micros, knownAt: Micros, values: readonly Value[]): void {
    if (this.superseded[slot] <= knownAt) return
    for (const index of this.indexes.values()) {
      const key = index.keyOf(values)
      if (key !== null && time > this.floorOf(index)) index.insert(key, time, knownAt, slot, this.known, this.changes)
    }
  }

  #take(): number {
    const reused = this.#free.pop()
    if (reused !== undefined) return reused
    const capacity = this.known.length
    if (this.#used === capacity) {
      this.#times = growFloats(this.#times, capacity * 2)
      this.known = growFloats(this.known, capacity * 2)
      this.superseded = growFloats(this.superseded, capacity * 2)
      this.#sequences = growFloats(this.#sequences, capacity * 2)
      this.#arrivals = growFloats(this.#arrivals, capacity * 2)
      this.#older = growIntegers(this.#older, capacity * 2)
      for (const column of this.columns) growColumn(column, capacity * 2)
    }
    return this.#used++
  }

  #release(slot: number, id: string): void {
    this.blocks.remove(this.#arrivals[slot])
    const head = this.#newest.get(id) as number
    if (head === slot) {
      if (this.#older[slot] === NONE) this.#newest.delete(id)
      else this.#newest.set(id, this.#older[slot])
    } else {
      let at = head
      while (this.#older[at] !== slot) at = this.#older[at]
      this.#older[at] = this.#older[slot]
    }
    this.#ids[slot] = undefined
    this.#free.push(slot)
  }
}
