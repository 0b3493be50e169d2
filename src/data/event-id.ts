import type { SourceDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ColumnType, Row, Value } from '../core/schema.ts'
import { identifier } from './sql.ts'

/**
 * The id of a row as text: its id columns in order, joined by `|` (with `\` before a `|` or `\` inside a value); times as microseconds.
 * The same text as `eventIdSql` makes, so that a pushed event corrects a row of a dataset.
 * @throws SlipwayError `invalid_request` when an id column is missing.
 */
export function eventId(source: SourceDefinition, values: Row): string {
  return source.id.map(name => idPart(source, name, values[name] ?? null)).join('|')
}

function idPart(source: SourceDefinition, name: string, value: Value): string {
  if (value === null) throw new SlipwayError('invalid_request', `${name} is part of the id of source ${source.name} and is missing.`, { faults: [{ path: name, message: 'is missing; it is part of the id' }] })
  const text = String(value)
  return typeof value === 'string' && source.id.length > 1 ? text.replace(/[\\|]/g, c => `\\${c}`) : text
}

/** The same as an expression over the source's normalized columns; null where a part is. */
export function eventIdSql(source: SourceDefinition): string {
  return source.id.map(name => {
    const type: ColumnType | undefined = source.columns.find(c => c.name === name)?.type
    const column = identifier(name)
    if (type === 'timestamp') return `CAST(epoch_us(${column}) AS VARCHAR)`
    if (type === 'string') return source.id.length > 1 ? `replace(replace(${column}, '\\', '\\\\'), '|', '\\|')` : column
    return `CAST(${column} AS VARCHAR)`
  }).join(" || '|' || ")
}
