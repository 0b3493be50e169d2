// A closed raw segment becomes a folder of typed Parquet, leaf hashes and a manifest.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'
import { HASH_BYTES, leafHash, merkleRoot } from '../../core/merkle.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { storageError, syncFile, syncFolder } from '../durable.ts'
import type { Batch, SealedSegment, Stream } from './journal.ts'
import { leafWriter, SLICE_ROWS, yieldTurn } from './leaf.ts'
import { describeSealed, formatManifest, LEAVES, MANIFEST, SEGMENT_FORMAT, TEMP_PREFIX, type SegmentStream } from './manifest.ts'
import { segmentName } from './raw-segment.ts'
import { decodeRows } from './rows.ts'
import { scanFrames } from './scan.ts'
import { firstDifference, joinBatches, sqlText, storedSchema } from './segment-table.ts'

/** Small enough that one row is found fast, large enough to compress. */
const ROW_GROUP = 8_192

/**
 * Writes SEGMENTSDIR/<first>/ from a raw segment file, durably, and returns what is there. When it is there already (a crash came
 * between), nothing is written. What the engine wrote is read back and compared before it counts.
 * @throws SlipwayError `corrupt` when the raw file is damaged, `storage_full`.
 */
export async function sealSegment(options: { file: string; first: number; segmentsDir: string; engine: Engine }): Promise<SealedSegment> {
  const { file, first, segmentsDir, engine } = options
  const dir = join(segmentsDir, segmentName(first))
  if (existsSync(dir)) return describeSealed(dir)
  const { batches, last } = readBatches(file, first)
  const temp = join(segmentsDir, `${TEMP_PREFIX}${segmentName(first)}`)
  const session = await engine.connect()
  try {
    rmSync(temp, { recursive: true, force: true })
    mkdirSync(temp)
    const leaves = await hashLeaves(batches, first, last)
    const streams: SegmentStream[] = []
    for (const [stream, rows] of byStream(batches)) streams.push(await writeStream(session, temp, stream, rows, `stream-${streams.length + 1}.parquet`))
    writeFileSync(join(temp, LEAVES), leaves, { flush: true })
    const manifest = formatManifest({
      format: SEGMENT_FORMAT, version: 1, first, last, streams,
      leaves: { file: LEAVES, sha256: sha256(leaves), rows: last - first + 1 },
      root: Buffer.from(merkleRoot(leaves)).toString('hex'),
    })
    writeFileSync(join(temp, MANIFEST), manifest, { flush: true })
    syncFolder(temp)
    renameSync(temp, dir)
    syncFolder(segmentsDir)
  } catch (error) {
    rmSync(temp, { recursive: true, force: true })
    throw storageError(error, dir)
  } finally { await session.close() }
  return describeSealed(dir)
}

function readBatches(file: string, first: number): { batches: Batch[]; last: number } {
  const batches: Batch[] = []
  const scan = scanFrames(readFileSync(file), first, (frame, stream) => {
    batches.push({ stream, first: frame.first, recordedAt: frame.recordedAt, table: decodeRows(frame.payload, stream.columns, frame.rows) })
  })
  if (scan.fault !== null) throw new SlipwayError('corrupt', `${file} is damaged at byte ${scan.fault.offset} (sequence ${scan.fault.sequence}): ${scan.fault.reason}.`)
  return { batches, last: scan.last }
}

async function hashLeaves(batches: Batch[], first: number, last: number): Promise<Buffer> {
  const leaves = Buffer.alloc((last - first + 1) * HASH_BYTES)
  const writers = new Map<Stream, ReturnType<typeof leafWriter>>()
  let done = 0
  for (const { stream, first: from, recordedAt, table } of batches) {
    let write = writers.get(stream)
    if (write === undefined) writers.set(stream, write = leafWriter(stream))
    for (let i = 0; i < table.rows; i++) {
      leaves.set(leafHash(write(from + i, recordedAt, table, i)), (from + i - first) * HASH_BYTES)
      if (++done % SLICE_ROWS === 0) await yieldTurn()
    }
  }
  return leaves
}

function byStream(batches: Batch[]): Map<Stream, Batch[]> {
  const groups = new Map<Stream, Batch[]>()
  for (const batch of batches) {
    const group = groups.get(batch.stream)
    if (group === undefined) groups.set(batch.stream, [batch])
    else group.push(batch)
  }
  return groups
}

async function writeStream(session: EngineSession, dir: string, stream: Stream, batches: Batch[], file: string): Promise<SegmentStream> {
  const path = join(dir, file)
  const table = joinBatches(stream, batches)
  await yieldTurn()
  await session.load('sealing', table)
  await session.run(`COPY (SELECT * FROM sealing ORDER BY sequence) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`)
  await session.run('DROP TABLE sealing')
  const written = await session.query(`SELECT * FROM read_parquet(${sqlText(path)}) ORDER BY sequence`)
  const schema = storedSchema(stream)
  const differs = schema.some((c, k) => written.schema[k]?.name !== c.name || written.schema[k].type !== c.type) ? 0 : firstDifference(table, written)
  if (differs >= 0) throw new SlipwayError('internal', `The engine wrote row ${differs} of ${stream.name} in a way that does not read back equal; the raw segment is kept.`)
  syncFile(path)
  return { name: stream.name, columns: stream.columns, file, sha256: sha256(readFileSync(path)), rows: table.rows }
}
