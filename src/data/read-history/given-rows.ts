// Entity rows that somebody brings, as the temporary table `given`: `n` (0, 1, … in their order) and `c0`, `c1`, … with the values as they came.
import type { EngineSession } from '../../core/ports/engine.ts'
import { SlipwayError, type Fault } from '../../core/errors.ts'
import { tableRows, type Table } from '../../core/table.ts'
import { literal, pathLiteral, SQL_TYPE } from '../sql.ts'
import { recordTable } from './record-table.ts'
import type { GivenColumn, WantedColumn } from './wanted-columns.ts'

/**
 * Parquet keeps every type that it has. `records` are JSON objects: columns that features need take their types, others the one that their values have; times are
 * ISO 8601 (without an offset UTC) or microseconds.
 */
export type GivenRows = { path: string; format: 'parquet' | 'csv' } | { parquet: Uint8Array } | { table: Table } | { records: unknown }

/** As many rows as one request may bring. */
export const MOST_ROWS = 20_000_000

const TABLE = 'given'

/**
 * Creates `given`.
 * @param path of a file that may be written, for rows that come as bytes
 * @throws SlipwayError `invalid_request` for files that cannot be read, a name twice (in any case: the engine tells none apart), too many rows; `wrong_type`.
 */
export async function createGiven(session: EngineSession, rows: GivenRows, wanted: readonly WantedColumn[], write: (bytes: Uint8Array) => Promise<string>): Promise<GivenColumn[]> {
  if ('records' in rows) return fromTable(session, recordTable(rows.records, wanted))
  if ('table' in rows) return fromTable(session, rows.table)
  const [path, format] = 'parquet' in rows ? [await write(rows.parquet), 'parquet' as const] : [rows.path, rows.format]
  const refuse = (cause: unknown): never => { throw new SlipwayError('invalid_request', `The rows cannot be read as ${format === 'csv' ? 'CSV' : 'Parquet'}: ${reasonOf(cause)}`, { cause, remedy: `Send a whole ${format} file.` }) }
  const names = await (format === 'csv' ? csvNames(session, path) : parquetNames(session, path)).catch(refuse)
  assertNames(names)
  // Text first: the engine's reader of CSV makes nothing of a time that it cannot read, without a word.
  const texts = wanted.filter(w => names.includes(w.name))
  const from = format === 'parquet' ? `read_parquet(${pathLiteral(path)})`
    : `read_csv(${pathLiteral(path)}, header = true, sample_size = -1${texts.length === 0 ? '' : `, types = {${texts.map(w => `${literal(w.name)}: 'VARCHAR'`).join(', ')}}`})`
  try {
    const described = tableRows(await session.query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`))
    if (described.length !== names.length) throw new SlipwayError('invalid_request', `The ${format === 'csv' ? 'first line does not name the columns' : 'columns cannot be told apart'}.`)
    const columns = await create(session, from, described.map((d, i) => ({ name: names[i], column: String(d.column_name), type: String(d.column_type) })))
    return format === 'csv' ? await readTexts(session, columns, texts) : columns
  } catch (error) {
    if (error instanceof SlipwayError && error.code !== 'internal') throw error
    return refuse(error)
  }
}

async function fromTable(session: EngineSession, table: Table): Promise<GivenColumn[]> {
  assertNames(table.schema.map(c => c.name))
  // The engine needs a column for a table to have rows.
  const schema = [{ name: 'n', type: 'int64' as const }, ...table.schema.map((c, i) => ({ name: `c${i}`, type: c.type }))]
  await session.load(TABLE, { rows: table.rows, schema, columns: [{ type: 'int64', values: BigInt64Array.from({ length: table.rows }, (_, i) => BigInt(i)) }, ...table.columns] })
  return table.schema.map((c, i) => ({ name: c.name, sql: `c${i}`, type: SQL_TYPE[c.type] }))
}

async function create(session: EngineSession, from: string, columns: readonly { name: string; column: string; type: string }[]): Promise<GivenColumn[]> {
  const [{ rows }] = tableRows(await session.query(`SELECT count(*) AS rows FROM ${from}`))
  if (Number(rows) > MOST_ROWS) throw new SlipwayError('invalid_request', `There are ${Number(rows).toLocaleString('en')} rows, and ${MOST_ROWS.toLocaleString('en')} is the most that one request may bring.`, { remedy: 'Send them in parts: the features of a row do not depend on other rows.' })
  await session.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} AS SELECT row_number() OVER () - 1 AS n${columns.map((c, i) => `, "${c.column.replaceAll('"', '""')}" AS c${i}`).join('')} FROM ${from}`)
  return columns.map(({ name, type }, i) => ({ name, sql: `c${i}`, type }))
}

const ISO = '(\\d{4}-\\d{2}-\\d{2})(?:[T ](\\d{2}:\\d{2})(?::(\\d{2})(\\.\\d{1,9})?)?)?\\s*(Z|z|[+-]\\d{2}(?::?\\d{2})?)?'

/** Text as a value of its type; null where it is none. Times as `parseTime` reads them, without an offset UTC. */
function readSql(text: string, { type }: WantedColumn): string {
  const part = (n: number, otherwise: string): string => `coalesce(nullif(regexp_extract(${text}, ${literal(ISO)}, ${n}), ''), ${literal(otherwise)})`
  switch (type) {
    case 'string': return text
    // A cast would round.
    case 'int64': return `CASE WHEN regexp_full_match(${text}, '[+-]?\\d+') THEN TRY_CAST(${text} AS BIGINT) END`
    case 'timestamp': return `CASE WHEN regexp_full_match(${text}, ${literal(ISO)}) THEN TRY_CAST(${part(1, '')} || ' ' || ${part(2, '00:00')} || ':' || ${part(3, '00')} || ${part(4, '')} || upper(${part(5, 'Z')}) AS TIMESTAMPTZ) END`
    default: return `TRY_CAST(${text} AS ${SQL_TYPE[type]})`
  }
}

/** Gives columns of text the types that are wanted. @throws SlipwayError `wrong_type`, naming row, column and value. */
async function readTexts(session: EngineSession, columns: readonly GivenColumn[], wanted: readonly WantedColumn[]): Promise<GivenColumn[]> {
  const read = wanted.map(w => ({ ...w, column: columns.find(c => c.name === w.name) as GivenColumn }))
  for (const { column, name, ...w } of read) {
    const [bad] = tableRows(await session.query(`SELECT n, ${column.sql} AS text FROM ${TABLE} WHERE ${column.sql} IS NOT NULL AND ${readSql(column.sql, { name, ...w })} IS NULL ORDER BY n LIMIT 1`))
    if (bad !== undefined) throw new SlipwayError('wrong_type', `Row ${Number(bad.n) + 1}, column ${name}: ${JSON.stringify(String(bad.text).slice(0, 80))} is no ${w.type === 'timestamp' ? 'time (ISO 8601)' : w.type}.`, { faults: [{ path: name, message: `must be ${w.type}` }] })
  }
  const replaced = read.map(({ column, ...w }) => `${readSql(column.sql, w)} AS ${column.sql}`)
  if (replaced.length > 0) await session.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} AS SELECT * REPLACE (${replaced.join(', ')}) FROM ${TABLE}`)
  return columns.map(c => { const w = read.find(r => r.name === c.name); return w === undefined ? c : { ...c, type: SQL_TYPE[w.type] } })
}

/** Of the columns, nested ones left out. The engine gives another name to a name that comes again. */
async function parquetNames(session: EngineSession, path: string): Promise<string[]> {
  const elements = tableRows(await session.query(`SELECT name, coalesce(num_children, 0)::BIGINT AS children FROM parquet_schema(${pathLiteral(path)})`))
  const names: string[] = []
  let inside = 0
  for (const { name, children } of elements.slice(1)) {
    if (inside === 0) names.push(String(name))
    else inside--
    inside += Number(children)
  }
  return names
}

async function csvNames(session: EngineSession, path: string): Promise<string[]> {
  const [header] = tableRows(await session.query(`SELECT * FROM read_csv(${pathLiteral(path)}, header = false, all_varchar = true, null_padding = false) LIMIT 1`))
  return header === undefined ? [] : Object.values(header).map(v => String(v ?? ''))
}

function assertNames(names: readonly string[]): void {
  const faults: Fault[] = []
  const seen = new Map<string, string>()
  for (const name of names) {
    const before = seen.get(name.toLowerCase())
    if (name === '') faults.push({ path: 'rows', message: 'have a column without a name' })
    else if (before !== undefined) faults.push({ path: name, message: before === name ? 'is the name of two columns' : `differs from the column ${before} in upper and lower case alone` })
    seen.set(name.toLowerCase(), name)
  }
  if (faults.length > 0) throw new SlipwayError('invalid_request', `Each column needs a name of its own: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}.`, { faults })
}

/** What the engine says, without the statement that it was asked. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/^The engine refused a statement: /, '').split(/\n\s*\n|\nLINE /)[0].replace(/'[^']*[\\/]([^'\\/]+)'/g, '$1').slice(0, 400)
}
