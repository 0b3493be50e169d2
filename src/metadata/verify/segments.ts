import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { checkRawSegment, listRawSegments, MANIFEST, type HomePaths, type RawCheck, type SegmentProblem, type SegmentWork } from '../../store/index.ts'
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

interface Range { first: number; last: number; place: string }

/** Every sealed segment against its ledger entry, every raw one against its own chain, and no gap between them. */
export async function checkJournal(home: HomePaths, listing: JournalListing, view: LedgerView, work: SegmentWork, findings: Findings): Promise<void> {
  const ranges = await checkSealed(home, listing, view, work, findings)
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

async function checkSealed(home: HomePaths, listing: JournalListing, view: LedgerView, work: SegmentWork, findings: Findings): Promise<Range[]> {
  const ranges: Range[] = []
  const firsts = [...new Set([...listing.sealed, ...view.segments.keys()])].sort((a, b) => a - b)
  /** So many are under way ahead of the one that is reported. */
  const checks: Promise<SegmentProblem[]>[] = []
  const check = (i: number): Promise<SegmentProblem[]> => {
    for (let k = checks.length; k <= Math.min(firsts.length - 1, i + work.parallel - 1); k++) {
      const dir = join(home.segments, segmentId(firsts[k]))
      const entry = view.segments.get(firsts[k])
      const { root, manifest } = entry === undefined || entry.doubtful ? {} : entry.details
      const under = existsSync(dir) ? work.check(dir, { root: textOr(root), manifest: textOr(manifest) }) : Promise.resolve([])
      under.catch(() => undefined)
      checks.push(under)
    }
    return checks[i]
  }
  for (const [i, first] of firsts.entries()) {
    const dir = join(home.segments, segmentId(first))
    const place = relative(home.dir, dir)
    const entry = view.segments.get(first)
    const problems = await check(i)
    if (!existsSync(dir)) {
      if (entry !== undefined && !entry.doubtful) findings.problem('segments', { place, what: `The sealed segment is missing; ledger entry ${entry.index} tells of sequences ${String(entry.details.first)} to ${String(entry.details.last)}.`, remedy: 'Restore the folder from a backup.' })
      continue
    }
    // Without an entry, its raw file must still be there: sealing was stopped between the two, and the next start goes on.
    if (entry === undefined && !view.damaged && !listing.raw.some(raw => raw.first === first)) findings.problem('segments', { place, what: 'No ledger entry tells of this sealed segment.', remedy: 'Restore HOME/ledger and HOME/segments from one backup.' })
    const last = entry === undefined || entry.doubtful ? undefined : entry.details.last
    findings.count('sealed segments')
    // What a changed manifest says of the other files cannot be believed: they are judged once it is restored.
    const manifestChanged = problems.some(problem => basename(problem.file) === MANIFEST)
    for (const problem of problems) if (!manifestChanged || basename(problem.file) === MANIFEST) report(home, problem, 'Restore the file from a backup; the other files of the segment are judged on their own.', findings)
    if (typeof last === 'number') {
      ranges.push({ first, last, place })
      findings.count('sealed rows', last - first + 1)
    } else ranges.push({ first, last: Number.NaN, place })
  }
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
