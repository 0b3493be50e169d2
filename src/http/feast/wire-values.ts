// Values as they travel: what a stock client sends and what it decodes to the type that it should be.
import { SlipwayError } from '../../core/errors.ts'
import { coerceValue, narrowInteger, type ColumnType, type Value } from '../../core/schema.ts'
import { SECOND } from '../../core/time.ts'

/** A value of the request; a number in place of a time is seconds since 1970, as in Feast. @throws SlipwayError `wrong_type`, naming `path`. */
export function readValue(value: unknown, type: ColumnType, path: string): Value {
  if (type !== 'timestamp') return coerceValue(value, type, path)
  const micros = typeof value === 'number' ? Math.round(value * SECOND) : coerceValue(value, type, path)
  if (micros === null || Number.isSafeInteger(micros)) return micros
  throw new SlipwayError('wrong_type', `${path} must be a time between 1684 and 2255 (ISO 8601, or seconds since 1970), and is ${String(value)}.`, { faults: [{ path, message: 'must be a time' }] })
}

/** The text of a value that is not missing. The client infers types: a double without a point would be an integer there, a time is whole seconds. */
export function writerOf(type: ColumnType): (value: Value) => string {
  switch (type) {
    case 'float64': return value => writeDouble(value as number)
    case 'string': return value => JSON.stringify(value)
    case 'timestamp': return value => String(Math.trunc(value as number / SECOND) + 0)
    default: return String
  }
}

function writeDouble(x: number): string {
  if (!Number.isInteger(x)) return String(x)
  const text = Object.is(x, -0) ? '-0' : String(x)
  return text.includes('e') ? text : `${text}.0`
}

/** A list of last values, which is the text of a JSON array. An empty list is null: on `[]` the client gives up the whole answer. */
export function listWriterOf(type: ColumnType): (value: Value) => string {
  const write = writerOf(type)
  return value => {
    if (value === '[]') return 'null'
    if (type !== 'float64' && type !== 'timestamp') return value as string
    return `[${(JSON.parse(value as string) as number[]).map(write).join(',')}]`
  }
}

/** A join key in the other of its two types, where that says the same: Feast takes "7" for 7, and 7 for "7". Anything else stays as it is. */
export function asKey(value: unknown, type: ColumnType): unknown {
  if (type === 'int64' && typeof value === 'string' && /^-?(0|[1-9]\d{0,18})$/.test(value)) return narrowInteger(BigInt(value))
  if (type === 'string' && (typeof value === 'bigint' || Number.isSafeInteger(value))) return String(value)
  return value
}

/** A join key as it came; keys are text or whole numbers. */
export function echoValue(value: unknown): string {
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}
