// A columnar table in memory: what the engine returns, the learners read and the journal's frames carry.
import type { Column, ColumnType, Row, Value } from './schema.ts'
import { narrowInteger } from './schema.ts'

/** `valid[i] === 0` marks a missing value; a column without `valid` misses none. */
export type ColumnData =
  | { type: 'float64' | 'timestamp'; values: Float64Array; valid?: Uint8Array }
  | { type: 'int64'; values: BigInt64Array; valid?: Uint8Array }
  | { type: 'boolean'; values: Uint8Array; valid?: Uint8Array }
  | { type: 'string'; values: string[]; valid?: Uint8Array }

export interface Table {
  rows: number
  schema: Column[]
  /** In the order of `schema`. */
  columns: ColumnData[]
}

export function emptyColumn(type: ColumnType, rows: number): ColumnData {
  switch (type) {
    case 'float64': case 'timestamp': return { type, values: new Float64Array(rows) }
    case 'int64': return { type, values: new BigInt64Array(rows) }
    case 'boolean': return { type, values: new Uint8Array(rows) }
    case 'string': return { type, values: new Array<string>(rows).fill('') }
  }
}

/** Writes a value that is already of the column's type. */
export function setValue(column: ColumnData, i: number, value: Value): void {
  if (value === null) {
    column.valid ??= new Uint8Array(column.values.length).fill(1)
    column.valid[i] = 0
    return
  }
  switch (column.type) {
    case 'int64': column.values[i] = BigInt(value as number | bigint); break
    case 'boolean': column.values[i] = value ? 1 : 0; break
    case 'string': column.values[i] = value as string; break
    default: column.values[i] = value as number
  }
}

export function getValue(column: ColumnData, i: number): Value {
  if (column.valid !== undefined && column.valid[i] === 0) return null
  switch (column.type) {
    case 'int64': return narrowInteger(column.values[i])
    case 'boolean': return column.values[i] === 1
    default: return column.values[i]
  }
}

export function tableFromRows(schema: Column[], rows: readonly Row[]): Table {
  const columns = schema.map(c => emptyColumn(c.type, rows.length))
  schema.forEach((c, k) => { rows.forEach((row, i) => { setValue(columns[k], i, row[c.name] ?? null) }) })
  return { rows: rows.length, schema, columns }
}

export function rowAt(table: Table, i: number): Row {
  const row: Row = {}
  table.schema.forEach((c, k) => { row[c.name] = getValue(table.columns[k], i) })
  return row
}

export function tableRows(table: Table): Row[] {
  return Array.from({ length: table.rows }, (_, i) => rowAt(table, i))
}

/** The column of that name, or undefined. */
export function columnOf(table: Table, name: string): ColumnData | undefined {
  return table.columns[table.schema.findIndex(c => c.name === name)]
}

/** Numbers for a learner: missing is NaN, booleans are 0 and 1. Not for strings. */
export function toFloats(column: ColumnData): Float64Array {
  const out = new Float64Array(column.values.length)
  for (let i = 0; i < out.length; i++) {
    const v = column.valid !== undefined && column.valid[i] === 0 ? null : column.values[i]
    out[i] = v === null || typeof v === 'string' ? Number.NaN : Number(v)
  }
  return out
}
