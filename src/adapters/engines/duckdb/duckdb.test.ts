import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Engine, EngineSession } from '../../../core/ports/engine.ts'
import { columnOf, tableFromRows, tableRows } from '../../../core/table.ts'
import { openDuckdb } from './duckdb.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

describe('duckdb engine', () => {
  it('reads every type', async () => {
    const t = await session.query(`select * from (values
      (true, 1::tinyint, 2::smallint, 3::integer, 9007199254740993::bigint, 4::utinyint, 5::usmallint, 6::uinteger, 1.5::float, 2.5::double, 1.10::decimal(5,2), 'a', 'x'::enum('x','y'),
       timestamp '2013-01-01 00:00:00.000001', timestamptz '2013-01-01 00:00:00.000001+00', timestamp_s '1969-12-31 23:59:59', timestamp_ms '2013-01-01', timestamp_ns '1969-12-31 23:59:59.999999999', date '2013-01-02', null),
      (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null))
      t(b, i8, i16, i32, i64, u8, u16, u32, f, d, dec, s, e, ts, tz, tss, tms, tns, da, nothing)`)
    const [row, empty] = tableRows(t)
    const day = Date.UTC(2013, 0, 1) * 1000
    expect(row).toEqual({ b: true, i8: 1, i16: 2, i32: 3, i64: 9007199254740993n, u8: 4, u16: 5, u32: 6, f: 1.5, d: 2.5, dec: 1.1, s: 'a', e: 'x', ts: day + 1, tz: day + 1, tss: -1_000_000, tms: day, tns: -1, da: day + 86_400_000_000, nothing: null })
    expect(Object.values(empty).every(v => v === null)).toBe(true)
  })

  it('reads back any texts, short and long, repeated and missing', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()), async (words, picks) => {
      const rows = Array.from({ length: 3_000 }, () => { const n = picks.next().value as number; return { s: n % 9 === 0 ? null : words[n % words.length] } })
      await session.load('words', tableFromRows([{ name: 's', type: 'string' }], rows))
      expect(tableRows(await session.query('select s from words order by rowid'))).toEqual(rows)
      // Dictionary entries of Parquet share their texts.
      expect(tableRows(await session.query('select s, count(*)::int n from words group by s')).length).toBe(new Set(rows.map(r => r.s)).size)
    }), { numRuns: 20 })
  })

  it('loads and reads back more rows than a vector holds, with missing values', async () => {
    const schema = [{ name: 'f', type: 'float64' }, { name: 'i', type: 'int64' }, { name: 'b', type: 'boolean' }, { name: 's"t', type: 'string' }, { name: 't', type: 'timestamp' }] as const
    const rows = Array.from({ length: 5_001 }, (_, i) => ({ f: i % 3 === 0 ? null : i + 0.5, i: i % 5 === 0 ? null : -i, b: i % 7 === 0 ? null : i % 2 === 0, 's"t': i % 11 === 0 ? null : `täxt ${i} ${'long '.repeat(i % 6)}`, t: i % 13 === 0 ? null : 1e15 + i }))
    await session.load('loaded', tableFromRows([...schema], rows))
    expect(tableRows(await session.query('select * from loaded order by rowid'))).toEqual(rows)
    expect(tableRows(await session.query('select count(*) n, typeof(any_value(t)) t from loaded where b'))).toEqual([{ n: rows.filter(r => r.b).length, t: 'TIMESTAMP WITH TIME ZONE' }])
  })

  it('binds parameters and says UTC', async () => {
    expect(tableRows(await session.query("select ?::bigint + 1 i, ? d, ? s, ? b, ? n, current_setting('TimeZone') z", [2 ** 40, 0.5, 'x', true, null])))
      .toEqual([{ i: 2 ** 40 + 1, d: 0.5, s: 'x', b: true, n: null, z: 'UTC' }])
  })

  it('keeps temporary tables to their session', async () => {
    const other = await engine.connect()
    await other.run('create temp table mine as select 1 a')
    await expect(session.query('select * from mine')).rejects.toMatchObject({ code: 'internal' })
    await other.close()
    await expect(other.query('select 1')).rejects.toMatchObject({ code: 'internal' })
  })

  it('names what it cannot read, and what SQL is wrong', async () => {
    await expect(session.query('select sum(1) total')).rejects.toThrow(/total.*HUGEINT/)
    await expect(session.query('select nothing')).rejects.toThrow(/nothing/)
  })

  it('reads Parquet', async () => {
    const path = fileURLToPath(new URL('../../../../examples/flights/data/flights.parquet', import.meta.url))
    const t = await session.query('select * from read_parquet(?)', [path])
    expect(t.rows).toBe(336_776)
    expect(columnOf(t, 'departed_at')?.valid?.filter(v => v === 0).length).toBe(8_255)
  })

  it('says which setting to raise when memory is short even so', async () => {
    const small = await openDuckdb({ memory: '40MB', threads: 1 })
    try {
      const own = await small.connect()
      await expect(own.query('SELECT length(string_agg(i::VARCHAR, \',\')) AS n FROM range(20000000) t(i)')).rejects.toMatchObject({ code: 'out_of_memory', message: expect.stringContaining('engine.memory') as string, remedy: expect.stringContaining('Raise engine.memory') as string })
      expect(tableRows(await own.query('SELECT 1 AS n'))).toEqual([{ n: 1 }])
    } finally { await small.close() }
  })
})
