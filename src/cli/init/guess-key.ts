// Which column names a row, so that outcomes find their predictions later.
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnFacts } from '../../data/index.ts'
import { findColumn } from './guess-target.ts'

const IDS = /(^|_)(id|ids|uuid|guid|key|number|nr|no|num|code|ref|reference|identifier|kunde|kundennummer)(_|$)|id$/
/** Names that say nothing else than which one it is. */
export const IDENTIFIES = /(^|_)(id|uuid|guid|key|identifier)(_|$)|(?<=[a-z])_?id$/

export interface Key { column: string; type: 'string' | 'int64'; added: boolean; note: string | null }

export function presentOf(column: ColumnFacts, rows: number): number { return rows - column.missing - column.unreadable }

/** Whole numbers that count the rows. */
export function isCounter(column: ColumnFacts, rows: number): boolean {
  return column.type === 'int64' && column.distinct === rows && column.low !== null && column.high !== null && column.high - column.low < rows * 1.5
}

/** `rows` without repeated ones. Unique columns first, then nearly unique ones that are named like a key. */
export function guessKeys(columns: readonly ColumnFacts[], rows: number): ColumnFacts[] {
  const score = (c: ColumnFacts): number => {
    if ((c.type !== 'string' && c.type !== 'int64') || c.missing + c.unreadable > 0 || c.distinct < rows * 0.95) return 0
    const named = IDS.test(c.name)
    if (c.distinct < rows && !named) return 0
    if (c.type === 'int64' && !named && !isCounter(c, rows)) return 0
    if (c.type === 'string' && c.length > 60) return 0
    return (named ? 4 : 0) + (c.distinct === rows ? 2 : 0) + (c.type === 'string' ? 0.5 : 0)
  }
  return columns.map(column => ({ column, score: score(column) })).filter(c => c.score > 0).sort((a, b) => b.score - a.score).map(c => c.column)
}

/** @throws SlipwayError `usage` for a column that cannot be a key. */
export function keyOf(column: ColumnFacts, rows: number): Key {
  if (column.type !== 'string' && column.type !== 'int64') throw new SlipwayError('usage', `--key ${column.name} is ${column.type}; a key is text or a whole number.`, { remedy: 'Leave --key out: the rows are numbered then.' })
  const present = presentOf(column, rows)
  const note = column.distinct === present ? null : `${column.name} comes again in ${(present - column.distinct).toLocaleString('en')} rows: an outcome goes to the latest prediction of its key`
  return { column: column.name, type: column.type, added: false, note }
}

export function chooseKey(columns: readonly ColumnFacts[], rows: number, target: string, asked: string | undefined): Key {
  if (asked !== undefined && asked !== 'row-number') return keyOf(findColumn(columns, asked, '--key'), rows)
  const [guess] = asked === undefined ? guessKeys(columns.filter(c => c.name !== target), rows) : []
  return guess === undefined ? { column: 'row_number', type: 'int64', added: true, note: 'no column names a row: they are numbered' } : keyOf(guess, rows)
}
