import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Condition } from '../../core/definition.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { ColumnType, Value } from '../../core/schema.ts'
import { tableFromRows, tableRows } from '../../core/table.ts'
import { ANY_VALUE, anyValue, TYPES } from '../fixtures/values.ts'
import { conditionSql, passes, planConditions } from './condition.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ memory: '1GB', threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

const plan = (c: Omit<Condition, 'column'>, type: ColumnType): ReturnType<typeof planConditions> => planConditions([{ column: 'x', ...c }], () => type)
const holds = (c: Omit<Condition, 'column'>, type: ColumnType, value: Value): boolean => plan(c, type).every(test => passes(test, value))

/** As the check of a project lets them in: numbers are doubles, whole ones safe. */
const constant = (type: ColumnType): fc.Arbitrary<string | number | boolean> => ANY_VALUE[type].filter(v => typeof v !== 'bigint') as fc.Arbitrary<string | number | boolean>
const condition = (type: ColumnType): fc.Arbitrary<Omit<Condition, 'column'>> => {
  const missing = fc.boolean().map(m => ({ missing: m }))
  if (type === 'timestamp') return missing
  const one = constant(type)
  const same = [one.map(v => ({ equals: v })), one.map(v => ({ not: v })), fc.array(one, { minLength: 1, maxLength: 4 }).map(v => ({ in: v })), missing]
  if (type !== 'float64' && type !== 'int64') return fc.oneof(...same)
  const number = one as fc.Arbitrary<number>
  return fc.oneof(...same, fc.record({ above: number, atLeast: number, below: number, atMost: number, not: number, missing: fc.boolean() }, { requiredKeys: [] }).filter(c => Object.keys(c).length > 0))
}

/** What a condition says, in words of its own. */
function says(c: Omit<Condition, 'column'>, value: Value): boolean {
  if (value === null) return c.missing === true && Object.keys(c).length === 1
  const same = (v: unknown): boolean => (typeof value === 'bigint' || typeof v === 'number' && typeof value === 'number' ? compare(value, v as number) === 0 : value === v)
  return (c.missing !== true) && (c.equals === undefined || same(c.equals)) && (c.not === undefined || !same(c.not)) && (c.in === undefined || c.in.some(same))
    && (c.above === undefined || compare(value, c.above) > 0) && (c.atLeast === undefined || compare(value, c.atLeast) >= 0)
    && (c.below === undefined || compare(value, c.below) < 0) && (c.atMost === undefined || compare(value, c.atMost) <= 0)
}
/** Of numbers, by the sign of an exact difference. */
function compare(a: Value, b: number): number {
  if (typeof a === 'bigint') { const d = a - BigInt(b); return d > 0n ? 1 : d < 0n ? -1 : 0 }
  const x = a as number
  return x > b ? 1 : x < b ? -1 : 0
}

describe('a condition', () => {
  it.each(TYPES)('says the same of a value of type %s in JavaScript, in SQL and in words', async type => {
    let held = 0
    let seen = 0
    await fc.assert(fc.asyncProperty(fc.array(anyValue(type), { minLength: 1, maxLength: 60 }), fc.array(condition(type), { minLength: 1, maxLength: 8 }), async (some, conditions) => {
      // What a condition names is among the values, and so are its neighbours.
      const values = [...some, null, ...conditions.flatMap(c => Object.values(c).flat()).filter(v => typeof v === (type === 'float64' || type === 'int64' ? 'number' : type)) as Value[]]
      const plans = conditions.map(c => plan(c, type))
      await session.load('rows', tableFromRows([{ name: 'x', type }], values.map(x => ({ x }))))
      const rows = tableRows(await session.query(`SELECT ${plans.map((p, i) => `${conditionSql(p, c => `rows."${c}"`)} AS c${i}`).join(', ')} FROM rows ORDER BY rowid`))
      values.forEach((value, r) => {
        for (const [i, c] of conditions.entries()) {
          expect([c, value, rows[r][`c${i}`]]).toEqual([c, value, says(c, value)])
          expect([c, value, plans[i].every(test => passes(test, value))]).toEqual([c, value, says(c, value)])
          seen++
          if (says(c, value)) held++
        }
      })
    }), { numRuns: 40 })
    expect(held).toBeGreaterThan(seen / 50)
    expect(held).toBeLessThan(seen - seen / 50)
  })

  it('is about all columns that it names', async () => {
    const plans = planConditions([{ column: 'x', above: 1, below: 3 }, { column: 's', in: ['a', 'b'], not: 'b' }], c => (c === 'x' ? 'float64' : 'string'))
    const rows = [{ x: 2, s: 'a' }, { x: 2, s: 'b' }, { x: 1, s: 'a' }, { x: 3, s: 'a' }, { x: null, s: 'a' }, { x: 2, s: null }]
    await session.load('rows', tableFromRows([{ name: 'x', type: 'float64' }, { name: 's', type: 'string' }], rows))
    expect(tableRows(await session.query(`SELECT ${conditionSql(plans, c => `"${c}"`)} AS c FROM rows ORDER BY rowid`)).map(r => r.c)).toEqual([true, false, false, false, false, false])
    expect(rows.map(row => plans.every(p => passes(p, row[p.column as 'x'])))).toEqual([true, false, false, false, false, false])
    expect(conditionSql([], () => 'x')).toBe('true')
    expect(planConditions(undefined, () => 'float64')).toEqual([])
  })

  it('tells whole numbers beyond 2^53 apart', async () => {
    const near = [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n - 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n].map(n => (n === 2n ** 53n - 1n ? Number(n) : n))
    await session.load('rows', tableFromRows([{ name: 'x', type: 'int64' }], near.map(x => ({ x }))))
    for (const c of [{ above: 2 ** 53 - 1 }, { atMost: 2 ** 53 - 1 }, { equals: 2 ** 53 - 1 }, { not: 2 ** 53 - 1 }, { below: -(2 ** 53) + 1 }]) {
      const rows = tableRows(await session.query(`SELECT ${conditionSql(plan(c, 'int64'), () => 'x')} AS c FROM rows ORDER BY rowid`)).map(r => r.c)
      expect(rows).toEqual(near.map(x => holds(c, 'int64', x)))
      expect(rows).toEqual(near.map(x => says(c, x)))
    }
  })

  it('that says nothing is none', () => {
    expect(() => plan({}, 'float64')).toThrowError(expect.objectContaining({ code: 'invalid_definition' }))
  })
})
