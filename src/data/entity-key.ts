// The key of an entity, or of several together, as one value: what state is indexed by and tables are joined on.
import type { ColumnType, Value } from '../core/schema.ts'

/** Names a list of key columns: one by its name, several (and a name that looks like several) as JSON. */
export function keyId(columns: readonly string[]): string { return columns.length === 1 && !columns[0].startsWith('[') ? columns[0] : JSON.stringify(columns) }

/** The columns that `keyId` named. */
export function keyColumns(id: string): string[] { return id.startsWith('[') ? JSON.parse(id) as string[] : [id] }

/** One value as it is; of several a text, parts joined by `|` (with `\` before a `|` or `\` inside text, times as microseconds). Null when a part is. */
export function keyOf(values: readonly Value[]): Value {
  if (values.length === 1) return values[0]
  let text = ''
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null) return null
    text += `${i === 0 ? '' : '|'}${typeof value === 'string' ? value.replace(/[\\|]/g, c => `\\${c}`) : value}`
  }
  return text
}

/** The same in SQL, over expressions with their types. */
export function keySql(parts: readonly { sql: string; type: ColumnType }[]): string {
  if (parts.length === 1) return parts[0].sql
  return `(${parts.map(({ sql, type }) => {
    if (type === 'timestamp') return `CAST(epoch_us(${sql}) AS VARCHAR)`
    return type === 'string' ? `replace(replace(${sql}, '\\', '\\\\'), '|', '\\|')` : `CAST(${sql} AS VARCHAR)`
  }).join(" || '|' || ")})`
}
