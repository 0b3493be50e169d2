import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import { emptyColumn, type ColumnData, type Table } from '../../core/table.ts'
import { readRows, type Journal, type RowsBlock } from '../../store/index.ts'

/**
 * Rows of the journal as one table with their `sequence` (int64) first. Streams that lack a wanted column, or have it in another type, give nulls there.
 * @param columns what is wanted; default: the columns of the first stream found
 */
export async function collectRows(journal: Pick<Journal, 'read'>, options: { streams: string[]; from?: number; to?: number; columns?: readonly Column[] }): Promise<Table> {
  const blocks: RowsBlock[] = []
  let rows = 0
  for await (const block of readRows(journal, { streams: options.streams, from: options.from, to: options.to, columns: options.columns?.map(c => c.name) })) {
    blocks.push(block)
    rows += block.table.rows
  }
  const wanted = options.columns ?? blocks[0]?.stream.columns ?? []
  const schema: Column[] = [{ name: 'sequence', type: 'int64' }, ...wanted]
  const columns = schema.map(c => emptyColumn(c.type, rows))
  const sequences = columns[0].values as BigInt64Array
  let at = 0
  for (const { sequences: some, table } of blocks) {
    sequences.set(some, at)
    wanted.forEach((column, k) => { copy(table, column, columns[k + 1], at) })
    at += table.rows
  }
  return { rows, schema, columns }
}

function copy(from: Table, column: Column, to: ColumnData, at: number): void {
  const source = from.columns[from.schema.findIndex(c => c.name === column.name && c.type === column.type)]
  if (source === undefined) {
    missingOf(to).fill(0, at, at + from.rows)
    return
  }
  if (source.valid !== undefined) missingOf(to).set(source.valid, at)
  if (to.type === 'string') for (let i = 0; i < from.rows; i++) to.values[at + i] = source.values[i] as string
  else (to.values as Float64Array).set(source.values as Float64Array, at)
}

function missingOf(column: ColumnData): Uint8Array { return column.valid ??= new Uint8Array(column.values.length).fill(1) }

/** The column, or `invalid_request` naming it. */
export function requiredColumn(table: Table, name: string): ColumnData {
  const found = table.columns[table.schema.findIndex(c => c.name === name)]
  if (found === undefined) throw new SlipwayError('invalid_request', `The predictions lack the column ${name}.`)
  return found
}
