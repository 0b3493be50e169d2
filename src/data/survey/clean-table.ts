// The table `clean` of an engine session: each column of `raw` in one type, under a name of ours, with a count of what was lost.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ColumnType } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { identifier, literal, SQL_TYPE } from '../sql.ts'
import { plainNumberSql, trimmed } from './cell-sql.ts'
import { chooseReading, findPlainNumbers } from './choose-reading.ts'
import { nameColumns } from './column-name.ts'
import type { RawColumn, RawTable } from './raw-table.ts'
import { readingSql, typeOfReading, type CellSql, type Reading } from './reading.ts'

export interface CleanColumn {
  name: string
  /** As the file has it; empty for a column without a name. */
  original: string
  type: ColumnType
  reading: Reading
  /** Cells that say nothing. */
  missing: number
  /** Cells that say something that the reading does not take: they are missing from here on. */
  unreadable: number
  /** Some of those. */
  unreadableExamples: string[]
}

export interface CleanTable {
  columns: CleanColumn[]
  /** Columns of the file that cannot be read, with their type. */
  nested: { original: string; sqlType: string }[]
  rows: number
  /** Rows that repeat another one in every cell. In `clean` their `first` is false. */
  repeated: number
}

/** Columns a statement. */
const BATCH = 40

/** Reads every column of `raw`; `known` gives readings that were recorded, by name. */
export async function cleanTable(session: EngineSession, raw: RawTable, known?: ReadonlyMap<string, Reading>): Promise<CleanTable> {
  const names = nameColumns(raw.columns.map(c => c.original))
  const kept = raw.columns.flatMap((column, i) => (column.kind === 'none' ? [] : [{ column, i, name: names[i], cell: `c${i}` }]))
  const columns: CleanColumn[] = []
  const values: string[] = []
  const tables: string[] = []
  for (const batch of batches(kept)) {
    const table = `valued_${tables.length}`
    tables.push(table)
    const made: { column: RawColumn; name: string; reading: Reading; cell: string; type: ColumnType; sql: CellSql }[] = []
    const plain = await findPlainNumbers(session, batch.flatMap(({ column, i }) => (column.kind === 'text' ? [i] : [])), raw.rows)
    for (const { column, i, name, cell } of batch) {
      const reading = known?.get(name) ?? await chooseReading(session, column, i, name, raw.rows, plain.has(i))
      const sql = readingSql(reading, column.kind, cell)
      // The same values in a shorter expression, which is planned many times faster.
      if (plain.has(i) && reading.as === 'number' && reading.decimal === '.' && reading.unit === undefined) sql.value = plainNumberSql
      made.push({ column, name, reading, cell, type: typeOfReading(reading, column.kind), sql })
    }
    const layer = (of: (c: (typeof made)[number], k: number) => string, from: string): string => `SELECT ${['n', ...made.map(of)].join(', ')} FROM ${from}`
    const texts = layer((c, k) => `${c.sql.text} AS t${k}`, 'raw')
    const said = layer((c, k) => `t${k}, ${c.sql.nothing(`t${k}`)} AS m${k}`, `(${texts})`)
    const read = layer((c, k) => `m${k}, CASE WHEN NOT m${k} THEN ${c.sql.value(`t${k}`)} END AS v${k}`, `(${said})`)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${layer((c, k) => `m${k}, ${c.sql.checked(`v${k}`)} AS v${k}`, `(${read})`)}`)
    const facts = made.map((c, k) => `count(*) FILTER (m${k}) AS m${k}, count(v${k}) AS v${k}, ${c.type === 'float64' ? `coalesce(bool_and(v${k} = floor(v${k}) AND abs(v${k}) < 9007199254740992), false)` : 'false'} AS w${k}`)
    const [row] = tableRows(await session.query(`SELECT ${facts.join(', ')} FROM ${table}`))
    for (const [k, c] of made.entries()) {
      const missing = Number(row[`m${k}`])
      const unreadable = raw.rows - missing - Number(row[`v${k}`])
      const integers = c.reading.as === 'is' && /INT/.test(c.column.sqlType) && !/HUGEINT|UBIGINT/.test(c.column.sqlType)
      const type = c.type === 'float64' && c.reading.as !== 'clock' && (row[`w${k}`] === true || integers) ? 'int64' : c.type
      columns.push({ name: c.name, original: c.column.original, type, reading: c.reading, missing, unreadable, unreadableExamples: unreadable > 0 ? await examplesOf(session, c.cell, table, k) : [] })
      values.push(`CAST(${table}.v${k} AS ${SQL_TYPE[type]}) AS ${identifier(c.name)}`)
    }
  }
  const cells = kept.map(k => k.cell)
  const same = `hash(${cells.join(', ')}), hash(${literal('again')}, ${[...cells].reverse().join(', ')})`
  await session.run(`CREATE OR REPLACE TEMP TABLE firsts AS SELECT min(n) AS n FROM raw GROUP BY ${same}`)
  await session.run('DROP TABLE raw')
  await session.run(`CREATE OR REPLACE TEMP TABLE clean AS SELECT valued_0.n, firsts.n IS NOT NULL AS "slipway first", ${values.join(', ')}
    FROM valued_0 ${tables.slice(1).map(t => `JOIN ${t} USING (n) `).join('')}LEFT JOIN firsts ON firsts.n = valued_0.n ORDER BY valued_0.n`)
  const [{ firsts }] = tableRows(await session.query('SELECT count(*) AS firsts FROM firsts'))
  for (const table of ['firsts', 'seen', ...tables]) await session.run(`DROP TABLE IF EXISTS ${table}`)
  return { columns, nested: raw.columns.filter(c => c.kind === 'none').map(({ original, sqlType }) => ({ original, sqlType })), rows: raw.rows, repeated: raw.rows - Number(firsts) }
}

async function examplesOf(session: EngineSession, cell: string, table: string, k: number): Promise<string[]> {
  const found = await session.query(`SELECT ${trimmed(`CAST(${cell} AS VARCHAR)`)} AS v, count(*) AS k FROM raw JOIN ${table} USING (n) WHERE NOT m${k} AND v${k} IS NULL GROUP BY v ORDER BY k DESC, v LIMIT 3`)
  return tableRows(found).map(r => String(r.v).slice(0, 40))
}

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH)
}
