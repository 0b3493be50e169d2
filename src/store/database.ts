import type { Json } from '../core/canonical.ts'
import type { Micros } from '../core/time.ts'

/** What is registered is a document: a canonical JSON body under (kind, id). SQL stays behind this interface. */
export type Body = { [key: string]: Json | undefined }

export interface Document<B = Body> { kind: string; id: string; /** 1 at first, +1 at each put. */ revision: number; body: B; updatedAt: Micros }

export interface ListOptions {
  /** Only ids that begin with this. */
  prefix?: string
  /** Only ids after (or, reversed, before) this one. */
  after?: string
  limit?: number
  reverse?: boolean
}

export interface DocumentReader {
  get<B = Body>(kind: string, id: string): Promise<Document<B> | null>
  /** By id, in code-point order. */
  list<B = Body>(kind: string, options?: ListOptions): Promise<Document<B>[]>
}

export interface DocumentWriter {
  /** With `revision`: `conflict` unless that is the stored one (0: it must not exist). */
  put<B = Body>(kind: string, id: string, body: B, options?: { revision?: number }): Promise<Document<B>>
  remove(kind: string, id: string): Promise<void>
}

/** A ledger entry that waits for its number; it commits together with the change that it tells of. */
export interface StagedEntry { id: string; record: Body }

export interface Transaction extends DocumentReader, DocumentWriter { stage(entry: StagedEntry): Promise<void> }

/** The embedded database (SQLite); PostgreSQL implements the same. Every method is asynchronous though SQLite is not. */
export interface Database extends DocumentReader {
  /** Serialised; rolled back when `work` throws. Durable when it returns. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Staged entries in the order of their commit. */
  staged(limit?: number): Promise<StagedEntry[]>
  unstage(ids: string[]): Promise<void>
  /** Structural faults of the database file, none when sound. */
  check(): Promise<string[]>
  close(): Promise<void>
}
