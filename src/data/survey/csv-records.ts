// Records of delimited text as people's programs write it: lenient where RFC 4180 is strict, and nothing is lost on the way.

/** Lines that a quoted cell may span; after that, its opening quote was a character of the text. */
const MOST_LINES = 500
const MOST_CHARACTERS = 200_000

/** Cells of one record; `raw` is its line where that can be passed on as it is. */
export interface CsvRecord { cells: string[]; raw: string | null }

/**
 * Cuts text that comes in pieces into records. A quote opens a cell only at its beginning, and closes it only before a delimiter or the end of
 * the line; any other quote is text. Empty lines are no records.
 */
export class CsvScanner {
  readonly #delimiter: string
  #rest = ''
  #ended = false

  constructor(delimiter: string) { this.#delimiter = delimiter }

  /** The records that are complete with this piece. */
  *push(text: string): Generator<CsvRecord> {
    this.#rest += text
    yield* this.#take()
  }

  /** The last record, which has no line end. */
  *end(): Generator<CsvRecord> {
    this.#ended = true
    yield* this.#take()
  }

  *#take(): Generator<CsvRecord> {
    const text = this.#rest
    const lines = new Lines(text, this.#ended)
    let at = 0
    for (;;) {
      const next = lines.next(at)
      if (next === null) break
      const line = text.slice(at, next.end)
      if (!line.includes('"')) {
        at = next.after
        if (line.trim() !== '') yield { cells: line.split(this.#delimiter), raw: line }
        continue
      }
      const quoted = readQuoted(text, at, this.#delimiter, lines)
      if (quoted === null) break
      at = quoted.after
      yield { cells: quoted.cells, raw: null }
    }
    this.#rest = text.slice(at)
  }
}

class Lines {
  readonly ended: boolean
  readonly #text: string
  /** The next carriage return, looked for once: most texts have none. */
  #return = -1

  constructor(text: string, ended: boolean) { this.#text = text; this.ended = ended }

  /** End of the line that `at` lies in, and where the next one begins; null when it may go on in the next piece. */
  next(at: number): { end: number; after: number } | null {
    const text = this.#text
    if (at >= text.length) return null
    if (this.#return < at) {
      const found = text.indexOf('\r', at)
      this.#return = found < 0 ? Number.POSITIVE_INFINITY : found
    }
    const feed = text.indexOf('\n', at)
    // A lone carriage return ends lines of old files.
    if (this.#return < (feed < 0 ? text.length : feed)) {
      const end = this.#return
      if (end === text.length - 1 && !this.ended) return null
      return { end, after: text[end + 1] === '\n' ? end + 2 : end + 1 }
    }
    if (feed < 0) return this.ended ? { end: text.length, after: text.length } : null
    return { end: feed, after: feed + 1 }
  }
}

/** One record with quotes in it; null when it may go on in the next piece. */
function readQuoted(text: string, from: number, delimiter: string, lines: Lines): { cells: string[]; after: number } | null {
  const cells: string[] = []
  let at = from
  for (;;) {
    let start = at
    while (text[start] === ' ') start++
    const cell = text[start] === '"' ? closeQuote(text, start, delimiter, lines.ended) : undefined
    if (cell === null) return null
    if (cell !== undefined && cell !== 'text') {
      cells.push(cell.value)
      at = cell.after
    } else {
      const line = lines.next(at)
      if (line === null && at < text.length) return null
      const lineEnd = line?.end ?? at
      const cut = text.indexOf(delimiter, at)
      const end = cut >= 0 && cut < lineEnd ? cut : lineEnd
      cells.push(text.slice(at, end))
      at = end
    }
    if (text.startsWith(delimiter, at)) { at += delimiter.length; continue }
    if (at >= text.length) return lines.ended ? { cells, after: at } : null
    return { cells, after: text.startsWith('\r\n', at) ? at + 2 : at + 1 }
  }
}

/** The quoted cell that begins at `start`; `text` when the quote is only a character; null when it may close in the next piece. */
function closeQuote(text: string, start: number, delimiter: string, ended: boolean): { value: string; after: number } | 'text' | null {
  let value = ''
  let stray = false
  let at = start + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) {
      if (ended || isTooLong(text, start, text.length)) return 'text'
      return null
    }
    if (isTooLong(text, start, quote)) return 'text'
    value += text.slice(at, quote)
    if (text[quote + 1] === '"') { value += '"'; at = quote + 2; continue }
    let after = quote + 1
    while (text[after] === ' ') after++
    if (after >= text.length && !ended) return null
    if (after >= text.length || text.startsWith(delimiter, after) || text[after] === '\n' || text[after] === '\r') return stray && value.includes('\n') ? 'text' : { value, after }
    // Such a quote within one line is text; over several lines it is more likely that the cell was never quoted.
    value += '"'
    stray = true
    at = quote + 1
  }
}

function isTooLong(text: string, from: number, to: number): boolean {
  if (to - from > MOST_CHARACTERS) return true
  let lines = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) if (++lines > MOST_LINES) return true
  return false
}

/** One record as RFC 4180 has it. */
export function formatRecord(cells: readonly string[], delimiter: string): string {
  return cells.map(cell => (cell.includes('"') || cell.includes(delimiter) || cell.includes('\n') || cell.includes('\r') ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter)
}
