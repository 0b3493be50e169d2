// The door of the store.
import '../core/runtime.ts'

export type { Body, Database, Document, DocumentReader, DocumentWriter, ListOptions, StagedEntry, Transaction } from './database.ts'
export type { BlobStore } from './blobs.ts'
export type { Batch, Journal, Stream } from './journal/journal.ts'
