// The leaf of a row in its segment's tree: the canonical JSON of {recordedAt, sequence, stream, values}.
import { canonicalInteger, canonicalNumber, canonicalString, canonicalize } from '../../core/canonical.ts'
import type { Row } from '../../core/schema.ts'
import type { ColumnData, Table } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { Stream } from './journal.ts'

/** Rows worked on before the event loop gets its turn: about 3 ms. */
export const SLICE_ROWS = 256

/** What is hashed for a row, as text: anybody can make it from the row's typed columns. A missing value is null. */
export function leafText(stream: string, sequence: number, recordedAt: Micros, row: Row): string {
  return canonicalize({ recordedAt, sequence, stream, values: row })
}

/** The same for rows of a table, without making row objects: names are sorted and quoted once a stream. */
export function leafWriter(stream: Stream): (sequence: number, recordedAt: Micros, table: Table, i: number) => string {
  const order = stream.columns.map((c, k) => ({ name: c.name, k })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const keys = order.map(({ name }, j) => `${j === 0 ? '' : ','}${canonicalString(name, false)}:`)
  const middle = `,"stream":${canonicalString(stream.name)},"values":{`
  return (sequence, recordedAt, table, i) => {
    let text = `{"recordedAt":${canonicalNumber(recordedAt)},"sequence":${sequence}${middle}`
    for (let j = 0; j < order.length; j++) text += keys[j] + canonicalValue(table.columns[order[j].k], i)
    return `${text}}}`
  }
}

function canonicalValue(column: ColumnData, i: number): string {
  if (column.valid !== undefined && column.valid[i] === 0) return 'null'
  switch (column.type) {
    case 'int64': return canonicalInteger(column.values[i])
    case 'boolean': return column.values[i] === 0 ? 'false' : 'true'
    case 'string': return canonicalString(column.values[i])
    default: return canonicalNumber(column.values[i])
  }
}

/** Lets other work have its turn. */
export function yieldTurn(): Promise<void> { return new Promise(resolve => { setImmediate(resolve) }) }
