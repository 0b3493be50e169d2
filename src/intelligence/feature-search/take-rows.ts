import type { ColumnData, Table } from '../../core/table.ts'
import type { LabelledRows } from '../labelled-rows.ts'

/** These rows of a table with their labels, in this order. */
export function takeRows(table: Table, labels: Uint8Array, rows: Uint32Array): Pick<LabelledRows, 'features' | 'labels'> {
  return { features: { rows: rows.length, schema: table.schema, columns: table.columns.map(c => takeColumn(c, rows)) }, labels: Uint8Array.from(rows, i => labels[i]) }
}

function takeColumn(column: ColumnData, rows: Uint32Array): ColumnData {
  const { valid } = column
  const kept = valid === undefined ? {} : { valid: Uint8Array.from(rows, i => valid[i]) }
  switch (column.type) {
    case 'string': return { type: 'string', values: Array.from(rows, i => column.values[i]), ...kept }
    case 'boolean': return { type: 'boolean', values: Uint8Array.from(rows, i => column.values[i]), ...kept }
    case 'int64': return { type: 'int64', values: BigInt64Array.from(rows, i => column.values[i]), ...kept }
    default: return { type: column.type, values: Float64Array.from(rows, i => column.values[i]), ...kept }
  }
}
