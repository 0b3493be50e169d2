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
import type { ColumnData } from '../../core/table.ts'
import { MINUTE, type Micros } from '../../core/time.ts'
import { keyColumns } from '../entity-key.ts'
import { idIndexes } from './event-stream.ts'
import { IdIndex } from './id-index.ts'
import { KeyIndex, type RowTimes } from './key-index.ts'
import type { LookedUp } from './looked-up.ts'
import { BLOCK_ROWS, RowBlocks } from './row-blocks.ts'
import { encodeRows, type DecodedRows } from './row-codec.ts'
import { createValueColumn, growColumn, growFloats, growIntegers, keepSketches, restoreSlots, sameSlots, setSlot, setSlots, slotIs, type ValueColumn } from './value-column.ts'

/** Events more than this ahead of the clock are refused: a clock in the future must not move the watermark. */
export const FUTURE_TOLERANCE: Micros = 10 * MINUTE

export interface EventStateSpec {
  source: SourceDefinition
  /** `keyId` of the key columns → the longest window that is read by them; Infinity where rows never expire. */
  keys: ReadonlyMap<string, Micros>
  lateness: Micros
  /** How far before the reads that are permitted look-ups ask; default 0. */
  lookback?: Micros
  /** How many events a summary has at the lowest level; default 32. */
  fanOut?: number
}

/** Rows of a dataset that come together; `columns` in the order of the source's. */
export interface StagedRows { rows: number; known: Float64Array; columns: readonly ColumnData[] }

/** Where they lie until they count. */
interface Staged { first: number; rows: number }

