import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import { emptyColumn, getValue, setValue, type ColumnData, type Table } from '../../core/table.ts'
import type { Batch, Journal } from '../../store/index.ts'

/**
 * Rows of the journal as one table with their `sequence` (int64) first. Streams that lack a wanted column, or have it in another type, give nulls there.
 * @param columns what is wanted; default: the columns of the first stream found
 */
export async function collectRows(journal: Pick<Journal, 'read'>, options: { streams: string[]; from?: number; to?: number; columns?: readonly Column[] }): Promise<Table> {
  const batches: Batch[] = []
  let rows = 0
  for await (const batch of journal.read({ streams: options.streams, from: options.from, to: options.to })) {
    batches.push(batch)
    rows += batch.table.rows
  }
  const wanted = options.columns ?? batches[0]?.stream.columns ?? []
  const schema: Column[] = [{ name: 'sequence', type: 'int64' }, ...wanted]
  const columns = schema.map(c => emptyColumn(c.type, rows))
  const sequences = columns[0].values as BigInt64Array
  let at = 0
  for (const { first, table } of batches) {
    for (let i = 0; i < table.rows; i++) sequences[at + i] = BigInt(first + i)
    wanted.forEach((column, k) => { copy(table, column, columns[k + 1], at) })
    at += table.rows
  }
  return { rows, schema, columns }
}

function copy(from: Table, column: Column, to: ColumnData, at: number): void {
  const source = from.columns[from.schema.findIndex(c => c.name === column.name && c.type === column.type)]
  for (let i = 0; i < from.rows; i++) {
    const value = source === undefined ? null : getValue(source, i)
    if (value === null) setValue(to, at + i, null)
    else to.values[at + i] = source.values[i] as never
  }
}

/** The column, or `invalid_request` naming it. */
export function requiredColumn(table: Table, name: string): ColumnData {
  const found = table.columns[table.schema.findIndex(c => c.name === name)]
  if (found === undefined) throw new SlipwayError('invalid_request', `The predictions lack the column ${name}.`)
  return found
}
