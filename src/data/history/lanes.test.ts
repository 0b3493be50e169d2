import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../adapters/engines/duckdb/index.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import { exactSum } from '../exact-sum.ts'
import { isRoundedInSql, joinLanes, laneSql, planLanes, roundSql, roundUnits } from './lanes.ts'

let engine: Engine
let session: EngineSession
beforeAll(async () => { engine = await openDuckdb({ threads: 2 }); session = await engine.connect() })
afterAll(async () => { await engine.close() })

/** The sum of each group by lanes, in SQL. */
async function sumGroups(groups: number[][]): Promise<{ sums: number[]; lanes: number }> {
  const values = groups.flat()
  await session.load('lane_values', {
    rows: values.length, schema: [{ name: 'g', type: 'int64' }, { name: 'x', type: 'float64' }],
    columns: [{ type: 'int64', values: BigInt64Array.from(groups.flatMap((g, i) => g.map(() => BigInt(i)))) }, { type: 'float64', values: Float64Array.from(values) }],
  })
  const plan = await planLanes(session, 'lane_values', 'x', 'float64', () => Promise.resolve(values.length))
  const lanes = laneSql(plan, 'x', 'float64')
  const sums = `SELECT g, ${lanes.map((l, i) => `sum(${l}) AS s${i}`).join(', ')} FROM lane_values GROUP BY g`
  const rows = tableRows(await session.query(isRoundedInSql(plan)
    ? `SELECT g, ${roundSql(lanes.map((_, i) => `s${i}`), plan)} AS total FROM (${sums}) ORDER BY g`
    : `SELECT g, ${lanes.map((_, i) => `CAST(s${i} AS VARCHAR) AS s${i}`).join(', ')} FROM (${sums}) ORDER BY g`))
  const total = (row: (typeof rows)[number]): number => (isRoundedInSql(plan) ? row.total as number : roundUnits(joinLanes(lanes.map((_, i) => BigInt(row[`s${i}`] as string)), plan), plan.base))
  return { sums: rows.map(total), lanes: plan.lanes }
}

/** 53 random bits at an exponent between the two. */
const double = (low: number, high: number): fc.Arbitrary<number> =>
  fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }), fc.integer({ min: low, max: high }), fc.boolean()).map(([m, e, negative]) => (negative ? -1 : 1) * (1 + Number(m) * 2 ** -52) * 2 ** e)

const bits = (x: number): string => { const view = new DataView(new ArrayBuffer(8)); view.setFloat64(0, x); return view.getBigUint64(0).toString(16) }

describe('lanes', () => {
  it.each([['like dollars', -10, 20], ['22 decades', -36, 37], ['the whole range', -485, 508]] as const)('sums %s exactly, rounded once', async (_name, low, high) => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(double(low, high), { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 40 }), async groups => {
      // With values that cancel, so that low bits decide.
      const all = groups.map((g, i) => (i % 2 === 0 ? g : [...g, ...g.slice(1).map(x => -x)]))
      const { sums } = await sumGroups(all)
      expect(sums.map(bits)).toEqual(all.map(g => bits(exactSum(g))))
    }), { numRuns: 25 })
  })

  it('takes one lane while it can', async () => {
    expect((await sumGroups([[1, 2.5, 1e6, -3]])).lanes).toBe(1)
    expect((await sumGroups([[0.1, 0.2, 1e6, -3]])).lanes).toBe(2)
    expect((await sumGroups([[1e-100, 1e100]])).lanes).toBeGreaterThan(1)
    expect(await sumGroups([[0, 0]])).toEqual({ sums: [0], lanes: 1 })
  })

  it('rounds ties to even, at every magnitude of one lane', async () => {
    const cases: bigint[] = []
    for (let b = 50; b < 126; b++) for (const low of [0n, 1n, -1n]) for (const half of [1n, 2n, 3n]) {
      const e = BigInt(Math.max(0, b - 52))
      for (const m of [2n ** 52n, 2n ** 52n + 1n, 2n ** 53n - 1n]) cases.push((b <= 52 ? 2n ** BigInt(b) : m << e) + (e > 0n ? half << (e - 1n) : 0n) + low)
    }
    const inRange = [...cases, ...cases.map(c => -c)].filter(c => c < 2n ** 126n && c > -(2n ** 126n))
    await session.run('CREATE OR REPLACE TEMP TABLE big (i BIGINT, s HUGEINT)')
    for (let at = 0; at < inRange.length; at += 200) await session.run(`INSERT INTO big VALUES ${inRange.slice(at, at + 200).map((c, i) => `(${at + i}, ${c}::HUGEINT)`).join(', ')}`)
    const got = tableRows(await session.query(`SELECT ${roundSql(['s'], { kind: 'huge', lanes: 1, base: 0, step: 32 })} AS x FROM big ORDER BY i`)).map(r => r.x as number)
    expect(got.map(bits)).toEqual(inRange.map(c => bits(Number(c))))
  })
})
