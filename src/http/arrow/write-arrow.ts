// Tables as an Arrow IPC stream: one record batch each.
import type { Data, Field, RecordBatch, Schema, Struct } from 'apache-arrow'
import type { Column } from '../../core/schema.ts'
import type { ColumnData, Table } from '../../core/table.ts'
import { loadArrow, type Arrow } from './load-arrow.ts'

/** What ends a stream: a mark that a message follows, and no length. */
const END = 8

/**
 * The bytes of a stream as tables come; each has the same schema. Times are microseconds in UTC. One table is held at a time: the package's own writer would
 * take all of them, however slowly they are read.
 */
export async function* writeArrow(tables: AsyncIterable<Table>): AsyncGenerator<Uint8Array> {
  const arrow = await loadArrow()
  let head = 0
  let end: Uint8Array | null = null
  for await (const table of tables) {
    const batch = batchOf(arrow, table)
    if (end === null) {
      const empty = arrow.tableToIPC(new arrow.Table(batch.schema), 'stream')
      head = empty.length - END
      end = empty.subarray(head)
      yield empty.subarray(0, head)
    }
    if (table.rows > 0) yield arrow.tableToIPC(new arrow.Table(batch.schema, batch), 'stream').subarray(head, -END)
  }
  if (end !== null) yield end
}

function batchOf(arrow: Arrow, table: Table): RecordBatch {
  const fields = table.schema.map(c => new arrow.Field(c.name, typeOf(arrow, c), true))
  const children = table.columns.map((column, k) => dataOf(arrow, column, fields[k], table.rows))
  const struct = new arrow.Struct(fields) as Struct
  return new arrow.RecordBatch(new arrow.Schema(fields) as Schema, arrow.makeData({ type: struct, length: table.rows, nullCount: 0, children }) as never)
}

function typeOf(arrow: Arrow, { type }: Column): Field['type'] {
  switch (type) {
    case 'float64': return new arrow.Float64()
    case 'int64': return new arrow.Int64()
    case 'boolean': return new arrow.Bool()
    case 'string': return new arrow.Utf8()
    case 'timestamp': return new arrow.Timestamp(arrow.TimeUnit.MICROSECOND, 'UTC')
  }
}

function dataOf({ makeData }: Arrow, column: ColumnData, { type }: Field, length: number): Data {
  const { bits: nullBitmap, zeros: nullCount } = column.valid === undefined ? { bits: undefined, zeros: 0 } : pack(column.valid)
  const shared = { type: type as never, length, nullCount, nullBitmap }
  switch (column.type) {
    case 'timestamp': return makeData({ ...shared, data: BigInt64Array.from(column.values, (v, i) => (column.valid?.[i] === 0 ? 0n : BigInt(v))) as never })
    case 'boolean': return makeData({ ...shared, data: pack(column.values).bits as never })
    case 'string': {
      const offsets = new Int32Array(length + 1)
      const parts = column.values.map((text, i) => { const part = Buffer.from(column.valid?.[i] === 0 ? '' : text); offsets[i + 1] = offsets[i] + part.length; return part })
      return makeData({ ...shared, valueOffsets: offsets as never, data: Buffer.concat(parts) as never })
    }
    default: return makeData({ ...shared, data: column.values as never })
  }
}

/** Bytes that are 0 or not, as bits. */
function pack(bytes: Uint8Array): { bits: Uint8Array; zeros: number } {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8))
  let zeros = 0
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0) zeros++
    else bits[i >> 3] |= 1 << (i & 7)
  }
  return { bits, zeros }
}
