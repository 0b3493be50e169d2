// A raw segment as the running journal knows it: where each frame lies, and what its streams are.
import { join } from 'node:path'
import { open } from 'node:fs/promises'
import { SlipwayError } from '../../core/errors.ts'
import type { Table } from '../../core/table.ts'
import { HEADER_BYTES, readFrame, ROWS_FRAME, type Frame } from './frame.ts'
import type { Batch, Stream } from './journal.ts'
import { decodeRows } from './rows.ts'

/** Bytes read at a time: small enough that decoding them does not hold up the event loop. */
const READ_BYTES = 256 << 10

export function segmentName(first: number): string { return String(first).padStart(12, '0') }

export function rawSegmentPath(dir: string, first: number): string { return join(dir, `${segmentName(first)}.journal`) }

/** The first sequence in the name of a raw segment file, or null when it is no such name. */
export function parseRawName(name: string): number | null {
  const m = /^(\d{12})\.journal$/.exec(name)
  return m ? Number(m[1]) : null
}

export class RawSegment {
  readonly first: number
  readonly file: string
  readonly salt: number
  /** Bytes given to the file. */
  length = 0
  last: number
  readonly streams = new Map<number, Stream>()
  /** Rows frames: first sequence and offset of each, in order. */
  #count = 0
  #firsts = new Float64Array(256)
  #offsets = new Float64Array(256)

  constructor(file: string, first: number, salt: number) {
    this.file = file
    this.first = first
    this.last = first - 1
    this.salt = salt
  }

  get rows(): number { return this.last - this.first + 1 }

  addFrame(first: number, rows: number, offset: number): void {
    if (this.#count === this.#firsts.length) {
      this.#firsts = grow(this.#firsts)
      this.#offsets = grow(this.#offsets)
    }
    this.#firsts[this.#count] = first
    this.#offsets[this.#count++] = offset
    this.last = first + rows - 1
  }

  /** Forgets all after the frame that ends with sequence `last`. */
  cutAfter(last: number): void {
    const keep = last < this.first ? 0 : this.#indexOf(last) + 1
    if (keep < this.#count) this.length = this.#offsets[keep]
    this.#count = keep
    this.last = last
  }

  /** Offset of the rows frame that holds a sequence. */
  offsetOf(sequence: number): number { return this.#offsets[this.#indexOf(sequence)] }

  #indexOf(sequence: number): number {
    let low = 0
    let high = this.#count - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#firsts[middle] <= sequence) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Decodes the frame that begins at `bytes[0]` and lies at `offset` of the file. */
  decode(bytes: Buffer, offset: number): Batch {
    const frame = readFrame(bytes, 0, this.salt)
    if (typeof frame === 'string') throw this.#corrupt(offset, frame)
    return this.#toBatch(frame, offset)
  }

  /** Reads one frame from the file. */
  async readAt(offset: number): Promise<Batch> {
    const file = await open(this.file, 'r')
    try {
      const header = Buffer.alloc(HEADER_BYTES)
      await readFully(file, header, offset)
      const bytes = Buffer.alloc(Math.min(this.length - offset, HEADER_BYTES + header.readUInt32LE(8)))
      await readFully(file, bytes, offset)
      return this.decode(bytes, offset)
    } finally { await file.close() }
  }

  /** Batches that touch [from, to], which must be in the file; only of streams that `wanted` takes. */
  async *read(from: number, to: number, wanted: (stream: Stream) => boolean): AsyncGenerator<Batch> {
    const start = this.offsetOf(from)
    const lastOffset = this.offsetOf(to)
    const file = await open(this.file, 'r')
    try {
      let size = READ_BYTES
      for (let offset = start; offset <= lastOffset;) {
        const bytes = Buffer.alloc(size)
        const { bytesRead } = await file.read(bytes, 0, size, offset)
        let at = 0
        size = READ_BYTES
        while (offset + at <= lastOffset) {
          const frame = readFrame(bytes.subarray(0, bytesRead), at, this.salt)
          if (typeof frame === 'string') {
            const needed = at + HEADER_BYTES <= bytesRead ? HEADER_BYTES + bytes.readUInt32LE(at + 8) : HEADER_BYTES
            // Not all of it was read: go on from here, with room for all of it. A frame that goes beyond the end is damaged.
            if (bytesRead === bytes.length && at + needed > bytesRead && offset + at + needed <= this.length) { size = Math.max(READ_BYTES, needed); break }
            throw this.#corrupt(offset + at, frame)
          }
          const stream = frame.kind === ROWS_FRAME ? this.streams.get(frame.stream) : undefined
          if (stream !== undefined && wanted(stream)) yield cutBatch(this.#toBatch(frame, offset + at), from, to)
          at = frame.end
        }
        offset += at
      }
    } finally { await file.close() }
  }

  #toBatch(frame: Frame, offset: number): Batch {
    const stream = this.streams.get(frame.stream)
    if (stream === undefined || frame.kind !== ROWS_FRAME) throw this.#corrupt(offset, 'no rows are here')
    return { stream, first: frame.first, recordedAt: frame.recordedAt, table: decodeRows(frame.payload, stream.columns, frame.rows) }
  }

  #corrupt(offset: number, reason: string): SlipwayError {
    return new SlipwayError('corrupt', `${this.file} is damaged at byte ${offset}: ${reason}.`)
  }
}

/** The part of a batch within [from, to]. */
export function cutBatch(batch: Batch, from: number, to: number): Batch {
  const start = Math.max(0, from - batch.first)
  const end = Math.min(batch.table.rows, to - batch.first + 1)
  if (start === 0 && end === batch.table.rows) return batch
  return { ...batch, first: batch.first + start, table: sliceTable(batch.table, start, end) }
}

/** Rows [start, end) as views of the same values. */
export function sliceTable(table: Table, start: number, end: number): Table {
  return {
    rows: end - start, schema: table.schema,
    columns: table.columns.map(c => {
      const valid = c.valid?.subarray(start, end)
      return (c.type === 'string' ? { ...c, values: c.values.slice(start, end), valid } : { ...c, values: c.values.subarray(start, end), valid }) as typeof c
    }),
  }
}

async function readFully(file: { read(b: Buffer, o: number, l: number, p: number): Promise<{ bytesRead: number }> }, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, position + at)
    if (bytesRead === 0) return
    at += bytesRead
  }
}

function grow(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2)
  larger.set(values)
  return larger
}
