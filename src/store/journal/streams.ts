// The streams that the journal has seen, and their numbers within the open segment.
import { SlipwayError } from '../../core/errors.ts'
import type { Table } from '../../core/table.ts'
import type { Stream } from './journal.ts'

/** Columns that every sealed row has beside its stream's own. */
const RESERVED = ['sequence', 'recorded_at']

interface Known { columns: Stream['columns']; /** Within the open segment, null before its first rows there. */ id: number | null }

export class StreamTable {
  readonly #known = new Map<string, Known>()
  #ids = 0

  /** @throws SlipwayError `invalid_definition` for a stream that cannot be stored; `internal` when the rows are not of it. */
  check(stream: Stream, table: Table): void {
    const known = this.#known.get(stream.name)
    if (known === undefined) {
      assertStorable(stream)
      this.#known.set(stream.name, { columns: stream.columns, id: null })
    } else if (known.columns !== stream.columns && !sameColumns(known.columns, stream.columns)) {
      throw new SlipwayError('invalid_definition', `The stream ${stream.name} has other columns than before.`, { remedy: 'Give the stream a new name when its columns change.' })
    }
    const { columns } = stream
    let fits = table.columns.length === columns.length && (table.schema === columns || sameColumns(table.schema, columns))
    for (let k = 0; fits && k < columns.length; k++) fits = table.columns[k].type === columns[k].type && table.columns[k].values.length === table.rows
    if (!fits) throw new SlipwayError('internal', `Rows for the stream ${stream.name} do not have its columns.`)
  }

  /** The number of the stream in the open segment, null when it has none yet. */
  idOf(stream: Stream): number | null { return this.#known.get(stream.name)?.id ?? null }

  assign(stream: Stream): number {
    const id = ++this.#ids
    this.#known.set(stream.name, { columns: stream.columns, id })
    return id
  }

  beginSegment(): void {
    this.#ids = 0
    for (const known of this.#known.values()) known.id = null
  }
}

function sameColumns(a: Stream['columns'], b: Stream['columns']): boolean {
  return a.length === b.length && a.every((c, i) => c.name === b[i].name && c.type === b[i].type)
}

// Names of columns in SQL and Parquet do not differ by case alone.
function assertStorable(stream: Stream): void {
  const seen = new Set(RESERVED)
  for (const name of [stream.name, ...stream.columns.map(c => c.name)]) {
    if (name === '' || !name.isWellFormed() || name.includes('\0')) throw new SlipwayError('invalid_definition', `The stream ${JSON.stringify(stream.name)} has a name that cannot be stored: ${JSON.stringify(name)}.`)
  }
  for (const { name } of stream.columns) {
    const key = name.toLowerCase()
    if (seen.has(key)) throw new SlipwayError('invalid_definition', `The stream ${stream.name} has the column ${name} twice, or it is a name that the journal uses itself.`)
    seen.add(key)
  }
}
