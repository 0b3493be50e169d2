// A closed raw segment becomes a folder of typed Parquet, leaf hashes and a manifest.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'
import { Frontier, leafHash } from '../../core/merkle.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { Table } from '../../core/table.ts'
import { storageError, syncFile, syncFolder } from '../durable.ts'
import type { Batch, SealedSegment, Stream } from './journal.ts'
import { leafWriter, SLICE_ROWS, yieldTurn } from './leaf.ts'
import { describeSealed, formatManifest, LEAVES, MANIFEST, SEGMENT_FORMAT, TEMP_PREFIX, type SegmentStream } from './manifest.ts'
import { segmentName, sliceTable } from './raw-segment.ts'
import { decodeRows } from './rows.ts'
import { walkFrames } from './scan.ts'
import { firstDifference, joinBatches, sqlText, storedSchema } from './segment-table.ts'

/** Small enough that one row is found fast, large enough to compress. */
const ROW_GROUP = 8_192
/** Rows handed to the engine at once: what it does with them in the caller's turn takes about 20 ms. */
const PART_ROWS = 4_096

/**
 * Writes SEGMENTSDIR/<first>/ from a raw segment file, durably, and returns what is there. When it is there already (a crash came
 * between), nothing is written. What the engine wrote is read back and compared before it counts.
 * @throws SlipwayError `corrupt` when the raw file is damaged, `storage_full`.
 */
export async function sealSegment(options: { file: string; first: number; segmentsDir: string; engine: Engine }): Promise<SealedSegment> {
  const { file, first, segmentsDir, engine } = options
  const dir = join(segmentsDir, segmentName(first))
  if (existsSync(dir)) return describeSealed(dir)
  const temp = join(segmentsDir, `${TEMP_PREFIX}${segmentName(first)}`)
  const session = await engine.connect()
  try {
    rmSync(temp, { recursive: true, force: true })
    mkdirSync(temp)
    const { batches, leaves, root, last } = await readBatches(file, first)
    const streams: SegmentStream[] = []
    for (const [stream, rows] of byStream(batches)) streams.push(await writeStream(session, temp, stream, rows, `stream-${streams.length + 1}.parquet`))
    writeFileSync(join(temp, LEAVES), leaves, { flush: true })
    const manifest = formatManifest({
      format: SEGMENT_FORMAT, version: 1, first, last, streams,
      leaves: { file: LEAVES, sha256: sha256(leaves), rows: last - first + 1 },
      root: Buffer.from(root).toString('hex'),
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

/** Decodes and hashes frame by frame, so that other work has its turn. */
async function readBatches(file: string, first: number): Promise<{ batches: Batch[]; leaves: Buffer; root: Uint8Array; last: number }> {
  const batches: Batch[] = []
  const hashes: Uint8Array[] = []
  const tree = new Frontier()
  const writers = new Map<Stream, ReturnType<typeof leafWriter>>()
  const walk = walkFrames(await readFile(file), first)
  for (;;) {
    const step = walk.next()
    if (step.done) {
      const { fault, last } = step.value
      if (fault !== null) throw new SlipwayError('corrupt', `${file} is damaged at byte ${fault.offset} (sequence ${fault.sequence}): ${fault.reason}.`)
      return { batches, leaves: Buffer.concat(hashes), root: tree.root(), last }
    }
    const { frame, stream } = step.value
    const batch: Batch = { stream, first: frame.first, recordedAt: frame.recordedAt, table: decodeRows(frame.payload, stream.columns, frame.rows) }
    batches.push(batch)
    let write = writers.get(stream)
    if (write === undefined) writers.set(stream, write = leafWriter(stream))
    for (let i = 0; i < frame.rows; i++) {
      const leaf = leafHash(write(frame.first + i, frame.recordedAt, batch.table, i))
      hashes.push(leaf)
      tree.append(leaf)
      if (hashes.length % SLICE_ROWS === 0) await yieldTurn()
    }
  }
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
  const table = await joinBatches(stream, batches)
  for (let at = 0; at < table.rows; at += PART_ROWS) {
    await session.load('part', sliceTable(table, at, Math.min(table.rows, at + PART_ROWS)))
    await session.run(at === 0 ? 'CREATE OR REPLACE TEMP TABLE sealing AS SELECT * FROM part' : 'INSERT INTO sealing SELECT * FROM part')
    await yieldTurn()
  }
  await session.run(`COPY (SELECT * FROM sealing ORDER BY sequence) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`)
  await session.run('DROP TABLE sealing')
  await assertWritten(session, path, stream, table)
  syncFile(path)
  return { name: stream.name, columns: stream.columns, file, sha256: sha256(await readFile(path)), rows: table.rows }
}

/** Reads back what the engine wrote: the raw file goes once the segment is sealed. */
async function assertWritten(session: EngineSession, path: string, stream: Stream, table: Table): Promise<void> {
  const sequences = table.columns[0].values as BigInt64Array
  const schema = storedSchema(stream)
  for (let at = 0; at < table.rows; at += PART_ROWS) {
    const end = Math.min(table.rows, at + PART_ROWS)
    const written = await session.query(`SELECT * FROM read_parquet(${sqlText(path)}) WHERE sequence BETWEEN ${sequences[at]} AND ${sequences[end - 1]} ORDER BY sequence`)
    const typed = schema.every((c, k) => written.schema[k]?.name === c.name && written.schema[k].type === c.type)
    const differs = typed ? firstDifference(sliceTable(table, at, end), written) : 0
    if (differs >= 0) throw new SlipwayError('internal', `The engine wrote the row with sequence ${sequences[at + differs]} of ${stream.name} in a way that does not read back equal; the raw segment is kept.`)
    await yieldTurn()
  }
}
