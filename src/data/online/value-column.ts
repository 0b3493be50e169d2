// One column of the values that online state keeps, by slot.
import type { ColumnType, Value } from '../../core/schema.ts'
import { getValue, type ColumnData } from '../../core/table.ts'
import { sketchOf } from '../meaning/distinct-sketch.ts'

/** Doubles and times as NaN-for-missing doubles, all else as it is. Times are exact as doubles; NaN is no value of any column. */
export type ValueColumn = {
  type: ColumnType
  /** What an approximate distinct count takes of each value, where one is read of this column: 0 not made yet, −1 for a missing value. */
  sketches: Int32Array | null
} & (
  | { kind: 'double'; values: Float64Array }
  | { kind: 'value'; values: Value[] }
)

const MISSING = -1

export function createValueColumn(type: ColumnType, capacity: number): ValueColumn {
  return type === 'float64' || type === 'timestamp' ? { kind: 'double', type, values: new Float64Array(capacity), sketches: null } : { kind: 'value', type, values: new Array<Value>(capacity).fill(null), sketches: null }
}

export function setSlot(column: ValueColumn, slot: number, value: Value): void {
  if (column.kind === 'double') column.values[slot] = value === null ? Number.NaN : value as number
  else column.values[slot] = value
  if (column.sketches !== null) column.sketches[slot] = sketchedValue(column, value)
}

export function getSlot(column: ValueColumn, slot: number): Value {
  if (column.kind === 'value') return column.values[slot]
  const value = column.values[slot]
  return Number.isNaN(value) ? null : value
}

/** Whether two slots say the same. */
export function sameSlots(column: ValueColumn, a: number, b: number): boolean {
  const [left, right] = [column.values[a], column.values[b]]
  return left === right || (left !== left && right !== right)
}

/** Whether a slot says this. */
export function slotIs(column: ValueColumn, slot: number, value: Value): boolean { return getSlot(column, slot) === value }

/** Copies values that came together into slots from `first` on that had no values before. */
export function setSlots(column: ValueColumn, first: number, data: ColumnData): void {
  const { valid } = data
  const rows = data.values.length
  if (column.kind === 'double') {
    const { values } = column
    if (data.type === 'float64' || data.type === 'timestamp') values.set(data.values, first)
    else for (let i = 0; i < rows; i++) values[first + i] = Number(data.values[i])
    if (valid !== undefined) for (let i = 0; i < rows; i++) if (valid[i] === 0) values[first + i] = Number.NaN
    return
  }
  for (let i = 0; i < rows; i++) column.values[first + i] = getValue(data, i)
}

/** The same for values as they were kept, where NaN is a missing one. */
export function restoreSlots(column: ValueColumn, first: number, kept: ArrayLike<Value>): void {
  if (column.kind === 'double') { column.values.set(kept as Float64Array, first); return }
  for (let i = 0; i < kept.length; i++) { const value = kept[i]; column.values[first + i] = value === value ? value : null }
}

export function hasSlot(column: ValueColumn, slot: number): boolean {
  const value = column.values[slot]
  return value !== null && value === value
}

/** Makes room for slots below `capacity`. */
export function growColumn(column: ValueColumn, capacity: number): void {
  if (column.kind === 'double') column.values = growFloats(column.values, capacity)
  else while (column.values.length < capacity) column.values.push(null)
  if (column.sketches !== null) column.sketches = growIntegers(column.sketches, capacity)
}

/** From now on a sketch is made of each value when it comes, since hashing is slow; of those that are here, when they are read. */
export function keepSketches(column: ValueColumn, capacity: number): void {
  column.sketches ??= new Int32Array(capacity)
}

/** The sketch of the value in a slot, or −1 for a missing one. */
export function sketchSlot(column: ValueColumn, slot: number): number {
  const sketches = column.sketches as Int32Array
  const kept = sketches[slot]
  if (kept !== 0) return kept
  const made = sketchedValue(column, getSlot(column, slot))
  sketches[slot] = made
  return made
}

function sketchedValue(column: ValueColumn, value: Value): number { return value === null ? MISSING : sketchOf(value, column.type) }

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
