// One column of the values that online state keeps, by slot.
import type { ColumnType, Value } from '../../core/schema.ts'

/** Doubles and times as NaN-for-missing doubles, all else as it is. Times are exact as doubles; NaN is no value of any column. */
export type ValueColumn =
  | { kind: 'double'; values: Float64Array }
  | { kind: 'value'; values: Value[] }

export function createValueColumn(type: ColumnType, capacity: number): ValueColumn {
  return type === 'float64' || type === 'timestamp' ? { kind: 'double', values: new Float64Array(capacity) } : { kind: 'value', values: [] }
}

export function setSlot(column: ValueColumn, slot: number, value: Value): void {
  if (column.kind === 'double') column.values[slot] = value === null ? Number.NaN : value as number
  else column.values[slot] = value
}

export function getSlot(column: ValueColumn, slot: number): Value {
  if (column.kind === 'value') return column.values[slot]
  const value = column.values[slot]
  return Number.isNaN(value) ? null : value
}

export function growFloats(values: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(capacity)
  grown.set(values)
  return grown
}

export function growIntegers(values: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(capacity)
  grown.set(values)
  return grown
}
