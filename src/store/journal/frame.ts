// One frame of a raw segment file: 44 bytes of header, then the payload. Little endian throughout.
//
//   0 magic "SLWJ"   4 CRC-32 of all that follows   8 payload bytes    12 CRC of the frame before (0 at first)
//  16 first sequence (u64)   24 recorded at (i64, µs)   32 rows   36 stream   40 kind (u8), then three zero bytes
//
// A file begins with a segment frame (JSON: format, version, first, salt). The salt starts the CRC of every other frame, so that
// nobody who sends rows can put bytes into a string that would pass for a frame when a damaged file is searched for the next one.
// A schema frame (JSON: name, columns) gives a stream its number; a rows frame holds rows of one stream, column by column.
import { crc32 } from 'node:zlib'
import type { Micros } from '../../core/time.ts'

export const HEADER_BYTES = 44
export const MAGIC = Buffer.from('SLWJ', 'latin1')
const MAGIC_WORD = MAGIC.readUInt32LE(0)
export const FORMAT = 'slipway-journal'
export const FORMAT_VERSION = 1

export const SEGMENT_FRAME = 0
export const SCHEMA_FRAME = 1
export const ROWS_FRAME = 2

export interface FrameHeader {
  kind: number
  stream: number
  first: number
  rows: number
  recordedAt: Micros
  /** CRC of the frame before. */
  previous: number
}

export interface Frame extends FrameHeader { offset: number; end: number; crc: number; payload: Buffer }

/** Writes the header of a frame whose payload already lies behind it, and returns the frame's CRC. */
export function writeHeader(bytes: Buffer, at: number, end: number, header: FrameHeader, salt: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES)
  view.setUint32(0, MAGIC_WORD, true)
  view.setUint32(8, end - at - HEADER_BYTES, true)
  view.setUint32(12, header.previous, true)
  view.setUint32(16, header.first % 0x1_0000_0000, true)
  view.setUint32(20, Math.floor(header.first / 0x1_0000_0000), true)
  view.setBigInt64(24, BigInt(header.recordedAt), true)
  view.setUint32(32, header.rows, true)
  view.setUint32(36, header.stream, true)
  view.setUint32(40, header.kind, true)
  const crc = crc32(bytes.subarray(at + 8, end), salt)
  view.setUint32(4, crc, true)
  return crc
}

/** The frame at `at`, or in words why there is none. */
export function readFrame(bytes: Buffer, at: number, salt: number): Frame | string {
  if (at + HEADER_BYTES > bytes.length) return 'the header is cut off'
  if (bytes.readUInt32LE(at) !== MAGIC_WORD) return 'no frame begins here'
  const end = at + HEADER_BYTES + bytes.readUInt32LE(at + 8)
  if (end > bytes.length) return 'the payload is cut off'
  const crc = bytes.readUInt32LE(at + 4)
  if (crc32(bytes.subarray(at + 8, end), salt) !== crc) return 'the checksum does not match'
  return {
    offset: at, end, crc,
    previous: bytes.readUInt32LE(at + 12),
    first: bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20) * 0x1_0000_0000,
    recordedAt: Number(bytes.readBigInt64LE(at + 24)),
    rows: bytes.readUInt32LE(at + 32),
    stream: bytes.readUInt32LE(at + 36),
    kind: bytes[at + 40],
    payload: bytes.subarray(at + HEADER_BYTES, end),
  }
}

export function encodeSegmentHeader(first: number, salt: number): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, first, salt }))
}
