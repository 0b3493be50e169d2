// Exact sums in SQL. A double is an integer times a power of two: scaled to integers, added as HUGEINT (exact, in any order, subtractable), rounded once.
// Where a column spans more binades than one 128-bit integer holds, its values go to lanes by exponent, LANE bits apart.
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'

const LANE = 32

/** `lanes` sums, the l-th counting units of 2^(base + 32 l). */
export interface LanePlan { lanes: number; base: number }

const INTEGERS: LanePlan = { lanes: 1, base: 0 }

/**
 * How the values of `column` become integers. The exponent comes from log2, which may be one off; the margins of one binade on each side absorb it.
 * @param rows as many as may enter and leave one sum
 */
export async function planLanes(session: EngineSession, from: string, column: string, type: 'int64' | 'float64', rows: number): Promise<LanePlan> {
  if (type === 'int64') return INTEGERS
  const exponents = `SELECT min(e) AS low, max(e) AS high FROM (SELECT CAST(floor(log2(abs(${column}))) AS BIGINT) AS e FROM ${from} WHERE ${column} <> 0)`
  const [{ low, high }] = tableRows(await session.query(exponents))
  if (low === null || high === null) return INTEGERS
  const [from2, to2] = [Number(low) - 1, Number(high) + 2]
  const base = from2 - 52
  if (to2 - base + Math.ceil(Math.log2(2 * rows + 2)) < 127) return { lanes: 1, base }
  return { lanes: Math.floor((Number(high) - Number(low)) / LANE) + 1, base }
}

/** The integer of `column` in each lane, as HUGEINT; 0 for a missing value. */
export function laneSql(plan: LanePlan, column: string, type: 'int64' | 'float64'): string[] {
  if (type === 'int64') return [`coalesce(CAST(${column} AS HUGEINT), 0::HUGEINT)`]
  if (plan.lanes === 1) return [`coalesce(CAST(${column} * ${powerOfTwo(-plan.base)} AS HUGEINT), 0::HUGEINT)`]
  const lowest = plan.base + 53
  const lane = `CASE WHEN ${column} = 0 THEN 0 ELSE (CAST(floor(log2(abs(${column}))) AS BIGINT) - (${lowest})) // ${LANE} END`
  return Array.from({ length: plan.lanes }, (_, l) =>
    `CASE WHEN ${lane} = ${l} THEN CAST(${column} * ${powerOfTwo(-plan.base - LANE * l)} AS HUGEINT) ELSE 0::HUGEINT END`)
}

/**
 * One lane's sum as the nearest double, ties to even. Both halves of a < 2^106 are exact doubles and the upper one stays exact when scaled, so the one
 * addition is the one rounding; above, bits below 2^24 are folded into a sticky bit far under the half unit.
 */
export function roundSql(sum: string, plan: LanePlan): string {
  const [p24, p53, p74] = [2n ** 24n, 2n ** 53n, 2n ** 74n].map(n => `${n}::HUGEINT`)
  const a = `abs(${sum})`
  const two = `CAST(${a} // ${p53} AS DOUBLE) * ${powerOfTwo(53)} + CAST(${a} % ${p53} AS DOUBLE)`
  const middle = `(${a} % ${p74}) // ${p24}`
  const sticky = `CASE WHEN ${a} % ${p24} <> 0 AND ${middle} % 2 = 0 THEN 1 ELSE 0 END`
  const three = `CAST(${a} // ${p74} AS DOUBLE) * ${powerOfTwo(74)} + CAST(${middle} + ${sticky} AS DOUBLE) * ${powerOfTwo(24)}`
  const magnitude = `CASE WHEN ${a} < ${p53} THEN CAST(${a} AS DOUBLE) WHEN ${a} < ${2n ** 106n}::HUGEINT THEN ${two} ELSE ${three} END`
  return `(CASE WHEN ${sum} < 0 THEN -1.0 ELSE 1.0 END * (${magnitude}) * ${powerOfTwo(plan.base)})`
}

/** Several lanes' sums as the nearest double, ties to even. */
export function roundLanes(sums: readonly bigint[], base: number): number {
  let total = 0n
  sums.forEach((sum, l) => { total += sum << BigInt(LANE * l) })
  const magnitude = total < 0n ? -total : total
  if (magnitude === 0n) return 0
  // 128 bits and a sticky one round as all of them do, and stay clear of overflow.
  const cut = Math.max(0, magnitude.toString(16).length * 4 - 128)
  const kept = magnitude >> BigInt(cut)
  const sticky = cut > 0 && (kept << BigInt(cut)) !== magnitude ? 1n : 0n
  return (total < 0n ? -1 : 1) * Number((kept << 1n) | sticky) * 2 ** (base + cut - 1)
}

/** As a literal that reads back exactly. */
function powerOfTwo(exponent: number): string { return `'${2 ** exponent}'::DOUBLE` }
