// The door of the store.
import '../core/runtime.ts'

export type { Body, Database, Document, DocumentReader, DocumentWriter, ListOptions, StagedEntry, Transaction } from './database.ts'
export type { BlobStore } from './blobs.ts'
export { LOST, type Appended, type Batch, type ClosedSegment, type Journal, type JournalRow, type LocalJournal, type RowsBlock, type RowsQuery, type SealedSegment, type SegmentedJournal, type Stream } from './journal/journal.ts'

export { joinHome, openHome, readHomePaths, type Home, type HomePaths } from './home.ts'
export { openDatabase } from './sqlite.ts'
export { openBlobStore } from './blob-folder.ts'
export { isDiskFull, makeFolder, storageError, syncFolder, writeFileDurably } from './durable.ts'
export { openJournal, type JournalOptions } from './journal/open-journal.ts'
export { readRows } from './journal/read-rows.ts'
export { checkRawSegment, type RawCheck, type SegmentExpectation, type SegmentProblem } from './journal/check.ts'
export { segmentWorkOf, type EngineSource, type SegmentWork } from './journal/segment-work.ts'
export { leafText } from './journal/leaf.ts'
export { LEAVES, listSealed, MANIFEST, readManifest, type SegmentManifest } from './journal/manifest.ts'
export { listRawSegments } from './journal/recovery.ts'
