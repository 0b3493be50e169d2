// A user's file as the temporary table `raw` of an engine session: `n` (0, 1, … in the order of the file) and c0, c1, …, nothing converted yet.
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SlipwayError } from '../../core/errors.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import { identifier, pathLiteral } from '../sql.ts'
import { CsvScanner, formatRecord } from './csv-records.ts'
import { findShape, type CsvShape } from './csv-shape.ts'
import { identifyFile, openText } from './text-file.ts'

/** What a raw column holds; `none` cannot be read and is not in the table. */
export type RawKind = 'text' | 'number' | 'boolean' | 'time' | 'none'

export interface RawColumn { original: string; kind: RawKind; sqlType: string }

export interface RawTable {
  /** The i-th is the engine's column c<i>. */
  columns: RawColumn[]
  rows: number
  /** How the file was read, for the record and for people. */
  reading: { format: 'parquet' | 'csv'; encoding?: string; delimiter?: string; header?: boolean; notes: string[] }
}

const HEAD = 1 << 20
const MOST_COLUMNS = 2_000
/** Bytes; the engine sets aside sixteen times as many. */
const LINE = 1 << 20

/**
 * Reads a CSV or Parquet file into `raw`.
 * @throws SlipwayError `not_found`, `invalid_request` for what is no table.
 */
export async function openRaw(session: EngineSession, path: string): Promise<RawTable> {
  return await identifyFile(path) === 'parquet' ? openParquet(session, path) : openCsv(session, path)
}

