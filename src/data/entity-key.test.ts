import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../core/ports/engine.ts'
import type { ColumnType, Value } from '../core/schema.ts'
import { tableFromRows, tableRows } from '../core/table.ts'
import { keyId, keyOf, keySql } from './entity-key.ts'
import { ANY_VALUE, anyValue } from './fixtures/values.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const types = fc.array(fc.constantFrom<ColumnType>('string', 'string', 'int64', 'timestamp', 'boolean'), { minLength: 1, maxLength: 4 })

describe('the key of several entities', () => {
  it('is one text, the same in JavaScript and in SQL, missing where a part is', async () => {
    await fc.assert(fc.asyncProperty(types.chain(t => fc.tuple(fc.constant(t), fc.array(fc.tuple(...t.map(anyValue)), { minLength: 1, maxLength: 40 }))), async ([parts, tuples]) => {
      await session.load('rows', tableFromRows(parts.map((type, i) => ({ name: `k${i}`, type })), tuples.map(t => Object.fromEntries(t.map((v, i) => [`k${i}`, v])))))
      const rows = tableRows(await session.query(`SELECT ${keySql(parts.map((type, i) => ({ sql: `k${i}`, type })))} AS key FROM rows ORDER BY rowid`))
      tuples.forEach((tuple, r) => {
        expect([tuple, rows[r].key]).toEqual([tuple, keyOf(tuple)])
        expect(keyOf(tuple) === null).toBe(tuple.includes(null))
        if (tuple.length === 1) expect(keyOf(tuple)).toBe(tuple[0])
      })
    }), { numRuns: 60 })
  })

  it('differs for any two that differ', () => {
    const tricky = fc.string({ unit: fc.constantFrom('|', '\\', 'a'), maxLength: 4 })
    const of = (t: ColumnType): fc.Arbitrary<Value> => (t === 'string' ? fc.oneof(tricky, ANY_VALUE.string) : ANY_VALUE[t])
    fc.assert(fc.property(types.chain(t => fc.tuple(fc.tuple(...t.map(of)), fc.tuple(...t.map(of)))), ([a, b]) => {
      expect(keyOf(a) === keyOf(b)).toBe(a.every((v, i) => Object.is(v, b[i])))
    }), { numRuns: 3_000 })
    // Every pair of short texts of the characters that matter.
    const short = ['', ...['|', '\\', 'a'].flatMap(x => [x, ...['|', '\\', 'a'].map(y => x + y)])]
    const keys = new Set(short.flatMap(x => short.map(y => keyOf([x, y]))))
    expect(keys.size).toBe(short.length ** 2)
  })

  it('keeps whole numbers beyond 2^53 apart', () => {
    expect(keyOf([2n ** 53n, 'a'])).toBe('9007199254740992|a')
    expect(keyOf([2n ** 53n + 1n, 'a'])).toBe('9007199254740993|a')
    expect(keyOf([-(2n ** 63n), 2n ** 63n - 1n])).toBe('-9223372036854775808|9223372036854775807')
  })

  it('has a name, in the order of its columns', () => {
    expect(keyId(['k'])).toBe('k')
    expect(keyId(['a', 'b'])).not.toBe(keyId(['b', 'a']))
    expect(keyId(['a,b', 'c'])).not.toBe(keyId(['a', 'b,c']))
  })
})
