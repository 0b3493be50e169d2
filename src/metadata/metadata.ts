import type { Actor, Role } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { Micros } from '../core/time.ts'
import type { DocumentReader, DocumentWriter } from '../store/index.ts'

/** What happened: `action` is dotted (`release.created`), `subject` is kind/id (`release/flight-delay@1`). */
export interface EntryInput { actor: Actor; action: string; subject: string; details?: { [key: string]: Json | undefined } }

/**
 * A numbered record of the ledger. `index` counts from 0. `documents` carries the digest of every body that the change put (null: removed),
 * and the blobs that the body names.
 */
export interface LedgerEntry {
  index: number
  id: string
  at: Micros
  recordedAt: Micros
  actor: string
  action: string
  subject: string
  documents: RecordedDocument[]
  details: { [key: string]: Json | undefined }
}

export interface RecordedDocument { kind: string; id: string; revision: number; digest: string | null; /** SHA-256 of blobs that were there when the body named them. */ blobs?: string[] }

export interface Change extends DocumentReader, DocumentWriter {
  /** Adds to the details of this change's entry. */
  detail(details: { [key: string]: Json | undefined }): void
}

/** The metadata component: the only audit log, and the only way to change a document. */
export interface Metadata extends DocumentReader {
  /** Change and entry commit together; returns when both are durable and the entry has its number. */
  change<T>(entry: EntryInput, write: (tx: Change) => Promise<T>): Promise<{ result: T; ledger: number }>
  /** An entry without a change: a read, a training set, an export. */
  record(entry: EntryInput): Promise<number>
  readonly ledger: LedgerReader
  /** Seals every full segment (all that is on disk with `force`); its root becomes a ledger entry. Returns how many. */
  seal(options?: { force?: boolean }): Promise<number>
  /** Runs before a segment is dropped for its Parquet form: derived state is saved here. Returns an unsubscribe function. */
  onSeal(save: (position: number) => Promise<void>): () => void
  /** What `apply` would do. Without `project`, removed are those that the projects which own any of these definitions no longer declare. */
  plan(definitions: Definition[], project?: string): Promise<Difference[]>
  /** Puts what differs, as one change; definitions of a listed kind that are no longer declared are removed. */
  apply(actor: Actor, project: string, definitions: Definition[]): Promise<{ differences: Difference[]; ledger: number | null }>
  verify(onProgress?: (step: string) => void): Promise<VerifyReport>
  /** Ledger entries about a document (changes of it, or it as their subject), the oldest first. */
  trail(kind: string, id: string): Promise<LedgerEntry[]>
  /** Who a bearer token speaks for; null is nobody. `unauthenticated` for a token that is not known. */
  authenticate(token: string | null): Promise<Principal>
  /** Seals what is on disk, then closes the ledger. Database, blobs and journal belong to the caller, who closes them after. */
  close(): Promise<void>
}

/** Somebody with a role; `mayPredict` allows predictions whatever the role. */
export interface Principal { actor: Actor; role: Role; mayPredict: boolean }

export interface LedgerReader {
  readonly size: number
  get(index: number): Promise<LedgerEntry | null>
  list(options?: { after?: number; limit?: number; action?: string; subject?: string; reverse?: boolean }): Promise<LedgerEntry[]>
  /** The newest checkpoint as a C2SP signed note. */
  checkpoint(): Promise<string>
  /** Inclusion proof of an entry in the tree of `size` leaves, hashes in hex. */
  prove(index: number, size?: number): Promise<{ leaf: string; size: number; root: string; path: string[] }>
}

export interface Definition { kind: 'entity' | 'dataset' | 'source' | 'view' | 'service' | 'model' | 'endpoint' | 'monitor'; id: string; body: { [key: string]: Json | undefined } }
export interface Difference { kind: Definition['kind']; id: string; change: 'added' | 'changed' | 'removed'; /** Paths within the body: was, becomes. */ fields: { path: string; from: Json; to: Json }[] }

export interface VerifyReport {
  ok: boolean
  checked: { what: string; count: number }[]
  /** First bad record of each kind, named: file, position, record. */
  problems: { place: string; what: string; remedy: string }[]
}
