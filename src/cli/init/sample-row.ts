// A real row of the table as a request.
import type { Column, ColumnType, Value } from '../../core/schema.ts'
import { getValue, type ColumnData, type Table } from '../../core/table.ts'
import { formatTime } from '../../core/time.ts'

/** A request feature, and the column that has its values. */
export interface SampleInput { name: string; column: string; type: ColumnType; optional: boolean }

export interface SampleRow { entities: Record<string, Value>; request: Record<string, Value> }

/** The fullest of the last rows: one that shows what a request has. */
export function sampleRow(table: Table, inputs: readonly SampleInput[], entity: { name: string; column: string } | null): SampleRow {
  const column = (name: string): ColumnData => table.columns[table.schema.findIndex((c: Column) => c.name === name)]
  let best = 0
  let fewest = Number.POSITIVE_INFINITY
  for (let i = Math.max(0, table.rows - 200); i < table.rows; i++) {
    const missing = inputs.filter(input => getValue(column(input.column), i) === null)
    const count = missing.length + (missing.some(m => !m.optional) ? 1_000 : 0)
    if (count <= fewest) { fewest = count; best = i }
  }
  const request = Object.fromEntries(inputs.flatMap((input): [string, Value][] => {
    const value = getValue(column(input.column), best)
    if (value === null) return []
    return [[input.name, input.type === 'timestamp' ? formatTime(Number(value)) : input.type === 'int64' ? Number(value) : value]]
  }))
  const key = entity === null ? null : getValue(column(entity.column), best)
  // A key of more digits than JSON's numbers is shown by nobody.
  return { entities: entity === null || key === null || typeof key === 'bigint' ? {} : { [entity.name]: key }, request }
}
