// Rows of one stream as a sealed segment stores them: sequence, recorded_at, then the stream's columns.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Column } from '../../core/schema.ts'
import { emptyColumn, type ColumnData, type Table } from '../../core/table.ts'
import type { Batch, Stream } from './journal.ts'
import { SLICE_ROWS, yieldTurn } from './leaf.ts'

export const SEQUENCE: Column = { name: 'sequence', type: 'int64' }
export const RECORDED_AT: Column = { name: 'recorded_at', type: 'timestamp' }

export function storedSchema(stream: Stream): Column[] { return [SEQUENCE, RECORDED_AT, ...stream.columns] }

/** `sequences` and times beside the stream's own columns. */
export interface StoredRows { sequences: BigInt64Array; recordedAt: Float64Array; table: Table }

/** @throws TypeError when the table is not of this stream. */
export function splitStored(stream: Stream, stored: Table): StoredRows {
  const expected = storedSchema(stream)
  expected.forEach((c, k) => {
    const found = stored.schema[k]
    if (found?.name !== c.name || found.type !== c.type) throw new TypeError(`column ${k + 1} should be ${c.name} (${c.type}), and is ${found === undefined ? 'missing' : `${found.name} (${found.type})`}`)
  })
  if (stored.schema.length !== expected.length) throw new TypeError(`it has ${stored.schema.length} columns in place of ${expected.length}`)
  const [sequence, recordedAt, ...columns] = stored.columns
  if (hasMissing(sequence) || hasMissing(recordedAt)) throw new TypeError('a row has no sequence or no time')
  return { sequences: sequence.values as BigInt64Array, recordedAt: recordedAt.values as Float64Array, table: { rows: stored.rows, schema: stream.columns, columns } }
}

function hasMissing(column: ColumnData): boolean { return column.valid?.includes(0) ?? false }

export async function joinBatches(stream: Stream, batches: Batch[]): Promise<Table> {
  const rows = batches.reduce((n, b) => n + b.table.rows, 0)
  const sequences = new BigInt64Array(rows)
  const recordedAt = new Float64Array(rows)
  const columns = stream.columns.map(c => emptyColumn(c.type, rows))
  let at = 0
  let turn = SLICE_ROWS
  for (const batch of batches) {
    if (at >= turn) { turn = at + SLICE_ROWS; await yieldTurn() }
    for (let i = 0; i < batch.table.rows; i++) sequences[at + i] = BigInt(batch.first + i)
    recordedAt.fill(batch.recordedAt, at, at + batch.table.rows)
    for (let k = 0; k < columns.length; k++) copyColumn(batch.table.columns[k], columns[k], at)
    at += batch.table.rows
  }
  return { rows, schema: storedSchema(stream), columns: [{ type: 'int64', values: sequences }, { type: 'timestamp', values: recordedAt }, ...columns] }
}

function copyColumn(from: ColumnData, to: ColumnData, at: number): void {
  if (from.type === 'string') for (let i = 0; i < from.values.length; i++) (to.values as string[])[at + i] = from.values[i]
  else (to.values as Float64Array).set(from.values as Float64Array, at)
  if (from.valid === undefined) return
  to.valid ??= new Uint8Array(to.values.length).fill(1)
  to.valid.set(from.valid, at)
}

/** The first row in which two tables differ (to the bit: −0 is not 0), or −1. Names and types must be equal. */
export function firstDifference(a: Table, b: Table): number {
  let first = a.rows === b.rows ? Infinity : Math.min(a.rows, b.rows)
  for (const [k, x] of a.columns.entries()) {
    const y = b.columns[k]
    for (let i = 0; i < Math.min(first, a.rows); i++) {
      const missing = x.valid?.[i] === 0
      if (missing !== (y.valid?.[i] === 0) || (!missing && !Object.is(x.values[i], y.values[i]))) { first = i; break }
    }
  }
  return first === Infinity ? -1 : first
}

export function sqlText(text: string): string { return `'${text.replaceAll("'", "''")}'` }

/** Rows of a Parquet file by sequence; `where` is a condition on it. @throws whatever the engine throws for a damaged file, TypeError. */
export async function readStored(session: EngineSession, stream: Stream, path: string, where = '', columns?: readonly string[]): Promise<StoredRows> {
  const some = columns === undefined ? stream : { name: stream.name, columns: stream.columns.filter(c => columns.includes(c.name)) }
  const selected = columns === undefined ? '*' : storedSchema(some).map(c => `"${c.name.replaceAll('"', '""')}"`).join(', ')
  return splitStored(some, await session.query(`SELECT ${selected} FROM read_parquet(${sqlText(path)})${where === '' ? '' : ` WHERE ${where}`} ORDER BY sequence`))
}
