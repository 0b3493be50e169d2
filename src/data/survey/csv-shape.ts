// How a delimited text is laid out: its delimiter, what stands before the table, and whether the first row names the columns.
import { CsvScanner, type CsvRecord } from './csv-records.ts'

export interface CsvShape {
  delimiter: string
  /** Records before the header, such as a title. */
  preamble: number
  /** Null when the first record is data. */
  header: string[] | null
  width: number
}

const DELIMITERS = [',', ';', '\t', '|']
/** Spaces cut prose too: they count only where nearly every line has as many, and at least three columns. */
const REGULAR = 0.98
const LOOKED_AT = 400

/** @param head the beginning of the text; its last line may be cut. Null when no delimiter gives a table of two columns. */
export function findShape(head: string, whole: boolean): CsvShape | null {
  let best: { shape: CsvShape; score: number } | null = null
  for (const delimiter of [...DELIMITERS, ' ']) {
    if (delimiter === ' ' && best !== null) break
    const records = firstRecords(head, delimiter, whole)
    const width = commonWidth(records)
    if (width < 2) continue
    const regular = records.filter(r => r.cells.length === width).length / records.length
    if (delimiter === ' ' && (width < 3 || records.length < 5 || regular < REGULAR)) continue
    // Regular first; among equally regular ones the one that cuts more.
    const score = regular + Math.min(width, 50) / 1_000
    if (best === null || score > best.score) best = { shape: shapeOf(records, delimiter, width), score }
  }
  return best?.shape ?? null
}

function firstRecords(head: string, delimiter: string, whole: boolean): CsvRecord[] {
  const scanner = new CsvScanner(delimiter)
  const records: CsvRecord[] = []
  for (const record of scanner.push(head)) { records.push(record); if (records.length >= LOOKED_AT) return records }
  if (whole || records.length === 0) records.push(...scanner.end())
  return records
}

/** The number of cells that most records have; wider ones win among equals. */
function commonWidth(records: readonly CsvRecord[]): number {
  const counts = new Map<number, number>()
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0
}

function shapeOf(records: readonly CsvRecord[], delimiter: string, common: number): CsvShape {
  // A title or a note before the table has fewer cells than half of it, or only one that says something.
  let preamble = 0
  while (preamble < Math.min(records.length - 1, 20) && isPreamble(records[preamble].cells, common)) preamble++
  const first = records[preamble].cells
  const named = first.filter(c => c.trim() !== '')
  const numbers = named.filter(c => /^[-+]?[\d.,' ]*\d[\d.,' ]*%?$/.test(c.trim())).length
  const header = named.length > 0 && numbers < named.length / 2 ? first.map(c => c.trim()) : null
  // A data row may end in a delimiter that the header lacks, or the reverse.
  const width = header === null ? common : Math.max(header.length, header.length >= common ? 0 : common)
  return { delimiter, preamble, header, width: header !== null && header.at(-1) === '' && common < header.length ? header.length - 1 : width }
}

function isPreamble(cells: readonly string[], width: number): boolean {
  const filled = cells.filter(c => c.trim() !== '').length
  return cells.length < Math.max(2, width / 2) || (width > 2 && filled <= 1)
}
