// Whether stored segments are what was recorded: every byte of every file counts.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sha256 } from '../../core/digest.ts'
import { HASH_BYTES, leafHash, merkleRoot } from '../../core/merkle.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { Stream } from './journal.ts'
import { leafWriter, SLICE_ROWS, yieldTurn } from './leaf.ts'
import { MANIFEST, readManifest, type SegmentManifest, type SegmentStream } from './manifest.ts'
import { parseRawName } from './raw-segment.ts'
import { scanFrames } from './scan.ts'
import { readStored } from './segment-table.ts'

export interface SegmentProblem {
  /** Path of the file. */
  file: string
  /** What is wrong, as a sentence. */
  message: string
  stream?: string
  /** The first bad row. */
  sequence?: number
  /** Byte offset in a raw file. */
  offset?: number
  /** In a raw file, nothing valid follows: bytes that were changed, or a write that a crash cut off and nobody was told of. */
  tail?: boolean
}

/** What the ledger holds of a sealed segment, hex. Without it, only what the segment says of itself can be checked. */
export interface SegmentExpectation { root?: string; manifest?: string }

/**
 * Checks a sealed segment against what is expected of it: recomputes every leaf from the typed columns and names the first bad row,
 * or the file where it cannot be read. An empty list: every byte is what it was. The engine may refuse all further work after it met
 * a badly damaged file: give it one of its own.
 */
export async function checkSegment(dir: string, engine: Engine, expected: SegmentExpectation = {}): Promise<SegmentProblem[]> {
  let manifest: SegmentManifest
  const problems: SegmentProblem[] = []
  const manifestFile = join(dir, MANIFEST)
  try {
    const read = readManifest(dir)
    manifest = read.manifest
    if (expected.manifest !== undefined && read.digest !== expected.manifest) problems.push({ file: manifestFile, message: `The manifest was changed: its SHA-256 is ${read.digest}, and ${expected.manifest} was recorded.` })
  } catch (error) { return [{ file: manifestFile, message: (error as Error).message }] }
  const root = expected.root ?? manifest.root
  if (manifest.root !== root && problems.length === 0) problems.push({ file: manifestFile, message: `The manifest names the root ${manifest.root}, and ${root} was recorded.` })
  const rows = manifest.last - manifest.first + 1

  const leavesFile = join(dir, manifest.leaves.file)
  const stored = readOrNull(leavesFile)
  const genuine = stored !== null && stored.length === rows * HASH_BYTES && hexRoot(stored) === root ? stored : null
  const recomputed = Buffer.alloc(rows * HASH_BYTES)
  const seen = new Uint8Array(rows)
  const files = manifest.streams.map(entry => ({ entry, path: join(dir, entry.file), sound: digestOfFile(join(dir, entry.file)) === entry.sha256 }))
  const session = await engine.connect()
  try {
    // Sound files first: a damaged one may take the engine down.
    for (const { entry, path, sound } of files.sort((a, b) => Number(b.sound) - Number(a.sound))) {
      const problem = await checkStream(session, entry, path, { manifest, genuine, recomputed, seen })
      if (problem !== null) problems.push(problem)
      else if (!sound) problems.push({ file: path, stream: entry.name, message: `Bytes of the file were changed (its SHA-256 is not the recorded one), in places that leave all of its ${entry.rows} rows as they were.` })
    }
  } finally { await session.close() }
  const missing = seen.indexOf(0)
  if (missing >= 0 && problems.length === 0) problems.push({ file: dir, sequence: manifest.first + missing, message: `The row with sequence ${manifest.first + missing} is in no file.` })
  if (genuine === null) problems.push({ file: leavesFile, ...describeLeaves(stored, recomputed, manifest, root, problems.length === 0) })
  else if (sha256(genuine) !== manifest.leaves.sha256 && problems.length === 0) problems.push({ file: manifestFile, message: 'The manifest has another digest for the leaves than they have.' })
  return problems
}

interface Check { manifest: SegmentManifest; genuine: Buffer | null; recomputed: Buffer; seen: Uint8Array }

