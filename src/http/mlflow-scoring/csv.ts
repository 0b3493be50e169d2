// CSV with a line of names, as pandas writes it: values by the types that the endpoint takes.
import { isUtf8 } from 'node:buffer'
import { SlipwayError } from '../../core/errors.ts'
import { narrowInteger, type ColumnType, type Value } from '../../core/schema.ts'
import type { NamedColumns } from '../inference/json-rows.ts'

/** What pandas reads as missing. */
const MISSING = new Set(['', 'NA', 'N/A', '#N/A', 'n/a', 'NaN', 'nan', '-NaN', '-nan', 'NULL', 'null', 'None', '<NA>', '#NA', '1.#QNAN', '1.#IND', '-1.#QNAN', '-1.#IND', '#N/A N/A'])
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const INTEGER = /^[+-]?\d+$/

/**
 * Columns that are in `types`; others are left out.
 * @throws SlipwayError `invalid_request` for what is no CSV, naming the line.
 */
export function readCsv(bytes: Buffer, types: ReadonlyMap<string, ColumnType>): NamedColumns {
  if (!isUtf8(bytes)) throw refuse('is not UTF-8')
  const [names, ...lines] = records(bytes.toString('utf8').replace(/^\ufeff/, ''))
  if (names === undefined) throw refuse('is empty')
  if (lines.length === 0) throw refuse('has a line of names, and no rows')
  const repeated = names.find((n, k) => names.indexOf(n) !== k)
  if (repeated !== undefined) throw refuse(`names the column ${JSON.stringify(repeated.slice(0, 60))} twice`)
  lines.forEach((line, i) => { if (line.length !== names.length) throw refuse(`has ${names.length} names, and its row ${i + 1} has ${line.length} values`) })
  const kept = names.flatMap((name, k) => (types.has(name) ? [{ name, k, type: types.get(name) as ColumnType }] : []))
  return { rows: lines.length, columns: kept.map(({ name, k, type }) => ({ name, path: `csv.${name}`, elements: lines.map(line => readValue(line[k], type)) })) }
}

/** What does not read as its type stays text, for the check of the row to name. */
function readValue(text: string, type: ColumnType): Value {
  if (MISSING.has(text)) return null
  const trimmed = text.trim()
  switch (type) {
    case 'float64': return NUMBER.test(trimmed) ? Number(trimmed) : asBoolean(trimmed) ?? text
    case 'int64': return INTEGER.test(trimmed) ? narrowInteger(BigInt(trimmed.replace('+', ''))) : NUMBER.test(trimmed) ? Number(trimmed) : text
    case 'boolean': return asBoolean(trimmed) ?? (trimmed === '1' ? true : trimmed === '0' ? false : text)
    case 'timestamp': return INTEGER.test(trimmed) && trimmed.length > 4 ? Number(trimmed) : text
    case 'string': return text
  }
}

function asBoolean(text: string): boolean | null { return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : null }

/** RFC 4180: quotes double within quotes, lines end with CR, LF or both; empty lines are passed over. */
function records(text: string): string[][] {
  const out: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let value: string
    if (text[at] === '"') {
      let end = at + 1
      for (; ; end += 2) {
        end = text.indexOf('"', end)
        if (end < 0) throw refuse(`has a quote in its line ${out.length + 1} that does not end`)
        if (text[end + 1] !== '"') break
      }
      value = text.slice(at + 1, end).replaceAll('""', '"')
      at = end + 1
      if (at < text.length && !/[,\r\n]/.test(text[at])) throw refuse(`has text behind a quote in its line ${out.length + 1}`)
    } else {
      let end = at
      while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++
      value = text.slice(at, end)
      at = end
    }
    row.push(value)
    if (text[at] === ',') {
      at++
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') continue
      row.push('')
    }
    while (text[at] === '\r' || text[at] === '\n') at++
    if (row.length > 1 || row[0] !== '') out.push(row)
    row = []
  }
  return out
}

function refuse(message: string): SlipwayError {
  return new SlipwayError('invalid_request', `The CSV ${message}.`, { remedy: 'Send it as pandas.DataFrame.to_csv(index=False) writes it.' })
}
