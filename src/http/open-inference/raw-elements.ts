// Elements as little-endian bytes: the binary tensors of REST, and the raw contents of gRPC.
import { narrowInteger, type Value } from '../../core/schema.ts'
import type { Elements } from '../inference/columns.ts'
import { refuse } from '../inference/refusal.ts'
import { DATATYPES, type Datatype } from './datatypes.ts'
import { readText } from './elements.ts'
import { brainFromBits, brainToBits, halfFromBits, halfToBits, roundToBrain, roundToHalf } from './float16.ts'
import { countElements } from './tensor.ts'

/**
 * All elements of a tensor. BYTES: for each a length of four bytes, then UTF-8.
 * @throws SlipwayError `invalid_request` for another number of bytes than the shape's, `wrong_type` for text that is not UTF-8.
 */
export function readRaw(datatype: Datatype, shape: readonly number[], bytes: Uint8Array, path: string): Elements {
  const count = countElements(shape, path)
  const size = DATATYPES[datatype].bytes
  if (size === null) return readTexts(bytes, count, path)
  if (bytes.byteLength !== count * size) throw refuse(path, `is ${datatype} of shape [${shape.join(', ')}] and must have ${count * size} bytes, and has ${bytes.byteLength}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (datatype) {
    case 'BOOL': return Array.from(bytes, b => b !== 0)
    case 'INT64': return readLong(count, i => view.getBigInt64(i * 8, true))
    case 'UINT64': return readLong(count, i => view.getBigUint64(i * 8, true))
    default: return readNumbers(datatype, count, view)
  }
}

/** The bytes of a tensor's elements; missing numbers are NaN. */
export function writeRaw(datatype: Datatype, elements: Elements): Uint8Array {
  const size = DATATYPES[datatype].bytes
  if (size === null) return writeTexts(elements as readonly Value[])
  const out = new Uint8Array(elements.length * size)
  const view = new DataView(out.buffer)
  for (let i = 0; i < elements.length; i++) writeElement(view, datatype, i * size, elements[i])
  return out
}

function readNumbers(datatype: Datatype, count: number, view: DataView): Float64Array {
  const out = new Float64Array(count)
  switch (datatype) {
    case 'FP64': for (let i = 0; i < count; i++) out[i] = view.getFloat64(i * 8, true); break
    case 'FP32': for (let i = 0; i < count; i++) out[i] = view.getFloat32(i * 4, true); break
    case 'FP16': for (let i = 0; i < count; i++) out[i] = halfFromBits(view.getUint16(i * 2, true)); break
    case 'BF16': for (let i = 0; i < count; i++) out[i] = brainFromBits(view.getUint16(i * 2, true)); break
    case 'INT32': for (let i = 0; i < count; i++) out[i] = view.getInt32(i * 4, true); break
    case 'UINT32': for (let i = 0; i < count; i++) out[i] = view.getUint32(i * 4, true); break
    case 'INT16': for (let i = 0; i < count; i++) out[i] = view.getInt16(i * 2, true); break
    case 'UINT16': for (let i = 0; i < count; i++) out[i] = view.getUint16(i * 2, true); break
    case 'INT8': for (let i = 0; i < count; i++) out[i] = view.getInt8(i); break
    case 'UINT8': for (let i = 0; i < count; i++) out[i] = view.getUint8(i); break
  }
  return out
}

function readLong(count: number, read: (i: number) => bigint): Elements {
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    out[i] = Number(read(i))
    if (!Number.isSafeInteger(out[i])) return Array.from({ length: count }, (_, k) => narrowInteger(read(k)))
  }
  return out
}

function readTexts(bytes: Uint8Array, count: number, path: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out: string[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const length = at + 4 <= bytes.byteLength ? view.getUint32(at, true) : -1
    if (length < 0 || at + 4 + length > bytes.byteLength) throw refuse(path, `must have ${count} elements of BYTES, each with its length before it, and its bytes end within element ${i}`)
    out.push(readText(bytes.subarray(at + 4, at + 4 + length), path, i))
    at += 4 + length
  }
  if (at !== bytes.byteLength) throw refuse(path, `must have ${count} elements of BYTES, and ${bytes.byteLength - at} bytes are left after them`)
  return out
}

function writeElement(view: DataView, datatype: Datatype, at: number, value: Value): void {
  const number = value === null ? Number.NaN : typeof value === 'string' ? Number(value) : value
  switch (datatype) {
    case 'BOOL': view.setUint8(at, value === true || value === 1 ? 1 : 0); break
    case 'FP64': view.setFloat64(at, Number(number), true); break
    case 'FP32': view.setFloat32(at, Number(number), true); break
    case 'FP16': view.setUint16(at, halfToBits(roundToHalf(Number(number))), true); break
    case 'BF16': view.setUint16(at, brainToBits(roundToBrain(Number(number))), true); break
    case 'INT64': view.setBigInt64(at, longOf(number), true); break
    case 'UINT64': view.setBigUint64(at, longOf(number), true); break
    case 'INT32': view.setInt32(at, Number(number), true); break
    case 'UINT32': view.setUint32(at, Number(number), true); break
    case 'INT16': view.setInt16(at, Number(number), true); break
    case 'UINT16': view.setUint16(at, Number(number), true); break
    case 'INT8': view.setInt8(at, Number(number)); break
    case 'UINT8': view.setUint8(at, Number(number)); break
  }
}

/** Integers have no NaN: missing is 0. */
function longOf(value: number | bigint | boolean): bigint { return typeof value === 'number' && Number.isNaN(value) ? 0n : BigInt(value) }

function writeTexts(values: readonly Value[]): Uint8Array {
  const encoder = new TextEncoder()
  const texts = values.map(v => encoder.encode(v === null ? '' : String(v)))
  const out = new Uint8Array(texts.reduce((n, t) => n + 4 + t.length, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const text of texts) {
    view.setUint32(at, text.length, true)
    out.set(text, at + 4)
    at += 4 + text.length
  }
  return out
}
