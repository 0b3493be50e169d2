// Rows of JSON as a table.
import { SlipwayError } from '../../core/errors.ts'
import { coerceValue, type Column, type ColumnType, type Row } from '../../core/schema.ts'
import { emptyColumn, setValue, type Table } from '../../core/table.ts'
import type { WantedColumn } from './wanted-columns.ts'

/**
 * A column for each name, in the order in which they come first; a row that lacks one misses the value. Of no rows: the wanted columns.
 * @throws SlipwayError `invalid_request`, `wrong_type`, naming row and column.
 */
export function recordTable(records: unknown, wanted: readonly WantedColumn[]): Table {
  if (!Array.isArray(records)) throw new SlipwayError('invalid_request', 'The rows must be a list of objects: [{"event_timestamp": "2026-01-31T12:00Z", …}, …].', { faults: [{ path: 'rows', message: 'must be a list' }] })
  const names = new Set<string>(records.length === 0 ? wanted.filter(w => !w.optional).map(w => w.name) : [])
  records.forEach((record: unknown, i) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new SlipwayError('invalid_request', `rows[${i}] must be an object.`, { faults: [{ path: `rows[${i}]`, message: 'must be an object' }] })
    for (const name of Object.keys(record)) names.add(name)
  })
  const rows = records as Record<string, unknown>[]
  const schema = [...names].map((name): Column => ({ name, type: wanted.find(w => w.name === name)?.type ?? typeOf(name, rows) }))
  const columns = schema.map(c => emptyColumn(c.type, rows.length))
  schema.forEach(({ name, type }, k) => { rows.forEach((row, i) => { setValue(columns[k], i, coerceValue(own(row, name), type, `rows[${i}].${name}`)) }) })
  return { rows: rows.length, schema, columns }
}

function own(row: Record<string, unknown>, name: string): Row[string] { return (Object.hasOwn(row, name) ? row[name] : null) as Row[string] }

function typeOf(name: string, rows: readonly Record<string, unknown>[]): ColumnType {
  let found: ColumnType | null = null
  for (const [i, row] of rows.entries()) {
    const value = own(row, name) as unknown
    if (value === null || value === undefined) continue
    const type: ColumnType | null = typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : typeof value === 'bigint' || Number.isSafeInteger(value) ? 'int64' : typeof value === 'number' ? 'float64' : null
    const both: ColumnType | null = found === null || found === type ? type : [found, type].every(t => t === 'int64' || t === 'float64') ? 'float64' : null
    if (both === null) throw new SlipwayError('wrong_type', `rows[${i}].${name} is ${type ?? 'no number, text or true or false'}${found === null || type === null ? '' : `, and earlier rows have ${found}`}: a column has one type.`, { faults: [{ path: `rows[${i}].${name}`, message: 'has another type than the rows before' }] })
    found = both
  }
  return found ?? 'string'
}