async function openParquet(session: EngineSession, path: string): Promise<RawTable> {
  const from = `read_parquet(${pathLiteral(path)})`
  const described = await session.query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`).catch((cause: unknown) => {
    throw new SlipwayError('invalid_request', `${basename(path)} is no Parquet file that can be read: ${cause instanceof Error ? cause.message.replace(/^The engine refused a statement: /, '').split('\n', 1)[0] : String(cause)}`, { cause, remedy: 'Write it again with the program that made it, or name a CSV.' })
  })
  const columns = tableRows(described).map((row): RawColumn => ({ original: String(row.column_name), sqlType: String(row.column_type), kind: kindOf(String(row.column_type)) }))
  requireColumns(columns.length, path)
  const selected = columns.flatMap((c, i) => (c.kind === 'none' ? [] : [`${nativeSql(c)} AS c${i}`]))
  if (selected.length === 0) throw new SlipwayError('invalid_request', `${basename(path)} has only nested columns, which no model reads.`, { remedy: 'Write their members as columns of their own.' })
  await session.run(`CREATE OR REPLACE TEMP TABLE raw AS SELECT row_number() OVER () - 1 AS n, ${selected.join(', ')} FROM ${from}`)
  const [{ rows }] = tableRows(await session.query('SELECT count(*) AS rows FROM raw'))
  return { columns, rows: Number(rows), reading: { format: 'parquet', notes: [] } }
}

function kindOf(type: string): RawKind {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|TIME|TIME WITH TIME ZONE)$/.test(type)) return 'number'
  if (/^(VARCHAR|UUID|ENUM\(.*\))$/.test(type)) return 'text'
  if (/^(TIMESTAMP.*|DATE)$/.test(type)) return 'time'
  return type === 'BOOLEAN' ? 'boolean' : 'none'
}

/** As one of the types that a cleaned table has. A time of day is the hours since midnight. */
function nativeSql({ original, kind, sqlType }: RawColumn): string {
  const name = identifier(original)
  if (kind === 'text') return `CAST(${name} AS VARCHAR)`
  if (kind === 'time') return `CASE WHEN isfinite(CAST(${name} AS TIMESTAMP)) THEN CAST(CAST(${name} AS TIMESTAMP) AS TIMESTAMPTZ) END`
  if (sqlType.startsWith('TIME')) return `epoch(${name}) / 3600.0`
  return /^(TINY|SMALL|BIG)?INT(EGER)?$|^U(TINYINT|SMALLINT|INTEGER)$/.test(sqlType) ? `CAST(${name} AS BIGINT)` : kind === 'boolean' ? name : `CAST(${name} AS DOUBLE)`
}

/** The text is written again in a regular form, which the engine then reads on all cores. */
async function openCsv(session: EngineSession, path: string): Promise<RawTable> {
  const { encoding, pieces } = await openText(path)
  const { head, whole } = await readHead(pieces())
  const shape = findShape(head, whole)
  if (shape === null) throw new SlipwayError('invalid_request', `${basename(path)} is no table: no comma, semicolon, tab or bar cuts its lines into columns.`, { remedy: 'Name a CSV with a header row and at least two columns, or a Parquet file.' })
  requireColumns(shape.width, path)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-survey-'))
  try {
    const file = join(folder, 'regular.csv')
    const counts = { rows: 0, short: 0, long: 0, empty: 0, repeated: 0, longest: 0 }
    await pipeline(regularText(pieces(), shape, counts), createWriteStream(file))
    if (counts.rows === 0) throw new SlipwayError('invalid_request', `${basename(path)} has a header and no rows.`, { remedy: 'Bring rows with an outcome: at least 100.' })
    const types = Array.from({ length: shape.width }, (_, i) => `'c${i}': 'VARCHAR'`).join(', ')
    const options = `header = false, delim = '${shape.delimiter === '\t' ? '\\t' : shape.delimiter}', quote = '"', escape = '"', new_line = '\\n', auto_detect = false, max_line_size = ${Math.max(LINE, counts.longest * 4 + 16)}, columns = {${types}}`
    await session.run(`CREATE OR REPLACE TEMP TABLE raw AS SELECT row_number() OVER () - 1 AS n, * FROM read_csv(${pathLiteral(file)}, ${options})`)
    const [{ rows }] = tableRows(await session.query('SELECT count(*) AS rows FROM raw'))
    if (Number(rows) !== counts.rows) throw new SlipwayError('internal', `${basename(path)} has ${counts.rows} records, and the engine read ${Number(rows)}.`)
    const columns = Array.from({ length: shape.width }, (_, i): RawColumn => ({ original: shape.header?.[i] ?? '', kind: 'text', sqlType: 'VARCHAR' }))
    return { columns, rows: counts.rows, reading: { format: 'csv', encoding, delimiter: shape.delimiter, header: shape.header !== null, notes: notesOf(shape, encoding, counts) } }
  } finally { await rm(folder, { recursive: true, force: true }) }
}

interface Counts { rows: number; short: number; long: number; empty: number; repeated: number; /** Characters of the longest record. */ longest: number }

async function* regularText(pieces: AsyncIterable<string>, shape: CsvShape, counts: Counts): AsyncGenerator<string> {
  const { delimiter, width, header } = shape
  const scanner = new CsvScanner(delimiter)
  let skip = shape.preamble + (header === null ? 0 : 1)
  const headerText = header?.join('\u0000')
  let lines: string[] = []
  const put = (line: string): void => {
    if (line.length > counts.longest) counts.longest = line.length
    lines.push(line)
  }
  const take = (cells: string[], raw: string | null): void => {
    if (skip > 0) { skip--; return }
    if (headerText !== undefined && cells.length >= width && cells.map(c => c.trim()).join('\u0000') === headerText) { counts.repeated++; return }
    if (cells.every(c => c.trim() === '')) { counts.empty++; return }
    counts.rows++
    if (cells.length === width && raw !== null) { put(raw); return }
    if (cells.length < width) counts.short++
    else if (cells.slice(width).some(c => c.trim() !== '')) counts.long++
    put(formatRecord(Array.from({ length: width }, (_, i) => cells[i] ?? ''), delimiter))
  }
  for await (const piece of pieces) {
    for (const { cells, raw } of scanner.push(piece)) take(cells, raw)
    if (lines.length > 0) yield `${lines.join('\n')}\n`
    lines = []
  }
  for (const { cells, raw } of scanner.end()) take(cells, raw)
  if (lines.length > 0) yield `${lines.join('\n')}\n`
}

function notesOf(shape: CsvShape, encoding: string, counts: Counts): string[] {
  const rows = (n: number): string => (n === 1 ? '1 row' : `${n.toLocaleString('en')} rows`)
  const notes: string[] = []
  if (encoding !== 'utf-8') notes.push(`read as ${encoding}: it is not UTF-8`)
  if (shape.preamble > 0) notes.push(`${rows(shape.preamble)} before the header left out`)
  if (shape.header === null) notes.push('no header: the columns are numbered')
  if (counts.empty > 0) notes.push(`${rows(counts.empty)} without any value left out`)
  if (counts.repeated > 0) notes.push(`${rows(counts.repeated)} that ${counts.repeated === 1 ? 'repeats' : 'repeat'} the header left out`)
  if (counts.short > 0) notes.push(`${rows(counts.short)} with too few cells: the last ones are missing`)
  if (counts.long > 0) notes.push(`${rows(counts.long)} with more cells than columns: the surplus is left out`)
  return notes
}

async function readHead(pieces: AsyncIterable<string>): Promise<{ head: string; whole: boolean }> {
  let head = ''
  for await (const piece of pieces) {
    head += piece
    if (head.length >= HEAD) return { head: head.slice(0, HEAD), whole: false }
  }
  return { head, whole: true }
}

function requireColumns(columns: number, path: string): void {
  if (columns < 2) throw new SlipwayError('invalid_request', `${basename(path)} has one column; a model needs a target and something to predict it from.`, { remedy: 'Name a table with at least two columns.' })
  if (columns > MOST_COLUMNS) throw new SlipwayError('invalid_request', `${basename(path)} has more than ${MOST_COLUMNS.toLocaleString('en')} columns, which is the most that is taken.`, { remedy: 'Write a table of those that matter, with the target among them.' })
}
