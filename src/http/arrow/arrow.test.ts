import { tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray, Dictionary, Int32, Utf8, Uint64, Timestamp, TimeUnit, DateDay, makeVector, Table as ArrowTable, List, Field } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, Row } from '../../core/schema.ts'
import { tableFromRows, tableRows, type Table } from '../../core/table.ts'
import { readArrow } from './read-arrow.ts'
import { writeArrow } from './write-arrow.ts'

const SCHEMA: Column[] = [{ name: 'f', type: 'float64' }, { name: 'i', type: 'int64' }, { name: 'b', type: 'boolean' }, { name: 's', type: 'string' }, { name: 't', type: 'timestamp' }]

async function bytesOf(tables: Table[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of writeArrow((async function* () { yield* tables })())) parts.push(part)
  return Buffer.concat(parts)
}

const value = fc.record({
  f: fc.option(fc.double({ noNaN: true }).map(x => (x === 0 ? 0 : x))), i: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(n => (n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n))),
  b: fc.option(fc.boolean()), s: fc.option(fc.string({ unit: 'grapheme' })), t: fc.option(fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
})

describe('Arrow streams', () => {
  it('come back as they were, in any number of batches', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(value, { maxLength: 20 }), { minLength: 1, maxLength: 4 }), async parts => {
      const tables = parts.map(rows => tableFromRows(SCHEMA, rows as Row[]))
      const read = await readArrow(await bytesOf(tables))
      expect(read.schema).toEqual(SCHEMA)
      expect(tableRows(read)).toEqual(tables.flatMap(tableRows))
    }))
  })

  it('are read by the package itself', async () => {
    const read = tableFromIPC(await bytesOf([tableFromRows(SCHEMA, [{ f: 1.5, i: 2n ** 60n + 1n, b: true, s: 'é', t: 1_700_000_000_000_001 }, { f: null, i: null, b: null, s: null, t: null }])]))
    expect(read.numRows).toBe(2)
    expect(read.get(0)?.toJSON()).toMatchObject({ f: 1.5, i: 2n ** 60n + 1n, b: true, s: 'é' })
    expect(read.get(1)?.toJSON()).toEqual({ f: null, i: null, b: null, s: null, t: null })
    expect(String(read.schema.fields[4].type)).toBe('Timestamp<MICROSECOND, UTC>')
  })

  it('may have narrow integers, dictionaries, dates, times of every unit and columns of nothing', async () => {
    const times = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND].map((unit, i) => makeVector({ type: new Timestamp(unit, null), data: BigInt64Array.of([1n, 1_000n, 1_000_000n, 1_000_000_001n][i], -1n) } as never))
    const table = new ArrowTable({
      n: vectorFromArray([1, null], new Int32()), d: vectorFromArray(['x', 'x'], new Dictionary(new Utf8(), new Int32())), day: vectorFromArray([new Date(0), new Date(86_400_000)], new DateDay()), nothing: vectorFromArray([null, null]),
      seconds: times[0], millis: times[1], micros: times[2], nanos: times[3],
    } as never)
    expect(tableRows(await readArrow(tableToIPC(table, 'stream')))).toEqual([
      { n: 1, d: 'x', day: 0, nothing: null, seconds: 1_000_000, millis: 1_000_000, micros: 1_000_000, nanos: 1_000_000 },
      { n: null, d: 'x', day: 86_400_000_000, nothing: null, seconds: -1_000_000, millis: -1_000, micros: -1, nanos: -1 },
    ])
  })

  it('say what they cannot carry', async () => {
    await expect(readArrow(Buffer.from('no arrow at all'))).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(readArrow(tableToIPC(new ArrowTable({ u: vectorFromArray([1n], new Uint64()) }), 'stream'))).rejects.toMatchObject({ code: 'wrong_type', faults: [{ path: 'u' }] })
    await expect(readArrow(tableToIPC(new ArrowTable({ l: vectorFromArray([[1]], new List(new Field('item', new Int32()))) }), 'stream'))).rejects.toMatchObject({ code: 'wrong_type' })
    await expect(readArrow(tableToIPC(new ArrowTable({ t: makeVector({ type: new Timestamp(TimeUnit.SECOND, null), data: BigInt64Array.of(2n ** 60n) } as never) } as never), 'stream'))).rejects.toMatchObject({ code: 'value_out_of_range' })
    expect(tableRows(await readArrow(tableToIPC(tableFromArrays({ x: Float64Array.of(1, Number.NaN) }), 'stream')))).toEqual([{ x: 1 }, { x: Number.NaN }])
  })
})
