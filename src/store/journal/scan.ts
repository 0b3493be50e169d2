// Reading a raw segment file frame by frame, and telling a torn tail from a change.
import type { Column } from '../../core/schema.ts'
import { FORMAT, FORMAT_VERSION, HEADER_BYTES, MAGIC, readFrame, ROWS_FRAME, SCHEMA_FRAME, SEGMENT_FRAME, type Frame } from './frame.ts'
import type { Stream } from './journal.ts'

/** Where the good frames of a file end though bytes follow. */
export interface ScanFault {
  offset: number
  /** The sequence that should follow. */
  sequence: number
  reason: string
  /** Offset of a valid frame after the fault: then the fault is a change. Otherwise it may be a write that a crash cut off. */
  resumesAt: number | null
}

export interface Scan {
  first: number
  /** The last sequence, first − 1 when there are no rows. */
  last: number
  salt: number
  frames: number
  /** Bytes of good frames. */
  end: number
  /** CRC of the last good frame. */
  crc: number
  streams: Map<number, Stream>
  fault: ScanFault | null
}

export interface RowsFrame { frame: Frame; stream: Stream }

/** Yields each good rows frame in order, and returns what the scan found. `first` is the sequence in the file's name. */
export function* walkFrames(bytes: Buffer, first: number): Generator<RowsFrame, Scan> {
  const scan: Scan = { first, last: first - 1, salt: 0, frames: 0, end: 0, crc: 0, streams: new Map(), fault: null }
  while (scan.end < bytes.length) {
    const frame = readFrame(bytes, scan.end, scan.salt)
    const reason = typeof frame === 'string' ? frame : accept(scan, frame)
    if (reason !== null) {
      scan.fault = { offset: scan.end, sequence: scan.last + 1, reason, resumesAt: findNextFrame(bytes, scan) }
      break
    }
    const good = frame as Frame
    scan.frames++
    scan.end = good.end
    scan.crc = good.crc
    if (good.kind === ROWS_FRAME) yield { frame: good, stream: scan.streams.get(good.stream) as Stream }
  }
  return scan
}

/** The same at one go. */
export function scanFrames(bytes: Buffer, first: number, onRows: (rows: RowsFrame) => void = () => {}): Scan {
  const walk = walkFrames(bytes, first)
  for (;;) {
    const step = walk.next()
    if (step.done) return step.value
    onRows(step.value)
  }
}

function accept(scan: Scan, frame: Frame): string | null {
  if (frame.previous !== scan.crc) return 'the frame does not continue the one before it'
  if (frame.first !== scan.last + 1) return `the frame begins at sequence ${frame.first}`
  if ((frame.kind === SEGMENT_FRAME) !== (scan.frames === 0)) return 'the segment header is not at the beginning'
  switch (frame.kind) {
    case SEGMENT_FRAME: {
      const header = parseJson<{ format: string; version: number; first: number; salt: number }>(frame.payload)
      if (header?.format !== FORMAT) return 'the file is no journal segment'
      if (header.version !== FORMAT_VERSION) return `the file has format version ${header.version}, and this Slipway knows ${FORMAT_VERSION}`
      if (header.first !== scan.first) return `the segment begins at sequence ${header.first}`
      scan.salt = header.salt
      return null
    }
    case SCHEMA_FRAME: {
      const stream = parseJson<{ name: string; columns: Column[] }>(frame.payload)
      if (stream === null) return 'the schema is not JSON'
      scan.streams.set(frame.stream, stream)
      return null
    }
    case ROWS_FRAME: {
      if (!scan.streams.has(frame.stream)) return `stream ${frame.stream} has no schema`
      scan.last += frame.rows
      return null
    }
    default: return `frames of kind ${frame.kind} are not known`
  }
}

// Without the segment header the salt is not known, and any further magic counts.
function findNextFrame(bytes: Buffer, scan: Scan): number | null {
  for (let at = bytes.indexOf(MAGIC, scan.end + 1); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (scan.frames === 0) return at
    if (at + HEADER_BYTES > bytes.length) return null
    const frame = readFrame(bytes, at, scan.salt)
    if (typeof frame !== 'string' && frame.first > scan.last) return at
  }
  return null
}

function parseJson<T>(payload: Buffer): T | null {
  try { return JSON.parse(payload.toString('utf8')) as T } catch { return null }
}
