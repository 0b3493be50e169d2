// Elements one by one, flat or nested as their shape says: from JSON, and from the typed contents of gRPC.
import { SlipwayError } from '../../core/errors.ts'
import { narrowInteger, type Value } from '../../core/schema.ts'
import type { Elements } from '../inference/columns.ts'
import { refuse } from '../inference/refusal.ts'
import { DATATYPES, type Datatype } from './datatypes.ts'
import { roundToBrain, roundToHalf } from './float16.ts'
import { countElements } from './tensor.ts'

/**
 * `data` flat or nested, row after row. Elements are numbers, bigints, booleans, text (as bytes too) or null, which is missing.
 * @throws SlipwayError `invalid_request` for another number of elements or nesting than the shape's, `wrong_type` for an element that is
 * not of the datatype; `path` names the tensor.
 */
export function readElements(datatype: Datatype, shape: readonly number[], data: unknown, path: string): Elements {
  const count = countElements(shape, path)
  if (!Array.isArray(data)) throw refuse(path, 'must have its elements in a list, data')
  const flat: readonly unknown[] = Array.isArray(data[0]) ? flatten(shape, data, path) : data
  if (flat.length !== count) throw refuse(path, `is of shape [${shape.join(', ')}] and must have ${count} elements, and has ${flat.length}`)
  switch (DATATYPES[datatype].kind) {
    case 'float': return readFloats(datatype, flat, path)
    case 'integer': return readIntegers(datatype, flat, path)
    case 'boolean': return flat.map((v, i) => (v === null || typeof v === 'boolean' ? v : v === 0 || v === 1 ? v === 1 : fail(path, i, datatype, v)))
    case 'text': return flat.map((v, i) => (v === null || typeof v === 'string' ? v : v instanceof Uint8Array ? readText(v, path, i) : fail(path, i, datatype, v)))
  }
}

/** True where an element may have lost digits when JSON was parsed: only its source text tells. */
export function mayBeInexact(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(mayBeInexact)
  return typeof data === 'number' && Number.isInteger(data) && !Number.isSafeInteger(data)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws SlipwayError `wrong_type` for bytes that are not UTF-8. */
export function readText(bytes: Uint8Array, path: string, i: number): string {
  try { return utf8.decode(bytes) } catch { throw refuse(`${path}[${i}]`, 'is not UTF-8', 'wrong_type') }
}

function flatten(shape: readonly number[], data: readonly unknown[], path: string): unknown[] {
  const out: unknown[] = []
  const walk = (list: readonly unknown[], depth: number): void => {
    const last = depth === shape.length - 1
    if (list.length !== shape[depth]) throw refuse(path, `is of shape [${shape.join(', ')}], and a list in its data has ${list.length} of ${shape[depth]}`)
    for (let i = 0; i < list.length; i++) {
      const item = list[i]
      if (last) out.push(item)
      else if (Array.isArray(item)) walk(item, depth + 1)
      else throw refuse(path, `is of shape [${shape.join(', ')}], and its data nests otherwise`)
    }
  }
  // A column [n] is sent as [[1], [2]] too.
  if (shape.length === 1) shape = [...shape, 1]
  walk(data, 0)
  return out
}

function readFloats(datatype: Datatype, flat: readonly unknown[], path: string): Float64Array {
  const out = new Float64Array(flat.length)
  for (let i = 0; i < out.length; i++) {
    const v = flat[i]
    if (typeof v === 'number') out[i] = v
    else if (v === null) out[i] = Number.NaN
    else if (typeof v === 'bigint') out[i] = Number(v)
    else fail(path, i, datatype, v)
  }
  // As the binary form would have them.
  if (datatype === 'FP32') for (let i = 0; i < out.length; i++) out[i] = Math.fround(out[i])
  else if (datatype === 'FP16') for (let i = 0; i < out.length; i++) out[i] = roundToHalf(out[i])
  else if (datatype === 'BF16') for (let i = 0; i < out.length; i++) out[i] = roundToBrain(out[i])
  return out
}

function readIntegers(datatype: Datatype, flat: readonly unknown[], path: string): Elements {
  const { least, most } = DATATYPES[datatype] as { least: number; most: number }
  const out = new Float64Array(flat.length)
  for (let i = 0; i < out.length; i++) {
    const v = flat[i]
    if (typeof v === 'number' && v >= least && v <= most && Number.isSafeInteger(v)) out[i] = v
    else if (v === null) out[i] = Number.NaN
    else if (typeof v === 'bigint' || (typeof v === 'number' && Number.isInteger(v))) return readBigIntegers(datatype, flat, path)
    else fail(path, i, datatype, v)
  }
  return out
}

function readBigIntegers(datatype: Datatype, flat: readonly unknown[], path: string): Value[] {
  const { bytes, least } = DATATYPES[datatype] as { bytes: number; least: number }
  const [lowest, highest] = least === 0 ? [0n, 2n ** BigInt(8 * bytes) - 1n] : [-(2n ** BigInt(8 * bytes - 1)), 2n ** BigInt(8 * bytes - 1) - 1n]
  return flat.map((v, i) => {
    if (v === null) return null
    if (typeof v !== 'bigint' && !(typeof v === 'number' && Number.isInteger(v))) return fail(path, i, datatype, v)
    const n = BigInt(v)
    return n >= lowest && n <= highest ? narrowInteger(n) : fail(path, i, datatype, v)
  })
}

const DESCRIBE = { float: 'a number', integer: 'a whole number in the range of', boolean: 'true or false', text: 'text' }

function fail(path: string, i: number, datatype: Datatype, value: unknown): never {
  const { kind } = DATATYPES[datatype]
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : String(value)
  const message = `must be ${DESCRIBE[kind]}${kind === 'integer' ? ` ${datatype}` : ''}, and is ${shown}`
  throw new SlipwayError('wrong_type', `${path}[${i}] ${message}.`, { faults: [{ path: `${path}[${i}]`, message }] })
}
