// Tables into DuckDB: whole vectors at a time, through an appender.
import { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, TIMESTAMPTZ, VARCHAR, type DuckDBAppender, type DuckDBType } from '@duckdb/node-api'
import type { Column, ColumnType } from '../../../core/schema.ts'
import type { ColumnData, Table } from '../../../core/table.ts'
import { openVector } from './vectors.ts'

const VECTOR_SIZE = 2_048

const TYPES: Record<ColumnType, { sql: string; type: DuckDBType }> = {
  float64: { sql: 'DOUBLE', type: DOUBLE },
  int64: { sql: 'BIGINT', type: BIGINT },
  boolean: { sql: 'BOOLEAN', type: BOOLEAN },
  string: { sql: 'VARCHAR', type: VARCHAR },
  timestamp: { sql: 'TIMESTAMPTZ', type: TIMESTAMPTZ },
}

export function columnSql(column: Column): string {
  return `"${column.name.replaceAll('"', '""')}" ${TYPES[column.type].sql}`
}

export function appendTable(appender: DuckDBAppender, table: Table): void {
  const types = table.schema.map(c => TYPES[c.type].type)
  for (let from = 0; from < table.rows; from += VECTOR_SIZE) {
    const rows = Math.min(VECTOR_SIZE, table.rows - from)
    const chunk = DuckDBDataChunk.create(types, rows)
    table.columns.forEach((column, k) => { writeColumn(chunk, k, column, from, rows) })
    appender.appendDataChunk(chunk)
  }
  appender.flushSync()
}

function writeColumn(chunk: DuckDBDataChunk, k: number, column: ColumnData, from: number, rows: number): void {
  const vector = chunk.getColumnVector(k)
  const { valid } = column
  if (column.type === 'string') {
    for (let i = 0; i < rows; i++) vector.setItem(i, valid?.[from + i] === 0 ? null : column.values[from + i])
  } else {
    const raw = openVector(vector)
    switch (column.type) {
      case 'float64': (raw.items as Float64Array).set(column.values.subarray(from, from + rows)); break
      case 'int64': (raw.items as BigInt64Array).set(column.values.subarray(from, from + rows)); break
      case 'timestamp': for (let i = 0; i < rows; i++) (raw.items as BigInt64Array)[i] = valid?.[from + i] === 0 ? 0n : BigInt(column.values[from + i]); break
      case 'boolean': for (let i = 0; i < rows; i++) raw.bytes?.setUint8(i, column.values[from + i]); break
    }
    if (valid !== undefined) for (let i = 0; i < rows; i++) if (valid[from + i] === 0) raw.validity.setItemValid(i, false)
  }
  vector.flush()
}
