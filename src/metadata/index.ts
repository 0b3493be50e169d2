// The door of the metadata component: ledger, proofs, lineage, verification.
import '../core/runtime.ts'

export type { Change, Definition, Difference, EntryInput, LedgerEntry, LedgerReader, Metadata, Principal, RecordedDocument, VerifyReport } from './metadata.ts'
export { toDefinitions } from './definitions/project.ts'
export { openMetadata, openSharedMetadata, type MetadataOptions, type SharedMetadataOptions } from './open-metadata.ts'
export { joinMetadata, type JoinedMetadataOptions } from './join-metadata.ts'
export type { LedgerPort, SealingPort } from './shared-ledger.ts'
export { verifyHome, type VerifyOptions } from './verify/verify-home.ts'
export type { EngineSource } from '../store/index.ts'
export { createToken, openLocalToken, revokeToken, type TokenBody } from './principals.ts'
export { readClock, saveClock } from './home-clock.ts'
export { verifyEntry, type EntryProof } from './ledger/entry-proof.ts'
export { parseCheckpoint, verifyNote, type Checkpoint, type SignedCheckpoint } from './ledger/note.ts'
