// Rows of online state as the bytes of one block: CRC-32 of the rest, the number of rows, then one section a column, each padded to 8 bytes.
// A section begins with its kind and its length. Doubles are little-endian, NaN is a missing one; a column of one value is that value.
import { crc32 } from 'node:zlib'
import { SlipwayError } from '../../core/errors.ts'
import { narrowInteger, type Value } from '../../core/schema.ts'
import { BLOCK_ROWS } from './row-blocks.ts'
import type { ValueColumn } from './value-column.ts'

/** By slot. */
export interface RowColumns { known: Float64Array; sequences: Float64Array; superseded: Float64Array; columns: readonly ValueColumn[] }

/** Rows by their order in the block. `places`: which arrival of the block each is; null where none is gone. */
export interface DecodedRows { rows: number; places: Uint16Array | null; known: ArrayLike<number>; sequences: ArrayLike<number>; superseded: ArrayLike<number>; columns: ArrayLike<Value>[] }

const ONE = 0
const DOUBLES = 1
const INTEGERS = 2
const FLAGS = 3
const TEXTS = 4
const PLACES = 5
const ALL_PLACES = 6

const HEAD = 8
const picked = new Int32Array(BLOCK_ROWS)
const doubles = new Float64Array(BLOCK_ROWS)

/** `slots` by place in the block, −1 where a row is gone. */
export function encodeRows(slots: Int32Array, { known, sequences, superseded, columns }: RowColumns): Uint8Array {
  const places = new Uint16Array(slots.length)
  let rows = 0
  for (let i = 0; i < slots.length; i++) if (slots[i] >= 0) { picked[rows] = slots[i]; places[rows++] = i }
  const gathered = (values: Float64Array): Section => {
    for (let i = 0; i < rows; i++) doubles[i] = values[picked[i]]
    return doubleSection(doubles, rows)
  }
  const sections = [
    places[rows - 1] === rows - 1 ? { kind: ALL_PLACES, bytes: new Uint8Array(0) } : { kind: PLACES, bytes: new Uint8Array(places.buffer, 0, rows * 2) },
    gathered(known), gathered(sequences), gathered(superseded),
    ...columns.map(column => (column.kind === 'double' ? gathered(column.values) : valueSection(Array.from({ length: rows }, (_, i) => column.values[picked[i]] ?? null)))),
  ]
  let size = HEAD
  for (const s of sections) size += HEAD + padded(s.bytes.byteLength)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  view.setUint32(4, rows, true)
  let at = HEAD
  for (const { kind, bytes } of sections) {
    view.setUint32(at, kind, true)
    view.setUint32(at + 4, bytes.byteLength, true)
    out.set(bytes, at + HEAD)
    at += HEAD + padded(bytes.byteLength)
  }
  view.setUint32(0, crc32(out.subarray(4)), true)
  return out
}

/** @throws SlipwayError `corrupt` when a byte is not as it was written. */
export function decodeRows(block: Uint8Array): DecodedRows {
  // Aligned, whatever the bytes came in.
  const bytes = block.byteOffset % 8 === 0 ? block : Uint8Array.from(block)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < HEAD || view.getUint32(0, true) !== crc32(bytes.subarray(4))) throw new SlipwayError('corrupt', 'A block of kept online state is not what was written.')
  const rows = view.getUint32(4, true)
  const sections: { kind: number; from: number; length: number }[] = []
  for (let at = HEAD; at < bytes.byteLength;) {
    const length = view.getUint32(at + 4, true)
    sections.push({ kind: view.getUint32(at, true), from: at + HEAD, length })
    at += HEAD + padded(length)
  }
  const read = ({ kind, from, length }: { kind: number; from: number; length: number }): ArrayLike<Value> => {
    const at = bytes.byteOffset + from
    switch (kind) {
      case ONE: return new Float64Array(rows).fill(view.getFloat64(from, true))
      case DOUBLES: return new Float64Array(bytes.buffer, at, rows)
      case INTEGERS: {
        const integers = new BigInt64Array(bytes.buffer, at, rows)
        const missing = bytes.subarray(from + rows * 8, from + length)
        return Array.from(integers, (n, i) => (missing[i] === 1 ? null : narrowInteger(n)))
      }
      case FLAGS: return Array.from(bytes.subarray(from, from + rows), flag => (flag === 2 ? null : flag === 1))
      default: return JSON.parse(new TextDecoder().decode(bytes.subarray(from, from + length))) as Value[]
    }
  }
  const [places, known, sequences, superseded, ...columns] = sections
  return {
    rows, places: places.kind === ALL_PLACES ? null : new Uint16Array(bytes.buffer, bytes.byteOffset + places.from, rows),
    known: read(known) as ArrayLike<number>, sequences: read(sequences) as ArrayLike<number>, superseded: read(superseded) as ArrayLike<number>, columns: columns.map(read),
  }
}

interface Section { kind: number; bytes: Uint8Array }

function doubleSection(values: Float64Array, rows: number): Section {
  let same = true
  for (let i = 1; i < rows && same; i++) same = Object.is(values[i], values[0])
  const kept = values.slice(0, same ? 1 : rows)
  return { kind: same ? ONE : DOUBLES, bytes: new Uint8Array(kept.buffer) }
}

/** Whole numbers, flags or texts, as their type and size ask. */
function valueSection(values: Value[]): Section {
  const found = values.find(v => v !== null)
  if (typeof found === 'string') return { kind: TEXTS, bytes: Buffer.from(JSON.stringify(values)) }
  if (typeof found === 'boolean') return { kind: FLAGS, bytes: Uint8Array.from(values, v => (v === null ? 2 : v ? 1 : 0)) }
  if (values.some(v => typeof v === 'bigint')) {
    const bytes = new Uint8Array(values.length * 9)
    const integers = new BigInt64Array(bytes.buffer, 0, values.length)
    values.forEach((v, i) => { if (v === null) bytes[values.length * 8 + i] = 1; else integers[i] = BigInt(v) })
    return { kind: INTEGERS, bytes }
  }
  // Missing is NaN, as in a column of doubles.
  return doubleSection(Float64Array.from(values, v => (v === null ? Number.NaN : v as number)), values.length)
}

function padded(bytes: number): number { return (bytes + 7) & ~7 }