async function checkStream(session: EngineSession, entry: SegmentStream, path: string, check: Check): Promise<SegmentProblem | null> {
  const { manifest, genuine, recomputed, seen } = check
  const stream: Stream = { name: entry.name, columns: entry.columns }
  const at = (message: string, sequence?: number): SegmentProblem => ({ file: path, stream: stream.name, message, ...(sequence === undefined ? {} : { sequence }) })
  try {
    const { sequences, recordedAt, table } = await readStored(session, stream, path)
    const write = leafWriter(stream)
    let before = manifest.first - 1
    for (let i = 0; i < table.rows; i++) {
      const sequence = Number(sequences[i])
      const row = sequence - manifest.first
      if (sequence <= before || sequence > manifest.last || seen[row] === 1) return at(`A row has the sequence ${sequence}, which is not its own.`, sequence)
      before = sequence
      const leaf = leafHash(write(sequence, recordedAt[i], table, i))
      recomputed.set(leaf, row * HASH_BYTES)
      if (genuine !== null && genuine.compare(leaf, 0, HASH_BYTES, row * HASH_BYTES, (row + 1) * HASH_BYTES) !== 0) return at(`The row with sequence ${sequence} of ${stream.name} was changed: its leaf hash is not the recorded one.`, sequence)
      seen[row] = 1
      if (i % SLICE_ROWS === SLICE_ROWS - 1) await yieldTurn()
    }
    return table.rows === entry.rows ? null : at(`The file has ${table.rows} rows, and ${entry.rows} were recorded.`)
  } catch (error) { return at(`The file cannot be read: ${(error as Error).message}`) }
}

/** The rows are authentic when their recomputed leaves give the root: then the leaf file is what changed, and where can be said. */
function describeLeaves(stored: Buffer | null, recomputed: Buffer, manifest: SegmentManifest, root: string, sound: boolean): { message: string; sequence?: number } {
  if (stored === null) return { message: 'The leaf hashes cannot be read.' }
  if (!sound || hexRoot(recomputed) !== root) return { message: `The leaf hashes do not give the recorded root ${root}.` }
  for (let i = 0; i < recomputed.length; i += HASH_BYTES) {
    if (recomputed.compare(stored, i, i + HASH_BYTES, i, i + HASH_BYTES) !== 0) {
      const sequence = manifest.first + i / HASH_BYTES
      return { sequence, message: `The leaf hash of sequence ${sequence} was changed; the row itself is as recorded.` }
    }
  }
  return { message: 'Bytes follow the last leaf hash.' }
}

function readOrNull(path: string): Buffer | null {
  try { return readFileSync(path) } catch { return null }
}

function digestOfFile(path: string): string | null {
  const bytes = readOrNull(path)
  return bytes === null ? null : sha256(bytes)
}

function hexRoot(leaves: Uint8Array): string { return Buffer.from(merkleRoot(leaves)).toString('hex') }

export interface RawCheck { first: number; last: number; frames: number; rows: number; problems: SegmentProblem[] }

/** Checks a raw segment file. A complete but bad tail is reported as well: it was changed, or torn by a crash and never acknowledged. */
export function checkRawSegment(file: string): RawCheck {
  const first = parseRawName(basename(file)) ?? 1
  const bytes = readOrNull(file)
  if (bytes === null) return { first, last: first - 1, frames: 0, rows: 0, problems: [{ file, message: 'The file cannot be read.' }] }
  const { last, frames, fault } = scanFrames(bytes, first)
  const problems: SegmentProblem[] = []
  if (fault !== null) {
    const tail = fault.resumesAt === null
    const message = tail ? `From byte ${fault.offset} on, ${bytes.length - fault.offset} bytes were changed, or torn by a crash and never acknowledged: ${fault.reason}.`
      : `Bytes between ${fault.offset} and ${fault.resumesAt} were changed: ${fault.reason}.`
    problems.push({ file, offset: fault.offset, sequence: fault.sequence, tail, message })
  }
  return { first, last, frames, rows: last - first + 1, problems }
}
