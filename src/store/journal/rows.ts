// The payload of a rows frame, column by column: one byte "some are missing", then (if so) a byte a row that is 1 where there is a value,
// then the values. float64 and timestamp as doubles, int64 as i64, boolean as a byte, string as u32 length and UTF-8. Little endian.
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnData, Table } from '../../core/table.ts'
import type { Column } from '../../core/schema.ts'

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw new Error('Slipway needs a little-endian machine.')

/** Below so many rows, writing values one by one costs less than making views for a bulk copy. */
const BULK = 16

/** An upper bound of the bytes that `encodeRows` writes. */
export function boundRows(table: Table): number {
  let bytes = 0
  for (const column of table.columns) {
    bytes += 1 + table.rows
    if (column.type === 'string') {
      bytes += 4 * table.rows
      for (let i = 0; i < table.rows; i++) bytes += 3 * column.values[i].length
    } else bytes += (column.type === 'boolean' ? 1 : 8) * table.rows
  }
  return bytes
}

/**
 * Writes the payload at `at` and returns its end. Nothing that cannot be read back equal gets in.
 * @throws SlipwayError `invalid_request` for lone surrogates and for times that are not whole microseconds.
 */
export function encodeRows(bytes: Buffer, view: DataView, at: number, table: Table): number {
  const n = table.rows
  for (let k = 0; k < table.columns.length; k++) {
    const column = table.columns[k]
    const valid = column.valid
    bytes[at++] = valid === undefined ? 0 : 1
    if (valid !== undefined) for (let i = 0; i < n; i++) bytes[at++] = valid[i] === 0 ? 0 : 1
    switch (column.type) {
      case 'timestamp':
        for (let i = 0; i < n; i++) {
          const time = valid !== undefined && valid[i] === 0 ? 0 : column.values[i]
          if (!Number.isSafeInteger(time)) throw new SlipwayError('invalid_request', `${table.schema[k]?.name ?? 'A time'} must be whole microseconds, and is ${time}.`)
          // Adding 0 makes −0 a 0: a time has no sign of its own once it is in Parquet.
          view.setFloat64(at, time + 0, true)
          at += 8
        }
        break
      case 'float64':
        if (n >= BULK) { bytes.set(new Uint8Array(column.values.buffer, column.values.byteOffset, 8 * n), at); at += 8 * n }
        else for (let i = 0; i < n; i++, at += 8) view.setFloat64(at, column.values[i], true)
        break
      case 'int64':
        if (n >= BULK) { bytes.set(new Uint8Array(column.values.buffer, column.values.byteOffset, 8 * n), at); at += 8 * n }
        else for (let i = 0; i < n; i++, at += 8) view.setBigInt64(at, column.values[i], true)
        break
      case 'boolean':
        for (let i = 0; i < n; i++) bytes[at++] = column.values[i] === 0 ? 0 : 1
        break
      case 'string':
        for (let i = 0; i < n; i++) {
          const text = valid !== undefined && valid[i] === 0 ? '' : column.values[i]
          const length = writeText(bytes, at + 4, text)
          view.setUint32(at, length, true)
          at += 4 + length
        }
        break
    }
  }
  return at
}

function writeText(bytes: Buffer, at: number, text: string): number {
  if (text.length <= 32) {
    let i = 0
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c > 127) break
      bytes[at + i] = c
    }
    if (i === text.length) return i
  }
  if (!text.isWellFormed()) throw new SlipwayError('invalid_request', 'A string has a lone surrogate, which UTF-8 cannot carry.')
  return bytes.write(text, at, 'utf8')
}

/** Reads what `encodeRows` wrote. @throws RangeError when the payload has another length than its rows. */
export function decodeRows(payload: Buffer, schema: Column[], rows: number): Table {
  let at = 0
  const columns = schema.map(({ type }): ColumnData => {
    const missing = payload[at++] === 1
    // A copy, because values lie at any offset, and may lie in memory that is shared with the writer thread.
    const take = (size: number): Uint8Array<ArrayBuffer> => {
      if (at + size * rows > payload.length) throw new RangeError('a column is cut off')
      at += size * rows
      return new Uint8Array(payload.subarray(at - size * rows, at))
    }
    const valid = missing ? take(1) : undefined
    switch (type) {
      case 'float64': case 'timestamp': {
        if (rows > 1) return { type, values: new Float64Array(take(8).buffer), valid }
        at += 8
        return { type, values: Float64Array.of(payload.readDoubleLE(at - 8)), valid }
      }
      case 'int64': return { type, values: new BigInt64Array(take(8).buffer), valid }
      case 'boolean': return { type, values: take(1), valid }
      case 'string': {
        const values: string[] = []
        for (let i = 0; i < rows; i++) {
          const length = payload.readUInt32LE(at)
          values.push(payload.toString('utf8', at + 4, at + 4 + length))
          at += 4 + length
        }
        return { type, values, valid }
      }
    }
  })
  if (at !== payload.length) throw new RangeError('the payload has another length than its rows')
  return { rows, schema, columns }
}
