// Checked reading of decoded model files: every fault is a refusal that names its place.
import { parseCanonical } from '../core/canonical.ts'
import { SlipwayError } from '../core/errors.ts'
import type { EncodedInput } from './inputs.ts'

export function refuse(path: string, reason: string): never {
  throw new SlipwayError('invalid_request', `The model file is not valid: ${path} ${reason}.`, { faults: [{ path, message: reason }] })
}

export function readObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'must be an object')
  return value as Record<string, unknown>
}

export function readArray(value: unknown, path: string, length?: number): unknown[] {
  if (!Array.isArray(value)) refuse(path, 'must be an array')
  if (length !== undefined && value.length !== length) refuse(path, `must have ${length} items, and has ${value.length}`)
  return value
}

export function readText(value: unknown, path: string): string {
  if (typeof value !== 'string') refuse(path, 'must be text')
  return value
}

export function readFinite(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(path, 'must be a finite number')
  return value
}

/** A whole number in [min, max]. */
export function readWhole(value: unknown, path: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) refuse(path, `must be a whole number from ${min} to ${max}`)
  return value
}

/** The `inputs` of a model file: unique names, unique categories. */
export function readInputs(value: unknown): EncodedInput[] {
  const names = new Set<string>()
  return readArray(value, 'inputs').map((item, i) => {
    const path = `inputs[${i}]`
    const input = readObject(item, path)
    const name = readText(input.name, `${path}.name`)
    if (names.has(name)) refuse(`${path}.name`, `repeats ${JSON.stringify(name.slice(0, 40))}`)
    names.add(name)
    if (input.type === 'float64') return { name, type: 'float64' }
    if (input.type !== 'category') refuse(`${path}.type`, 'must be float64 or category')
    const categories = readArray(input.categories, `${path}.categories`).map((c, k) => readText(c, `${path}.categories[${k}]`))
    if (new Set(categories).size !== categories.length) refuse(`${path}.categories`, 'has a category twice')
    return { name, type: 'category', categories }
  })
}

/** A file of a format of this project, from its text. */
export function readOwn(text: string | null): Record<string, unknown> {
  let value: unknown
  try { value = parseCanonical(text ?? '') } catch { refuse('file', 'is not canonical JSON') }
  return readObject(value, 'file')
}

/** All numbers of an array, or of a typed array; each is a number, of any kind. */
export function readNumbers(value: unknown, path: string, length?: number): ArrayLike<number> {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const array = value as unknown as ArrayLike<number>
    if (length !== undefined && array.length !== length) refuse(path, `must have ${length} items, and has ${array.length}`)
    return array
  }
  const array = readArray(value, path, length)
  for (let i = 0; i < array.length; i++) if (typeof array[i] !== 'number') refuse(`${path}[${i}]`, 'must be a number')
  return array as number[]
}
