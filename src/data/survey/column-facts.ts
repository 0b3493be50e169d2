// What the cleaned columns look like: enough to choose what a model reads.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Value } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { identifier } from '../sql.ts'
import type { CleanColumn, CleanTable } from './clean-table.ts'

export interface ColumnFacts extends CleanColumn {
  /** Different values; of numbers above 2,000 an estimate, unless they may be a key. */
  distinct: number
  /** The most frequent values with their rows, where there are at most 50 different ones. */
  values: { value: Value; rows: number }[]
  /** Of numbers and times (microseconds). */
  low: number | null
  high: number | null
  /** Median of numbers and times. */
  middle: number | null
  /** Characters of text, on average. */
  length: number
  /** Times without hours. */
  dateOnly: boolean
}

const BATCH = 40
const COUNTED = 2_000
const LISTED = 50

export async function describeColumns(session: EngineSession, { columns, rows }: CleanTable): Promise<ColumnFacts[]> {
  const facts: ColumnFacts[] = []
  for (let at = 0; at < columns.length; at += BATCH) {
    const batch = columns.slice(at, at + BATCH)
    const [row] = tableRows(await session.query(`SELECT ${batch.flatMap((c, k) => summarySql(c, k)).join(', ')} FROM clean WHERE "slipway first"`))
    for (const [k, column] of batch.entries()) {
      const number = (key: string): number | null => { const v = row[`${key}${k}`]; return v === null || v === undefined ? null : Number(v) }
      const estimate = number('d') ?? 0
      const present = rows - column.missing - column.unreadable
      const exact = estimate <= COUNTED || column.type === 'string' || (column.type !== 'float64' && estimate > present * 0.6)
      const distinct = exact ? await countDistinct(session, column.name) : estimate
      facts.push({
        ...column, distinct, values: distinct <= LISTED ? await listValues(session, column.name) : [],
        low: number('a'), high: number('z'), middle: number('q'), length: number('l') ?? 0, dateOnly: row[`o${k}`] === true,
      })
    }
  }
  return facts
}

function summarySql(column: CleanColumn, k: number): string[] {
  const name = identifier(column.name)
  const parts = [`CAST(approx_count_distinct(${name}) AS BIGINT) AS d${k}`]
  if (column.type === 'string') parts.push(`avg(length(${name})) AS l${k}`)
  const value = column.type === 'timestamp' ? `epoch_us(${name})` : name
  if (column.type !== 'string' && column.type !== 'boolean') parts.push(`CAST(min(${value}) AS DOUBLE) AS a${k}`, `CAST(max(${value}) AS DOUBLE) AS z${k}`, `CAST(approx_quantile(${value}, 0.5) AS DOUBLE) AS q${k}`)
  if (column.type === 'timestamp') parts.push(`coalesce(bool_and(${value} % 86400000000 = 0), false) AS o${k}`)
  return parts
}

async function countDistinct(session: EngineSession, name: string): Promise<number> {
  const [{ n }] = tableRows(await session.query(`SELECT count(DISTINCT ${identifier(name)}) AS n FROM clean WHERE "slipway first"`))
  return Number(n)
}

async function listValues(session: EngineSession, name: string): Promise<{ value: Value; rows: number }[]> {
  const column = identifier(name)
  const found = await session.query(`SELECT ${column} AS value, count(*) AS rows FROM clean WHERE "slipway first" AND ${column} IS NOT NULL GROUP BY value ORDER BY rows DESC, value`)
  return tableRows(found).map(r => ({ value: r.value, rows: Number(r.rows) }))
}
