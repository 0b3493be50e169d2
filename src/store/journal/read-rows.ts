import { emptyColumn } from '../../core/table.ts'
import type { Batch, Journal, RowsBlock, RowsQuery, SegmentedJournal } from './journal.ts'

/** Rows in blocks, from any journal: one that cannot give blocks gives its frames, one block each. */
export function readRows(journal: Pick<Journal, 'read'> & Partial<Pick<SegmentedJournal, 'readRows'>>, query: RowsQuery = {}): AsyncIterable<RowsBlock> {
  return journal.readRows === undefined ? framesAsBlocks(journal, query) : journal.readRows(query)
}

async function* framesAsBlocks(journal: Pick<Journal, 'read'>, { columns, ...range }: RowsQuery): AsyncGenerator<RowsBlock> {
  for await (const batch of journal.read(range)) yield blockOf(batch, columns)
}

/** A frame as a block, with the named columns only. */
export function blockOf({ stream, first, recordedAt, table }: Batch, columns?: readonly string[]): RowsBlock {
  const sequences = emptyColumn('int64', table.rows).values as BigInt64Array
  for (let i = 0; i < table.rows; i++) sequences[i] = BigInt(first + i)
  const times = new Float64Array(table.rows).fill(recordedAt)
  if (columns === undefined) return { stream, stretch: first, sequences, recordedAt: times, table }
  const places = table.schema.flatMap((c, k) => (columns.includes(c.name) ? [k] : []))
  return { stream, stretch: first, sequences, recordedAt: times, table: { rows: table.rows, schema: places.map(k => table.schema[k]), columns: places.map(k => table.columns[k]) } }
}