const NONE = -1
/** The number of arrival of a slot that has no row. */
const UNUSED = -1
const FIRST_CAPACITY = 256
const FAN_OUT = 32

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
  #arrivals: Float64Array = new Float64Array(FIRST_CAPACITY).fill(UNUSED)
  /** The next version of the same id that became known before, or NONE. */
  #older: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** Of each id the version that became known last. */
  readonly #newest: IdIndex
  #free: number[] = []
  #used = 0
  #arrival = 0
  /** Rows below this number were kept: they came before every change that was counted. */
  #restored = 0
  /** Slots of rows that are staged. */
  #staged = 0
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
    this.#newest = new IdIndex(this.idColumns.map(c => this.columns[c]))
    this.#newest.grow(FIRST_CAPACITY)
    this.indexes = new Map([...spec.keys].map(([id, horizon]) => [id, new KeyIndex(keyColumns(id).map(indexOf), horizon)]))
    this.horizon = spec.lateness + (spec.lookback ?? 0) + Math.max(0, ...spec.keys.values()) + FUTURE_TOLERANCE
  }

  get fanOut(): number { return this.spec.fanOut ?? FAN_OUT }

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

  changedAt(id: string, key: Value): number { return this.indexes.get(id)?.changedAt(key, slot => Math.max(0, this.#arrivals[slot] - this.#restored + 1)) ?? Number.POSITIVE_INFINITY }

  /** Kept events. */
  get rows(): number { return this.#used - this.#free.length - this.#staged }

  /** How many rows were ever inserted: the number of the next. */
  get arrivals(): number { return this.#arrival }

  /** Reads before this time are refused. */
  get oldestRead(): Micros { return this.watermark - this.spec.lateness }

  /** Events of an index up to this time are not kept. */
  floorOf(index: KeyIndex): Micros { return this.#oldestAsked - index.horizon }

  /** No look-up asks about an earlier time. */
  get #oldestAsked(): Micros { return this.oldestRead - (this.spec.lookback ?? 0) }

  /** Applies one event. Calls must come in the order of sequences. `now` (the clock) only decides how long old versions are remembered. */
  insert(knownAt: Micros, sequence: number, values: readonly Value[], now: Micros): void {
    const slot = this.#take()
    for (let c = 0; c < values.length; c++) setSlot(this.columns[c], slot, values[c])
    this.known[slot] = knownAt
    if (!this.#admit(slot, sequence, now)) { this.#free.push(slot); return }
    this.#pruneWhenGrown(now)
  }

  /** Brings rows to where nothing sees them yet, in the order of the source's columns: `admit` makes them count, `discard` forgets them. */
  stage({ rows, known, columns }: StagedRows): Staged {
    const first = this.#reserve(rows)
    for (let c = 0; c < columns.length; c++) setSlots(this.columns[c], first, columns[c])
    this.known.set(known, first)
    this.#staged += rows
    return { first, rows }
  }

  /** Applies staged rows in their order, all under one sequence. */
  admit({ first, rows }: Staged, sequence: number, now: Micros): void {
    this.#staged -= rows
    for (let slot = first; slot < first + rows; slot++) if (!this.#admit(slot, sequence, now)) this.#free.push(slot)
    this.#pruneWhenGrown(now)
  }

  discard({ first, rows }: Staged): void {
    this.#staged -= rows
    for (let slot = first; slot < first + rows; slot++) this.#free.push(slot)
  }

  /** Puts back a block of kept rows. Blocks come by ascending number, into empty state whose watermark is set. */
  restore(block: number, { rows, places, known, sequences, superseded, columns }: DecodedRows): void {
    const first = this.#reserve(rows)
    for (let c = 0; c < columns.length; c++) restoreSlots(this.columns[c], first, columns[c])
    this.known.set(known, first)
    for (let i = 0; i < rows; i++) {
      const slot = first + i
      const arrival = block * BLOCK_ROWS + (places === null ? i : places[i])
      this.blocks.restore(arrival, slot)
      this.#place(slot, arrival, sequences[i])
      this.#link(slot, this.#newest.find(slot))
      // A version that superseded it may have been dropped since.
      this.superseded[slot] = superseded[i]
      this.#index(slot)
    }
    this.#pruneAt = Math.max(1024, this.rows * 2)
  }

  /** After all blocks: the next row gets this number. */
  continueAt(arrivals: number): void { this.#arrival = this.#restored = arrivals }

  /** The version that counts last of the id that a row with these values has, when nothing supersedes it. */
  newestOf(values: readonly Value[]): { knownAt: Micros; sequence: number; equals(values: readonly Value[]): boolean } | null {
    const slot = this.#newest.findValues(this.idColumns.map(c => values[c]))
    if (slot === NONE || this.superseded[slot] !== Number.POSITIVE_INFINITY) return null
    return { knownAt: this.known[slot], sequence: this.#sequences[slot], equals: other => other.every((v, c) => slotIs(this.columns[c], slot, v)) }
  }

  /** Drops what no permitted read can see. */
  prune(now: Micros): void {
    const oldest = this.#oldestAsked
    for (const index of this.indexes.values()) index.prune(oldest, this.superseded, this.#times)
    for (let slot = 0; slot < this.#used; slot++) {
      if (this.#arrivals[slot] !== UNUSED && (this.superseded[slot] <= oldest || this.#isForgettable(this.#times[slot], this.known[slot], now))) this.#release(slot)
    }
  }

  /** An estimate of the memory that is held, in bytes. */
  get bytes(): number {
    const perSlot = this.known.byteLength * 5 + this.#older.byteLength + this.columns.reduce((n, c) => n + (c.kind === 'double' ? c.values.byteLength : c.values.length * 16), 0)
    let indexed = 0
    for (const index of this.indexes.values()) indexed += index.bytes
    return perSlot + indexed + this.#newest.bytes
  }

  /** Makes a row count that lies in `slot`; false when it changes nothing. */
  #admit(slot: number, sequence: number, now: Micros): boolean {
    const time = (this.columns[this.eventTimeColumn].values as Float64Array)[slot]
    const knownAt = this.known[slot]
    if (time > this.watermark) this.watermark = time
    const head = this.#newest.find(slot)
    if (this.#repeats(head, slot, sequence)) return false
    if (head === NONE && this.#isForgettable(time, knownAt, now)) return false
    this.changes++
    if (knownAt < this.newestKnown) this.backfilledAt = this.changes
    const arrival = this.#arrival++
    this.blocks.add(arrival, slot)
    this.#place(slot, arrival, sequence)
    this.#link(slot, head)
    this.#index(slot)
    return true
  }

  #pruneWhenGrown(now: Micros): void {
    if (this.rows <= this.#pruneAt) return
    this.prune(now)
    this.#pruneAt = Math.max(1024, this.rows * 2)
  }

  /** A later row that says what the version before it said, known at the same time, changes nothing: a dataset materialized again. */
  #repeats(head: number, slot: number, sequence: number): boolean {
    const knownAt = this.known[slot]
    let at = head
    while (at !== NONE && this.known[at] > knownAt) at = this.#older[at]
    return at !== NONE && this.known[at] === knownAt && this.#sequences[at] < sequence && this.columns.every(column => sameSlots(column, at, slot))
  }

  #isForgettable(time: Micros, knownAt: Micros, now: Micros): boolean {
    const floor = this.watermark - this.horizon
    return time <= floor && knownAt <= Math.max(floor, now - this.horizon)
  }

  #place(slot: number, arrival: number, sequence: number): void {
    const knownAt = this.known[slot]
    if (knownAt > this.newestKnown) this.newestKnown = knownAt
    this.#times[slot] = (this.columns[this.eventTimeColumn].values as Float64Array)[slot]
    this.#sequences[slot] = sequence
    this.#arrivals[slot] = arrival
  }

  /** Versions of one id form a list from the one known last to the first; of those known at once, the later arrival comes first. */
  #link(slot: number, head: number): void {
    const knownAt = this.known[slot]
    let newer = NONE
    let older = head
    while (older !== NONE && this.known[older] > knownAt) { newer = older; older = this.#older[older] }
    this.#older[slot] = older
    if (newer === NONE) this.#newest.put(slot, head)
    else this.#older[newer] = slot
    const next = newer === NONE ? Number.POSITIVE_INFINITY : this.known[newer]
    // The one before may have been superseded by a version that was dropped since: that one supersedes this one too, if it was known later.
    const dropped = older === NONE || this.superseded[older] <= knownAt ? Number.POSITIVE_INFINITY : this.superseded[older]
    this.superseded[slot] = Math.min(next, dropped)
    if (older === NONE || knownAt >= this.superseded[older]) return
    this.blocks.touch(this.#arrivals[older])
    this.superseded[older] = knownAt
    for (const index of this.indexes.values()) index.note(index.keyAt(this.columns, older), older, this.#rowTimes(), this.changes)
  }

  #index(slot: number): void {
    if (this.superseded[slot] <= this.known[slot]) return
    for (const index of this.indexes.values()) {
      const key = index.keyAt(this.columns, slot)
      if (key !== null && this.#times[slot] > this.floorOf(index)) index.insert(key, slot, this.#rowTimes(), this.changes)
    }
  }

  #rowTimes(): RowTimes { return { times: this.#times, known: this.known } }

  /** Neighbouring slots that were never used. */
  #reserve(rows: number): number {
    const first = this.#used
    this.#grow(first + rows)
    this.#used += rows
    return first
  }

  #take(): number { return this.#free.pop() ?? this.#reserve(1) }

  #grow(slots: number): void {
    let capacity = this.known.length
    if (slots <= capacity) return
    while (capacity < slots) capacity *= 2
    this.#times = growFloats(this.#times, capacity)
    this.known = growFloats(this.known, capacity)
    this.superseded = growFloats(this.superseded, capacity)
    this.#sequences = growFloats(this.#sequences, capacity)
    const used = this.#arrivals.length
    this.#arrivals = growFloats(this.#arrivals, capacity).fill(UNUSED, used)
    this.#older = growIntegers(this.#older, capacity)
    for (const column of this.columns) growColumn(column, capacity)
    this.#newest.grow(capacity)
  }

  #release(slot: number): void {
    this.blocks.remove(this.#arrivals[slot])
    const head = this.#newest.find(slot)
    if (head === slot) {
      if (this.#older[slot] === NONE) this.#newest.remove(slot)
      else this.#newest.put(this.#older[slot], slot)
    } else {
      let at = head
      while (this.#older[at] !== slot) at = this.#older[at]
      this.#older[at] = this.#older[slot]
    }
    this.#arrivals[slot] = UNUSED
    this.#free.push(slot)
  }
}
