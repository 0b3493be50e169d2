// Results of DuckDB as tables: a typed array per column, filled vector by vector.
import { DuckDBTypeId, type DuckDBDecimalType, type DuckDBMaterializedResult, type DuckDBVector } from '@duckdb/node-api'
import { SlipwayError } from '../../../core/errors.ts'
import type { ColumnType } from '../../../core/schema.ts'
import { emptyColumn, type ColumnData, type Table } from '../../../core/table.ts'
import { openTexts } from './texts.ts'
import { openVector, readMissing } from './vectors.ts'

/** Copies `rows` values of a vector into the column from `at` on. */
type Copy = (vector: DuckDBVector, rows: number, column: ColumnData, at: number) => void

const floats: Copy = (vector, rows, column, at) => {
  const { items } = openVector(vector)
  const out = column.values as Float64Array
  for (let i = 0; i < rows; i++) out[at + i] = items[i] as number
}
const integers: Copy = (vector, rows, column, at) => {
  const { items } = openVector(vector)
  const out = column.values as BigInt64Array
  if (items instanceof BigInt64Array) out.set(items.subarray(0, rows), at)
  else for (let i = 0; i < rows; i++) out[at + i] = BigInt(items[i])
}
const texts: Copy = (vector, rows, column, at) => {
  const out = column.values as string[]
  const items = openTexts(vector)
  if (items !== null) {
    const { validity } = openVector(vector)
    const bits = validity.data === null ? null : new Uint8Array(validity.data.buffer, validity.data.byteOffset, validity.data.byteLength)
    for (let i = 0; i < rows; i++) if (bits === null || (bits[(validity.offset + i) >> 3] & (1 << ((validity.offset + i) & 7))) !== 0) out[at + i] = items(i)
    return
  }
  for (let i = 0; i < rows; i++) { const v = vector.getItem(i); out[at + i] = v === null ? '' : String(v) }
}
const booleans: Copy = (vector, rows, column, at) => {
  const { bytes } = openVector(vector)
  for (let i = 0; i < rows; i++) (column.values as Uint8Array)[at + i] = bytes?.getUint8(i) === 0 ? 0 : 1
}
/** Times in other units as whole microseconds; nanoseconds are cut off. */
const times = (multiply: number, divide = 1n): Copy => (vector, rows, column, at) => {
  const { items } = openVector(vector)
  const out = column.values as Float64Array
  for (let i = 0; i < rows; i++) {
    const v = items[i]
    out[at + i] = typeof v === 'number' ? v * multiply : divide === 1n ? Number(v) * multiply : Number(v / divide - (v < 0n && v % divide !== 0n ? 1n : 0n))
  }
}
const decimals: Copy = (vector, rows, column, at) => {
  const out = column.values as Float64Array
  const scale = (vector.type as DuckDBDecimalType).scale
  for (let i = 0; i < rows; i++) {
    const v = vector.getItem(i) as { value: bigint } | null
    if (v === null) continue
    // Through decimal text, so that the nearest double is taken.
    out[at + i] = Number(`${v.value}e-${scale}`)
  }
}

const READERS: Partial<Record<DuckDBTypeId, { type: ColumnType; copy: Copy }>> = {
  [DuckDBTypeId.BOOLEAN]: { type: 'boolean', copy: booleans },
  [DuckDBTypeId.TINYINT]: { type: 'int64', copy: integers },
  [DuckDBTypeId.SMALLINT]: { type: 'int64', copy: integers },
  [DuckDBTypeId.INTEGER]: { type: 'int64', copy: integers },
  [DuckDBTypeId.BIGINT]: { type: 'int64', copy: integers },
  [DuckDBTypeId.UTINYINT]: { type: 'int64', copy: integers },
  [DuckDBTypeId.USMALLINT]: { type: 'int64', copy: integers },
  [DuckDBTypeId.UINTEGER]: { type: 'int64', copy: integers },
  [DuckDBTypeId.FLOAT]: { type: 'float64', copy: floats },
  [DuckDBTypeId.DOUBLE]: { type: 'float64', copy: floats },
  [DuckDBTypeId.DECIMAL]: { type: 'float64', copy: decimals },
  [DuckDBTypeId.VARCHAR]: { type: 'string', copy: texts },
  [DuckDBTypeId.ENUM]: { type: 'string', copy: texts },
  [DuckDBTypeId.UUID]: { type: 'string', copy: texts },
  [DuckDBTypeId.TIMESTAMP]: { type: 'timestamp', copy: times(1) },
  [DuckDBTypeId.TIMESTAMP_TZ]: { type: 'timestamp', copy: times(1) },
  [DuckDBTypeId.TIMESTAMP_S]: { type: 'timestamp', copy: times(1_000_000) },
  [DuckDBTypeId.TIMESTAMP_MS]: { type: 'timestamp', copy: times(1_000) },
  [DuckDBTypeId.TIMESTAMP_NS]: { type: 'timestamp', copy: times(1, 1_000n) },
  [DuckDBTypeId.DATE]: { type: 'timestamp', copy: times(86_400_000_000) },
  [DuckDBTypeId.SQLNULL]: { type: 'string', copy: () => {} },
}

/** @throws SlipwayError `internal` for a column of a type that tables do not have (HUGEINT, lists, …). */
export async function readResult(result: DuckDBMaterializedResult): Promise<Table> {
  const names = result.deduplicatedColumnNames()
  const readers = names.map((name, k) => {
    const reader = READERS[result.columnTypeId(k)]
    if (reader === undefined) throw new SlipwayError('internal', `Column ${name} of a query has the type ${result.columnType(k)}, which tables do not have; cast it.`)
    return reader
  })
  const rows = result.rowCount
  const columns = readers.map(r => emptyColumn(r.type, rows))
  for (let at = 0; ;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    const n = chunk.rowCount
    columns.forEach((column, k) => {
      const vector = chunk.getColumnVector(k)
      readers[k].copy(vector, n, column, at)
      const mark = (): Uint8Array => (column.valid ??= new Uint8Array(rows).fill(1))
      if (result.columnTypeId(k) === DuckDBTypeId.SQLNULL) mark().fill(0, at, at + n)
      else readMissing(openVector(vector).validity, n, mark, at)
    })
    at += n
  }
  return { rows, schema: names.map((name, k) => ({ name, type: readers[k].type })), columns }
}
