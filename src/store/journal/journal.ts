import type { Engine } from '../../core/ports/engine.ts'
import type { Column, Row } from '../../core/schema.ts'
import type { Table } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'

/** A kind of row in the journal. One name has one schema for ever: put a digest of the schema into names whose columns may change. */
export interface Stream { name: string; columns: Column[] }

/** A frame: rows of one stream with consecutive sequences, atomic. */
export interface Batch { stream: Stream; first: number; recordedAt: Micros; table: Table }

/**
 * Rows of one stream by ascending sequence, not all of them neighbours; `table` has the columns that were asked for and that the stream has.
 * `stretch` is the first sequence of the part of the journal that they were taken from: stretches ascend, and the streams of one come in any order.
 */
export interface RowsBlock { stream: Stream; stretch: number; sequences: BigInt64Array; recordedAt: Float64Array; table: Table }

export interface RowsQuery { from?: number; to?: number; /** Stream names that begin with one of these. */ streams?: string[]; /** Default: all. */ columns?: readonly string[] }

/** Sequences that rows were given. */
export interface Appended { first: number; last: number }

/** The one append log of a home. Sequences begin at 1 and have no gaps. */
export interface Journal {
  /**
   * Numbers the rows and hands them to the writer; durable later. At once where the journal is in this process, in the order of the calls where it is in
   * another one. `overloaded` when too many bytes wait, `storage_full` while the disk is.
   */
  append(stream: Stream, table: Table, epoch?: number): Appended | Promise<Appended>
  /** The last sequence given out, and the last one on disk. */
  readonly position: number
  readonly durable: number
  /**
   * Of a journal in another process: changes when that process was started anew. Numbers that it gave out before and that did not reach the disk are given
   * out again, so whoever passes on the epoch in which it looked or was given a number is refused (`unreachable`) in another one.
   */
  readonly epoch?: number
  /** Resolves when `sequence` (default: all given out) is on disk; rejects when it cannot be. */
  waitDurable(sequence?: number, epoch?: number): Promise<void>
  /** Frames that touch [from, to], sealed or not, in order, cut to the range; up to `durable` at the call. */
  read(options?: { from?: number; to?: number; /** Stream names that begin with one of these. */ streams?: string[] }): AsyncIterable<Batch>
  /** One row by sequence, durable or not; null when there is none. */
  get(sequence: number): Promise<{ stream: Stream; recordedAt: Micros; row: Row } | null>
  close(): Promise<void>
}

/** The journal in the process that owns it. */
export interface LocalJournal extends Journal { append(stream: Stream, table: Table): Appended }

/** What the journal tells of a row. */
export interface JournalRow { stream: Stream; recordedAt: Micros; row: Row }

/** A raw segment file that takes no more rows and is on disk as a whole. */
export interface ClosedSegment { first: number; last: number; rows: number; file: string; /** Its sealed form exists too: only `dropRaw` is missing. */ sealed: boolean }

/** A segment in its final form: a folder with one Parquet file a stream, leaves.bin and manifest.json. */
export interface SealedSegment {
  first: number
  last: number
  dir: string
  /** Merkle root over the rows' leaf hashes, hex. */
  root: string
  /** SHA-256 of manifest.json, hex: together with the root what the ledger should hold. */
  manifest: string
}

/** The stream of numbers that were given out and lost again to a full disk: rows without columns, so that sequences have no gaps. */
export const LOST: Stream = { name: 'lost', columns: [] }

/** The journal as its owner sees it: segments are rotated, sealed and dropped, and losses are told. */
export interface SegmentedJournal extends LocalJournal {
  /** Rows by sequence; sequences that there are not are left out. Much cheaper than one `get` after another. */
  getMany(sequences: readonly number[]): Promise<Map<number, JournalRow>>
  /** The rows of `read` in large blocks, a stream at a time within a stretch of the journal: much cheaper where frames do not matter. */
  readRows(query?: RowsQuery): AsyncIterable<RowsBlock>
  /** The engine reads and writes sealed segments; without one only raw segments can be read. */
  setEngine(engine: Engine): void
  /** Closes the open segment (the next append begins another); resolves when it is on disk. */
  rotate(): Promise<void>
  /** Raw segments that can be sealed or dropped, the oldest first. */
  closed(): ClosedSegment[]
  /** Sealed segments, the oldest first. */
  sealed(): SealedSegment[]
  /** Writes the sealed form of the closed segment that begins at `first`, durably. Again after a crash: the same result. */
  seal(first: number): Promise<SealedSegment>
  /** Removes the raw file of a sealed segment. */
  dropRaw(first: number): void
  /** Called whenever a segment has been closed and is on disk. Returns an unsubscribe function. */
  onClosed(handler: () => void): () => void
  /**
   * Called when rows that were given out, from `first` on, could not be written: whoever applied them to derived state must rebuild
   * it from what is durable. Appends are refused (`storage_full`) until every handler has resolved and the disk has space again;
   * the lost numbers then become rows of the stream `lost` and are not used again. Returns an unsubscribe function.
   */
  onLost(handler: (first: number) => void | Promise<void>): () => void
}
