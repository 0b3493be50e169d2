import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine } from '../../core/ports/engine.ts'
import { checkRawSegment, checkSegment, listRawSegments, MANIFEST, type HomePaths, type RawCheck, type SegmentProblem } from '../../store/index.ts'
import { segmentId } from '../segment-body.ts'
import type { Findings } from './findings.ts'
import type { LedgerView } from './ledger.ts'

/** The files of the journal as they were before the ledger was read: whatever is sealed and dropped after that, the ledger read later knows. */
export interface JournalListing { raw: { first: number; file: string }[]; sealed: number[] }

export function listJournal(home: HomePaths): JournalListing {
  const raw = listRawSegments(home.journal)
  const names = existsSync(home.segments) ? readdirSync(home.segments) : []
  return { raw, sealed: names.filter(name => /^\d{12}$/.test(name)).map(Number).sort((a, b) => a - b) }
}

/** An engine, or how to open one: a badly damaged file may leave an engine unable to go on, and the next segment then needs another. */
export type EngineSource = Engine | (() => Promise<Engine>)

interface Range { first: number; last: number; place: string }

/** Every sealed segment against its ledger entry, every raw one against its own chain, and no gap between them. */
export async function checkJournal(home: HomePaths, listing: JournalListing, view: LedgerView, engine: EngineSource, findings: Findings): Promise<void> {
  const ranges = await checkSealed(home, listing, view, engine, findings)
  for (const { first, file } of listing.raw) {
    const check = await checkRaw(file)
    // Sealed and dropped meanwhile.
    if (check.problems.length > 0 && !existsSync(file) && existsSync(join(home.segments, segmentId(first)))) continue
    findings.count('open journal files')
    findings.count('open journal rows', check.rows)
    for (const problem of check.problems) report(home, problem, 'The next start goes on after what is sound, where the rest was a torn write; otherwise restore the file from a backup.', findings)
    if (check.problems.length === 0) ranges.push({ first, last: check.last, place: relative(home.dir, file) })
    else ranges.push({ first, last: Number.NaN, place: relative(home.dir, file) })
  }
  checkGaps(ranges, findings)
}

async function checkSealed(home: HomePaths, listing: JournalListing, view: LedgerView, source: EngineSource, findings: Findings): Promise<Range[]> {
  const ranges: Range[] = []
  let engine: Engine | null = typeof source === 'function' ? null : source
  for (const first of [...new Set([...listing.sealed, ...view.segments.keys()])].sort((a, b) => a - b)) {
    const dir = join(home.segments, segmentId(first))
    const place = relative(home.dir, dir)
    const entry = view.segments.get(first)
    if (!existsSync(dir)) {
      if (entry !== undefined && !entry.doubtful) findings.problem('segments', { place, what: `The sealed segment is missing; ledger entry ${entry.index} tells of sequences ${String(entry.details.first)} to ${String(entry.details.last)}.`, remedy: 'Restore the folder from a backup.' })
      continue
    }
    // Without an entry, its raw file must still be there: sealing was stopped between the two, and the next start goes on.
    if (entry === undefined && !view.damaged && !listing.raw.some(raw => raw.first === first)) findings.problem('segments', { place, what: 'No ledger entry tells of this sealed segment.', remedy: 'Restore HOME/ledger and HOME/segments from one backup.' })
    const { root, manifest, last } = entry === undefined || entry.doubtful ? {} : entry.details
    engine ??= await (source as () => Promise<Engine>)()
    const problems = await checkSegment(dir, engine, { root: textOr(root), manifest: textOr(manifest) })
    findings.count('sealed segments')
    // What a changed manifest says of the other files cannot be believed: they are judged once it is restored.
    const manifestChanged = problems.some(problem => basename(problem.file) === MANIFEST)
    for (const problem of problems) if (!manifestChanged || basename(problem.file) === MANIFEST) report(home, problem, 'Restore the file from a backup; the other files of the segment are judged on their own.', findings)
    if (typeof last === 'number') {
      ranges.push({ first, last, place })
      findings.count('sealed rows', last - first + 1)
    } else ranges.push({ first, last: Number.NaN, place })
    if (problems.length > 0 && typeof source === 'function') {
      await engine.close().catch(() => undefined)
      engine = null
    }
  }
  if (typeof source === 'function') await engine?.close()
  return ranges
}

/** A bad tail of a file that grows may be a write on its way: then it is looked at again. */
async function checkRaw(file: string): Promise<RawCheck> {
  for (let attempt = 1; ; attempt++) {
    const check = checkRawSegment(file)
    if (!check.problems.some(problem => problem.tail) || attempt === 5) return check
    const size = sizeOf(file)
    await wait(50)
    if (sizeOf(file) === size && checkRawSegment(file).last === check.last) return check
  }
}

/** Sequences go on from 1 without a gap. The end of a damaged file (NaN) is not known, and no gap is told after it. */
function checkGaps(ranges: Range[], findings: Findings): void {
  let next = 1
  for (const { first, last, place } of ranges.sort((a, b) => a.first - b.first)) {
    if (first > next) findings.problem('journal', { place, what: `Sequences ${next} to ${first - 1} are in no file before it.`, remedy: 'Restore HOME/journal and HOME/segments from a backup.' })
    next = Number.isNaN(next) && !Number.isNaN(last) ? last + 1 : Math.max(next, last + 1)
  }
}

function report(home: HomePaths, problem: SegmentProblem, remedy: string, findings: Findings): void {
  const at = [problem.offset === undefined ? '' : ` byte ${problem.offset}`, problem.sequence === undefined ? '' : ` sequence ${problem.sequence}`].join('')
  findings.problem('journal', { place: `${relative(home.dir, problem.file) || basename(problem.file)}${at}`, what: problem.message, remedy })
}

function textOr(value: unknown): string | undefined { return typeof value === 'string' ? value : undefined }

function sizeOf(file: string): number | undefined { return statSync(file, { throwIfNoEntry: false })?.size }
