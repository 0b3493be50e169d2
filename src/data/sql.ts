// Pieces of SQL text for the analytical engine.
import type { Column, ColumnType } from '../core/schema.ts'

/** The engine's type of a column type. */
export const SQL_TYPE: Record<ColumnType, string> = { float64: 'DOUBLE', int64: 'BIGINT', boolean: 'BOOLEAN', string: 'VARCHAR', timestamp: 'TIMESTAMPTZ' }

/** The column type of an engine's type, or null where tables have none. */
export function columnTypeOf(sqlType: string): ColumnType | null {
  if (/^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/.test(sqlType)) return 'int64'
  if (/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(sqlType)) return 'float64'
  if (/^(VARCHAR|UUID|ENUM\(.*\))$/.test(sqlType)) return 'string'
  if (/^(TIMESTAMP.*|DATE)$/.test(sqlType)) return 'timestamp'
  return sqlType === 'BOOLEAN' ? 'boolean' : null
}

export function identifier(name: string): string { return `"${name.replaceAll('"', '""')}"` }

/** A statement ends where a NUL stands in it: one inside text is put together. */
export function literal(text: string): string {
  const quoted = text.split('\0').map(part => `'${part.replaceAll("'", "''")}'`)
  return quoted.length === 1 ? quoted[0] : `(${quoted.join(' || chr(0) || ')})`
}

/** A path as a pattern that matches only itself. */
export function pathLiteral(path: string): string { return literal(path.replace(/[*?[]/g, c => `[${c}]`)) }

/** The column cast to the one engine type of its column type; times of every unit become microseconds. */
export function normalized(column: Column): string {
  const name = identifier(column.name)
  if (column.type === 'timestamp') return `make_timestamptz(epoch_us(${name})) AS ${name}`
  // Adding zero turns −0 into 0.
  return column.type === 'float64' ? `CAST(${name} AS DOUBLE) + 0.0 AS ${name}` : `CAST(${name} AS ${SQL_TYPE[column.type]}) AS ${name}`
}
