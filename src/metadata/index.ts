// The door of the metadata component: ledger, proofs, lineage, verification.
import '../core/runtime.ts'

export type { Change, Definition, Difference, EntryInput, LedgerEntry, LedgerReader, Metadata, VerifyReport } from './metadata.ts'
