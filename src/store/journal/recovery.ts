// What a home's journal holds when it is opened: sealed segments, then raw ones, without gaps. A torn tail is cut off and kept aside.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { syncFile, syncFolder } from '../durable.ts'
import type { SealedSegment } from './journal.ts'
import { listSealed, TEMP_PREFIX } from './manifest.ts'
import { parseRawName, rawSegmentPath, RawSegment } from './raw-segment.ts'
import { scanFrames, type Scan } from './scan.ts'

export interface Recovered { sealed: SealedSegment[]; raw: RawSegment[]; last: number }

/** Raw segment files of a journal folder with the first sequence of each, the oldest first. */
export function listRawSegments(dir: string): { first: number; file: string }[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir).map(parseRawName).filter(first => first !== null).sort((a, b) => a - b).map(first => ({ first, file: rawSegmentPath(dir, first) }))
}

/**
 * Scans what there is. Nothing is changed before all of it was found sound.
 * @throws SlipwayError `corrupt`, naming file, byte offset and sequence.
 */
export function recoverSegments(options: { dir: string; segmentsDir: string; sync: boolean; trace: string | null; log: Log }): Recovered {
  const { dir, segmentsDir, sync, trace, log } = options
  const sealed = listSealed(segmentsDir)
  let last = 0
  for (const segment of sealed) {
    if (segment.first !== last + 1) throw new SlipwayError('corrupt', `${segmentsDir}: the segments with sequences ${last + 1} to ${segment.first - 1} are missing.`)
    last = segment.last
  }
  const scanned: { segment: RawSegment; scan: Scan; bytes: number }[] = []
  for (const { first, file } of listRawSegments(dir)) {
    const content = readFileSync(file)
    const { segment, scan } = scanSegment(file, first, content)
    scanned.push({ segment, scan, bytes: content.length })
    const twin = sealed.find(s => s.first === first)
    const previous = scanned.at(-2)?.scan.fault
    const expected = twin === undefined ? last + 1 : first
    if (scan.fault !== null && scan.fault.resumesAt !== null) {
      throw new SlipwayError('corrupt', `${file} is damaged at byte ${scan.fault.offset} (sequence ${scan.fault.sequence}): ${scan.fault.reason}, and the journal goes on at byte ${scan.fault.resumesAt}.`)
    }
    if (first !== expected) {
      throw new SlipwayError('corrupt', previous
        ? `${scanned[scanned.length - 2].segment.file} is damaged at byte ${previous.offset} (sequence ${previous.sequence}): ${previous.reason}, and ${basename(file)} follows.`
        : `${file}: sequences ${expected} to ${first - 1} are missing before it.`)
    }
    if (twin !== undefined && twin.last !== scan.last) throw new SlipwayError('corrupt', `${file} ends at sequence ${scan.last}, and its sealed form ${twin.dir} at ${twin.last}.`)
    last = Math.max(last, scan.last)
  }
  for (const name of existsSync(segmentsDir) ? readdirSync(segmentsDir) : []) if (name.startsWith(TEMP_PREFIX)) rmSync(join(segmentsDir, name), { recursive: true, force: true })
  for (const { segment, scan, bytes } of scanned) {
    if (scan.fault !== null) cutTail(dir, segment.file, scan, bytes, log)
    if (segment.rows === 0) rmSync(segment.file)
    else if (sync) {
      // What a killed process had written may not be on disk yet.
      syncFile(segment.file)
      if (trace !== null) appendFileSync(trace, `${segment.file} ${segment.length}\n`)
    }
  }
  if (scanned.length > 0) syncFolder(dir)
  return { sealed, raw: scanned.map(s => s.segment).filter(s => s.rows > 0), last }
}

export function scanSegment(file: string, first: number, content: Buffer): { segment: RawSegment; scan: Scan } {
  const frames: [first: number, rows: number, offset: number][] = []
  const scan = scanFrames(content, first, ({ frame }) => { frames.push([frame.first, frame.rows, frame.offset]) })
  const segment = new RawSegment(file, first, scan.salt)
  for (const frame of frames) segment.addFrame(...frame)
  for (const [id, stream] of scan.streams) segment.streams.set(id, stream)
  segment.length = scan.end
  return { segment, scan }
}

function cutTail(dir: string, file: string, scan: Scan, bytes: number, log: Log): void {
  const quarantine = join(dir, 'quarantine')
  mkdirSync(quarantine, { recursive: true })
  const kept = join(quarantine, `${basename(file)}.${scan.end}`)
  writeFileSync(kept, readFileSync(file).subarray(scan.end), { flush: true })
  syncFolder(quarantine)
  truncateSync(file, scan.end)
  log.warn('The journal ended in a torn write, which was cut off.', { file, offset: scan.end, bytes: bytes - scan.end, sequence: scan.fault?.sequence, reason: scan.fault?.reason, kept })
}
