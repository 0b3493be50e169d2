// How the cells of one column become values of one type: chosen once by looking, recorded, and the same each time it is done again.
import type { ColumnType } from '../../core/schema.ts'
import { booleanSql, clockSql, epochSql, finiteSql, isNothing, numberSql, plausibleSql, timeSql, trimmed } from './cell-sql.ts'
import type { RawKind } from './raw-table.ts'
import { literal } from '../sql.ts'

export type Reading =
  | { as: 'number'; decimal: '.' | ','; unit?: string }
  | { as: 'boolean' }
  /** Hours since midnight. */
  | { as: 'clock' }
  | { as: 'time'; formats: string[]; /** The order of day and month that was assumed, where the values do not say. */ assumed?: 'day first' | 'month first' }
  | { as: 'epoch'; unit: 's' | 'ms' | 'us' }
  /** `spelling`: words that differ from the most frequent spelling only in case. */
  | { as: 'text'; spelling?: Record<string, string> }
  /** The values of a Parquet column as they are; not finite numbers are missing. */
  | { as: 'is' }

/** The steps of one cell's reading, each over the one before: expressions grow long, and the engine plans short ones faster. */
export interface CellSql {
  /** Of the raw cell: what the next steps read. */
  text: string
  /** Of `text`: whether it says nothing. */
  nothing: (text: string) => string
  /** Of `text`: its value; null also where it cannot be read. */
  value: (text: string) => string
  /** Of `value`: what is no value after all, such as a time that no clock holds. */
  checked: (value: string) => string
}

/** @param cell the engine's raw column */
export function readingSql(reading: Reading, kind: RawKind, cell: string): CellSql {
  if (kind === 'text') {
    return { text: trimmed(cell), nothing: text => isNothing(text, reading.as === 'text'), value: text => valueSql(reading, text), checked: value => checkedSql(reading, value) }
  }
  return {
    text: cell,
    // A number that is not finite says nothing, in every language that writes it.
    nothing: text => (kind === 'number' ? `(${text} IS NULL OR NOT isfinite(CAST(${text} AS DOUBLE)))` : `${text} IS NULL`),
    value: text => (reading.as === 'epoch' ? epochSql(text, reading.unit) : reading.as === 'time' ? timeSql(`CAST(${text} AS VARCHAR)`, reading.formats) : text),
    checked: value => checkedSql(reading, value),
  }
}

function checkedSql(reading: Reading, value: string): string {
  if (reading.as === 'number') return finiteSql(value)
  return reading.as === 'time' ? plausibleSql(value) : value
}

function valueSql(reading: Reading, text: string): string {
  switch (reading.as) {
    case 'number': return numberSql(text, reading)
    case 'boolean': return booleanSql(text)
    case 'clock': return clockSql(text)
    case 'time': return timeSql(text, reading.formats)
    case 'epoch': return epochSql(`try_cast(${text} AS DOUBLE)`, reading.unit)
    case 'is': return text
    case 'text': {
      const spelling = Object.entries(reading.spelling ?? {})
      const respelled = spelling.length === 0 ? text : `CASE ${text} ${spelling.map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`).join(' ')} ELSE ${text} END`
      // Most cells have no spaces to join; the expression is dear.
      return `CASE WHEN contains(${text}, '  ') OR contains(${text}, chr(10)) OR contains(${text}, chr(9)) THEN regexp_replace(${respelled}, '\\s+', ' ', 'g') ELSE ${respelled} END`
    }
  }
}

/** The type of its values; whole numbers are recognised when all are known. */
export function typeOfReading(reading: Reading, kind: RawKind): ColumnType {
  switch (reading.as) {
    case 'number': case 'clock': return 'float64'
    case 'boolean': return 'boolean'
    case 'time': case 'epoch': return 'timestamp'
    case 'text': return 'string'
    case 'is': return kind === 'number' ? 'float64' : kind === 'boolean' ? 'boolean' : kind === 'time' ? 'timestamp' : 'string'
  }
}
