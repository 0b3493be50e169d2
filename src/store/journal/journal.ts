import type { Column, Row } from '../../core/schema.ts'
import type { Table } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'

/** A kind of row in the journal. One name has one schema for ever: put a digest of the schema into names whose columns may change. */
export interface Stream { name: string; columns: Column[] }

/** A frame: rows of one stream with consecutive sequences, atomic. */
export interface Batch { stream: Stream; first: number; recordedAt: Micros; table: Table }

/** The one append log of a home. Sequences begin at 1 and have no gaps. */
export interface Journal {
  /** Numbers the rows at once and hands them to the writer; durable later. `overloaded` when too many bytes wait, `storage_full` while the disk is. */
  append(stream: Stream, table: Table): { first: number; last: number }
  /** The last sequence given out, and the last one on disk. */
  readonly position: number
  readonly durable: number
  /** Resolves when `sequence` (default: all given out) is on disk; rejects when it cannot be. */
  waitDurable(sequence?: number): Promise<void>
  /** Frames that touch [from, to], sealed or not, in order, cut to the range; up to `durable` at the call. */
  read(options?: { from?: number; to?: number; /** Stream names that begin with one of these. */ streams?: string[] }): AsyncIterable<Batch>
  /** One row by sequence, durable or not; null when there is none. */
  get(sequence: number): Promise<{ stream: Stream; recordedAt: Micros; row: Row } | null>
  close(): Promise<void>
}
