import type { ColumnType } from '../../../core/schema.ts'
import { described, literal } from './python.ts'

const NAMES: Record<ColumnType, string> = { float64: 'Float64', int64: 'Int64', boolean: 'Bool', string: 'String', timestamp: 'UnixTimestamp' }

/** A field of a schema; `list` for an array of the type. */
export function field(name: string, type: ColumnType, isList = false, description?: string): string {
  const dtype = isList ? `Array(${NAMES[type]})` : NAMES[type]
  return `Field(name=${literal(name)}, dtype=${dtype}${described(description).map(d => `, ${d}`).join('')})`
}
