// Columns and values: the plain data that crosses every port.
import { SlipwayError } from './errors.ts'
import { parseTime } from './time.ts'

/** A category is a `string`. A timestamp is whole microseconds. */
export type ColumnType = 'float64' | 'int64' | 'boolean' | 'string' | 'timestamp'

export interface Column { name: string; type: ColumnType }

/** int64 is a number while it is exact (|n| ≤ 2^53 − 1), else a bigint; missing is null. */
export type Value = number | bigint | boolean | string | null

export type Row = Record<string, Value>

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/**
 * Takes a JSON value as one of `type`: ISO text or microseconds for timestamps, integers for int64. −0 becomes 0.
 * @throws SlipwayError `wrong_type`, naming `path`.
 */
export function coerceValue(value: unknown, type: ColumnType, path: string): Value {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'float64':
      if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
      if (typeof value === 'bigint' && Number.isFinite(Number(value))) return Number(value)
      break
    case 'int64':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value === 0 ? 0 : value
      if (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX) return narrowInteger(value)
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'string':
      if (typeof value === 'string' && value.isWellFormed()) return value
      break
    case 'timestamp': {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      const time = typeof value === 'string' ? parseTime(value) : null
      if (time !== null) return time
      break
    }
  }
  const shown = typeof value === 'string' ? JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value) : typeof value === 'object' ? 'an object' : String(value)
  throw new SlipwayError('wrong_type', `${path} must be ${DESCRIBE[type]}, and is ${shown}.`, { faults: [{ path, message: `must be ${DESCRIBE[type]}` }] })
}

const DESCRIBE: Record<ColumnType, string> = {
  float64: 'a finite number', int64: 'a whole number', boolean: 'true or false', string: 'text',
  timestamp: 'a time (ISO 8601, or whole microseconds since 1970)',
}

/** A bigint as a number where that is exact. */
export function narrowInteger(n: bigint): number | bigint {
  return n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n
}
