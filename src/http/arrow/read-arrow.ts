// An Arrow IPC stream as a table.
import type { Data, DataType, Field, Vector } from 'apache-arrow'
import { SlipwayError } from '../../core/errors.ts'
import type { Column, ColumnType } from '../../core/schema.ts'
import { emptyColumn, setValue, type ColumnData, type Table } from '../../core/table.ts'
import { loadArrow, type Arrow } from './load-arrow.ts'

/** Microseconds of a unit of time, or units of a microsecond. */
const UNITS: readonly ({ multiply: bigint } | { divide: bigint })[] = [{ multiply: 1_000_000n }, { multiply: 1_000n }, { multiply: 1n }, { divide: 1_000n }]
const DAY = 86_400_000_000

/**
 * Integers of every width are int64, floats float64, text and dictionaries of text string, times and dates timestamp.
 * @throws SlipwayError `invalid_request` for bytes that are no such stream, `wrong_type` for columns of other types, `value_out_of_range`.
 */
export async function readArrow(bytes: Uint8Array): Promise<Table> {
  const arrow = await loadArrow()
  let read: InstanceType<Arrow['Table']>
  try { read = arrow.tableFromIPC(bytes) } catch (cause) {
    throw new SlipwayError('invalid_request', `The rows are no Arrow IPC stream: ${(cause as Error).message.slice(0, 200)}.`, { cause, remedy: 'With pyarrow: pa.ipc.new_stream(sink, table.schema).' })
  }
  const schema = read.schema.fields.map((field): Column => ({ name: field.name, type: typeOf(arrow, field) }))
  const columns = schema.map(({ name, type }, k): ColumnData => {
    const column = emptyColumn(type, read.numRows)
    const vector = read.getChildAt(k) as Vector | null
    let at = 0
    for (const data of vector?.data ?? []) {
      const value = readerOf(arrow, data, name, at)
      for (let i = 0; i < data.length; i++) setValue(column, at + i, data.getValid(i) ? value(i) : null)
      at += data.length
    }
    // Some writers leave out a column in which nothing stands.
    for (; at < read.numRows; at++) setValue(column, at, null)
    return column
  })
  return { rows: read.numRows, schema, columns }
}

function typeOf({ Type }: Arrow, field: Field): ColumnType {
  const type = field.type as DataType
  const whole = type as unknown as { bitWidth: number; isSigned: boolean }
  switch (type.typeId) {
    case Type.Int:
      if (whole.bitWidth < 64 || whole.isSigned) return 'int64'
      break
    case Type.Float: return 'float64'
    case Type.Bool: return 'boolean'
    case Type.Utf8: case Type.LargeUtf8: case Type.Null: return 'string'
    case Type.Timestamp: case Type.Date: return 'timestamp'
    case Type.Dictionary: {
      const { dictionary } = type as unknown as { dictionary: DataType }
      if (dictionary.typeId === Type.Utf8 || dictionary.typeId === Type.LargeUtf8) return 'string'
      break
    }
  }
  throw new SlipwayError('wrong_type', `The column ${field.name} has the Arrow type ${String(type)}, which rows sent as Arrow cannot have.`, { faults: [{ path: field.name, message: `has the type ${String(type)}` }], remedy: 'Send Parquet, which brings every column back as it was, or cast or leave out the column.' })
}

/** Values that are there, of one batch. */
function readerOf({ Type, makeVector }: Arrow, data: Data, name: string, first: number): (i: number) => number | bigint | boolean | string | null {
  const outside = (i: number): never => { throw new SlipwayError('value_out_of_range', `Row ${first + i + 1}, column ${name}: the time is beyond the years that can be told exactly.`, { faults: [{ path: name, message: 'is out of range' }] }) }
  switch (data.typeId) {
    case Type.Timestamp: {
      const unit = UNITS[(data.type as unknown as { unit: number }).unit]
      const values = data.values as BigInt64Array
      return i => {
        const v = values[i]
        const micros = 'multiply' in unit ? v * unit.multiply : v / unit.divide - (v < 0n && v % unit.divide !== 0n ? 1n : 0n)
        return Number.isSafeInteger(Number(micros)) ? Number(micros) : outside(i)
      }
    }
    case Type.Date: {
      const values = data.values as Int32Array | BigInt64Array
      const factor = values instanceof Int32Array ? DAY : 1_000
      return i => { const micros = Number(values[i]) * factor; return Number.isSafeInteger(micros) ? micros : outside(i) }
    }
    case Type.Int: { const values = data.values as BigInt64Array | Int32Array; return i => values[i] }
    case Type.Float: {
      const vector = makeVector(data as never) as Vector
      return i => vector.get(i) as number
    }
    case Type.Null: return () => null
    default: {
      const vector = makeVector(data as never) as Vector
      return i => vector.get(i) as string | boolean
    }
  }
}
