import { type ColumnData, type Table } from '../../core/table.ts'

/** These rows of a table, in this order. */
export function takeRows(table: Table, rows: Uint32Array): Table {
  return { rows: rows.length, schema: table.schema, columns: table.columns.map(c => takeColumn(c, rows)) }
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
