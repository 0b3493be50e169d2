// Dataset content (Parquet, CSV or JSON files under their digests) as relations of the engine.
import { SlipwayError } from '../core/errors.ts'
import type { EngineSession } from '../core/ports/engine.ts'
import type { Column } from '../core/schema.ts'
import { tableRows, type Table } from '../core/table.ts'
import type { BlobStore } from '../store/index.ts'
import { columnTypeOf, identifier, literal, normalized, pathLiteral, SQL_TYPE } from './sql.ts'

export type DatasetFormat = 'parquet' | 'csv' | 'json'

const EXTENSIONS: Record<string, DatasetFormat> = { parquet: 'parquet', csv: 'csv', tsv: 'csv', json: 'json', ndjson: 'json', jsonl: 'json' }

/** By the file's extension; null for one that is not known. */
export function formatOf(file: string): DatasetFormat | null {
  return EXTENSIONS[/\.([a-z]+)$/i.exec(file)?.[1].toLowerCase() ?? ''] ?? null
}

/** Rows of the files in order, with the columns as the files have them; with a schema, text formats are read as its types. */
export function filesSql(format: DatasetFormat, paths: readonly string[], schema?: readonly Column[]): string {
  const files = `[${paths.map(pathLiteral).join(', ')}]`
  const types = schema === undefined ? '' : `{${schema.map(c => `${literal(c.name)}: ${literal(SQL_TYPE[c.type])}`).join(', ')}}`
  switch (format) {
    case 'parquet': return `read_parquet(${files})`
    case 'csv': return `read_csv(${files}${types === '' ? ', sample_size = -1' : `, types = ${types}`}, header = true)`
    case 'json': return `read_json(${files}, format = 'auto'${types === '' ? ', sample_size = -1' : `, columns = ${types}`})`
  }
}

/** @throws SlipwayError `invalid_definition` for a column of a type that datasets do not have, or files that cannot be read. */
export async function describeFiles(session: EngineSession, format: DatasetFormat, paths: readonly string[], where: string): Promise<{ schema: Column[]; rows: number }> {
  const from = filesSql(format, paths)
  const described = await session.query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`).catch(refuse(where))
  const schema = tableRows(described).map((row): Column => {
    const type = columnTypeOf(String(row.column_type))
    if (type === null) throw new SlipwayError('invalid_definition', `${where}: column ${row.column_name} has the type ${row.column_type}; datasets hold numbers, text, true/false and times. Cast or leave out the column.`)
    return { name: String(row.column_name), type }
  })
  if (format === 'json') await recognizeTimes(session, from, schema)
  if (format === 'csv') await keepOtherTimesAsText(session, paths, schema).catch(refuse(where))
  const counted = await session.query(`SELECT count(*) AS n FROM ${filesSql(format, paths, schema)}`).catch(refuse(where))
  return { schema, rows: Number(tableRows(counted)[0].n) }
}

/** JSON has no times: text that is ISO 8601 with hours in every row is one. */
async function recognizeTimes(session: EngineSession, from: string, schema: Column[]): Promise<void> {
  const texts = schema.filter(c => c.type === 'string')
  if (texts.length === 0) return
  const isTime = (name: string): string => `regexp_full_match(${name}, '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}.*') AND try_cast(${name} AS TIMESTAMPTZ) IS NOT NULL`
  const [found] = tableRows(await session.query(`SELECT ${texts.map(c => `coalesce(bool_and(${isTime(`CAST(${identifier(c.name)} AS VARCHAR)`)}), false) AS ${identifier(c.name)}`).join(', ')} FROM ${from}`))
  for (const column of texts) if (found[column.name] === true) column.type = 'timestamp'
}

/**
 * The engine recognizes times in CSV that are not ISO 8601 (31/12/2013), and makes nothing of them where it is told that they are times. Whether such a date
 * begins with its day or its month is a guess besides: they stay text.
 */
async function keepOtherTimesAsText(session: EngineSession, paths: readonly string[], schema: Column[]): Promise<void> {
  const times = schema.filter(c => c.type === 'timestamp')
  if (times.length === 0) return
  const read = async (from: string): Promise<Table> => session.query(`SELECT ${times.map((c, i) => `count(${identifier(c.name)}) AS n${i}, min(epoch_us(${identifier(c.name)})) AS min${i}, max(epoch_us(${identifier(c.name)})) AS max${i}`).join(', ')} FROM ${from}`)
  const [found] = tableRows(await read(filesSql('csv', paths)))
  const [told] = tableRows(await read(filesSql('csv', paths, schema)))
  times.forEach((column, i) => { if ([`n${i}`, `min${i}`, `max${i}`].some(name => found[name] !== told[name])) column.type = 'string' })
}

function refuse(where: string): (cause: unknown) => never {
  return cause => { throw new SlipwayError('invalid_definition', `${where} cannot be read: ${cause instanceof Error ? cause.message.replace(/^The engine refused a statement: /, '') : String(cause)}`, { cause }) }
}

export interface DatasetContent { format: DatasetFormat; schema: Column[]; files: { digest: string }[] }

/** Columns that the engine's Parquet reader has beside those of a file. */
const ROW_IN_FILE = 'file_row_number'
const FILE = 'file_index'

export interface DatasetColumns {
  /** Default: all. */
  columns?: readonly Column[]
  /** A column with the row's number, from 0, in the order of the files. */
  rowColumn?: string
  /** A column with a number of the row's own that grows in that order: cheaper to find than its place among all rows. */
  placeColumn?: string
}

/** A SELECT of a dataset's rows: the named columns, each in its one type. */
export function datasetSql(content: DatasetContent, blobs: BlobStore, { columns = content.schema, rowColumn, placeColumn }: DatasetColumns = {}): string {
  const selected = columns.map(normalized)
  // A column of the file's own by such a name would be read in its place.
  const numbered = content.format === 'parquet' && !content.schema.some(c => [ROW_IN_FILE, FILE].includes(c.name.toLowerCase()))
  const counted = 'row_number() OVER () - 1'
  if (rowColumn !== undefined) selected.push(`${numbered && content.files.length === 1 ? ROW_IN_FILE : counted} AS ${identifier(rowColumn)}`)
  if (placeColumn !== undefined) selected.push(`${!numbered ? counted : content.files.length === 1 ? ROW_IN_FILE : `(CAST(${FILE} AS BIGINT) << 40) + ${ROW_IN_FILE}`} AS ${identifier(placeColumn)}`)
  return `SELECT ${selected.join(', ')} FROM ${filesSql(content.format, content.files.map(f => blobs.path(f.digest)), content.schema)}`
}
