import { readHomePaths, segmentWorkOf, type EngineSource, type SegmentWork } from '../../store/index.ts'
import type { VerifyReport } from '../metadata.ts'
import { checkBlobs, checkReleases } from './blobs.ts'
import { checkDocuments } from './documents.ts'
import { Findings } from './findings.ts'
import { checkLedger } from './ledger.ts'
import { checkNotes } from './notes.ts'
import { checkJournal, listJournal } from './segments.ts'

export interface VerifyOptions {
  /** Reads the Parquet of sealed segments. Give a function where one damaged segment must not hide the state of the next. */
  engine: EngineSource
  /** Checks sealed segments in place of that engine, several side by side; it belongs to the caller. */
  segments?: SegmentWork
  /** Called with a sentence as each step begins. */
  onProgress?: (step: string) => void
  /** Config ledger.checkpoints, when copies are kept outside of the home. */
  checkpoints?: string
}

/**
 * Checks a home on disk, whole or damaged, without opening or changing it; a server may go on writing to it meanwhile.
 * What does not hold is a problem in the report, with its place; errors are thrown only when there is no home.
 * @throws SlipwayError `not_found`.
 */
export async function verifyHome(dir: string, options: VerifyOptions): Promise<VerifyReport> {
  const { engine, segments = segmentWorkOf(engine), onProgress = () => undefined, checkpoints = '' } = options
  const home = readHomePaths(dir)
  const findings = new Findings()
  const listing = listJournal(home)
  onProgress('Checking the ledger: lines, leaves and every checkpoint')
  const notes = await checkNotes(home, checkpoints, findings)
  const view = await checkLedger(notes, findings)
  onProgress('Checking documents against the ledger')
  const documents = await checkDocuments(home, notes, view, findings)
  onProgress('Checking the journal: sealed segments and the open one')
  try { await checkJournal(home, listing, view, segments, findings) } finally { if (options.segments === undefined) await segments.close() }
  onProgress('Checking blobs')
  await checkBlobs(home, view, findings)
  onProgress('Checking releases')
  await checkReleases(home, documents, view, findings)
  return findings.report()
}
