// Rows of sealed segments, through the engine.
import { join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { rowAt } from '../../core/table.ts'
import type { Batch, JournalRow, RowsBlock, SealedSegment, Stream } from './journal.ts'
import { yieldTurn } from './leaf.ts'
import { readManifest, type SegmentManifest } from './manifest.ts'
import { sliceTable } from './raw-segment.ts'
import { readStored, sqlText, type StoredRows } from './segment-table.ts'

/** Sequences read at a time: bounds memory, and how long the conversion of a result holds up the event loop. */
const WINDOW = 16_384
/** Of blocks, which are a few typed arrays each. */
const BLOCK = 65_536
/** Batches handed out before the event loop gets its turn. */
const SLICE_BATCHES = 512
/** Sequences asked for in one query, and segments whose rows are known by stream (2 bytes a row). */
const QUERY_ROWS = 2_000
const CACHED_SEGMENTS = 64

interface Known { manifest: SegmentManifest; /** Index of each row's stream, made on first use. */ streamOf: Promise<Uint16Array> | null }

export class SealedReader {
  #engine: Engine | undefined
  #session: Promise<EngineSession> | undefined
  readonly #known = new Map<string, Known>()

  setEngine(engine: Engine): void { this.#engine = engine }

  /** @throws SlipwayError `internal` before `setEngine`. */
  get engine(): Engine {
    if (this.#engine === undefined) throw new SlipwayError('internal', 'Sealed segments need an engine.')
    return this.#engine
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await (await session)?.close()
  }

  #connect(): Promise<EngineSession> { return this.#session ??= this.engine.connect() }

  #describe(segment: SealedSegment): Known {
    let known = this.#known.get(segment.dir)
    if (known === undefined) {
      known = { manifest: readManifest(segment.dir).manifest, streamOf: null }
      this.#known.set(segment.dir, known)
      if (this.#known.size > CACHED_SEGMENTS) this.#known.delete(this.#known.keys().next().value as string)
    }
    return known
  }

  /** Batches that touch [from, to]. Rows of one stream that follow each other and were recorded at the same time come as one. */
  async *read(segment: SealedSegment, from: number, to: number, wanted: (stream: Stream) => boolean): AsyncGenerator<Batch> {
    for (let at = from; at <= to; at += WINDOW) yield* this.#readWindow(segment, at, Math.min(to, at + WINDOW - 1), wanted)
  }

  /** The same rows by stream, as the engine gives them. */
  async *readRows(segment: SealedSegment, from: number, to: number, wanted: (stream: Stream) => boolean, columns?: readonly string[]): AsyncGenerator<RowsBlock> {
    const { manifest } = this.#describe(segment)
    for (let at = from; at <= to; at += BLOCK) {
      for (const entry of manifest.streams) {
        const stream: Stream = { name: entry.name, columns: entry.columns }
        if (!wanted(stream)) continue
        const { sequences, recordedAt, table } = await this.#load(segment, stream, entry.file, `sequence BETWEEN ${at} AND ${Math.min(to, at + BLOCK - 1)}`, columns)
        if (table.rows > 0) yield { stream, stretch: at, sequences, recordedAt, table }
      }
    }
  }

  async *#readWindow(segment: SealedSegment, from: number, to: number, wanted: (stream: Stream) => boolean): AsyncGenerator<Batch> {
    const { manifest } = this.#describe(segment)
    const runs: { first: number; stream: Stream; rows: StoredRows; start: number; end: number }[] = []
    for (const entry of manifest.streams) {
      const stream: Stream = { name: entry.name, columns: entry.columns }
      if (!wanted(stream)) continue
      const rows = await this.#load(segment, stream, entry.file, `sequence BETWEEN ${from} AND ${to}`)
      for (let start = 0; start < rows.table.rows;) {
        const first = Number(rows.sequences[start])
        let end = start + 1
        while (end < rows.table.rows && Number(rows.sequences[end]) === first + end - start && rows.recordedAt[end] === rows.recordedAt[start]) end++
        runs.push({ first, stream, rows, start, end })
        start = end
      }
    }
    runs.sort((a, b) => a.first - b.first)
    for (let i = 0; i < runs.length; i++) {
      const { first, stream, rows, start, end } = runs[i]
      if (i % SLICE_BATCHES === SLICE_BATCHES - 1) await yieldTurn()
      yield { stream, first, recordedAt: rows.recordedAt[start], table: sliceTable(rows.table, start, end) }
    }
  }

  async getMany(segment: SealedSegment, sequences: readonly number[]): Promise<Map<number, JournalRow>> {
    const known = this.#describe(segment)
    const { manifest } = known
    known.streamOf ??= this.#mapStreams(segment, manifest)
    const streamOf = await known.streamOf
    const found = new Map<number, JournalRow>()
    for (let k = 0; k < manifest.streams.length; k++) {
      const entry = manifest.streams[k]
      const stream: Stream = { name: entry.name, columns: entry.columns }
      const wanted = sequences.filter(s => streamOf[s - manifest.first] === k)
      for (let i = 0; i < wanted.length; i += QUERY_ROWS) {
        const list = wanted.slice(i, i + QUERY_ROWS)
        const rows = await this.#load(segment, stream, entry.file, list.length === 1 ? `sequence = ${list[0]}` : `sequence IN (${list.join(',')})`)
        for (let j = 0; j < rows.table.rows; j++) found.set(Number(rows.sequences[j]), { stream, recordedAt: rows.recordedAt[j], row: rowAt(rows.table, j) })
      }
    }
    return found
  }

  async #mapStreams(segment: SealedSegment, manifest: SegmentManifest): Promise<Uint16Array> {
    const streamOf = new Uint16Array(manifest.last - manifest.first + 1)
    const session = await this.#connect()
    for (let k = 1; k < manifest.streams.length; k++) {
      const path = join(segment.dir, manifest.streams[k].file)
      const { columns } = await session.query(`SELECT sequence FROM read_parquet(${sqlText(path)})`).catch((error: unknown) => { throw unreadable(path, error) })
      for (const sequence of columns[0].values as BigInt64Array) streamOf[Number(sequence) - manifest.first] = k
    }
    return streamOf
  }

  async #load(segment: SealedSegment, stream: Stream, file: string, where: string, columns?: readonly string[]): Promise<StoredRows> {
    const path = join(segment.dir, file)
    const session = await this.#connect()
    return readStored(session, stream, path, where, columns).catch((error: unknown) => { throw unreadable(path, error) })
  }
}

function unreadable(path: string, error: unknown): SlipwayError {
  return new SlipwayError('corrupt', `${path} cannot be read: ${(error as Error).message}.`, { cause: error })
}
