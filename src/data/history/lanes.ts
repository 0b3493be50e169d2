// Exact sums in SQL. A double is an integer times a power of two: scaled to integers, added exactly (in any order, subtractable), rounded once.
// Integers that stay below 2^53 whatever is added are kept as doubles, in one lane or, the high bits apart from the low, in two; greater ones as HUGEINT.
// Where a column spans more binades than one 128-bit integer holds, its values go to lanes by magnitude, 32 bits apart.
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'

/** `lanes` sums, the l-th counting units of 2^(base + step × l). */
export interface LanePlan { kind: 'double' | 'huge'; lanes: number; base: number; step: number }

/** How many rows may be in one sum: asked where it matters. */
export type MostRows = () => Promise<number>

const STEP = 32
/** Bits below the point that are looked for: values that are multiples of 2^-8, or whole. */
const FRACTIONS = [0, 8]

/** Bits that a sum needs above those of its terms: a running total less another, and one of what comes and goes. */
async function roomFor(most: MostRows): Promise<number> { return Math.ceil(Math.log2(await most() + 1)) + 2 }

/** How the values of `column`, an expression over the rows of `from`, become integers. */
export async function planLanes(session: EngineSession, from: string, column: string, type: 'int64' | 'float64', most: MostRows): Promise<LanePlan> {
  if (type === 'int64') {
    const [{ low, high }] = tableRows(await session.query(`SELECT min(x) AS low, max(x) AS high FROM (SELECT ${column} AS x FROM ${from})`))
    return { kind: low === null || widthOf(low, high) + await roomFor(most) <= 53 ? 'double' : 'huge', lanes: 1, base: 0, step: STEP }
  }
  const whole = FRACTIONS.map(f => `bool_and(trunc(x * '${2 ** f}'::DOUBLE) = x * '${2 ** f}'::DOUBLE) AS whole${f}`).join(', ')
  const [found] = tableRows(await session.query(`SELECT min(abs(x)) AS low, max(abs(x)) AS high, ${whole} FROM (SELECT ${column} AS x FROM ${from}) WHERE x <> 0`))
  if (found.low === null) return { kind: 'double', lanes: 1, base: 0, step: STEP }
  const [low, high] = [exponentOf(Number(found.low)), exponentOf(Number(found.high))]
  const fraction = FRACTIONS.find(f => found[`whole${f}`] === true)
  // No double has bits below 2^-1074.
  const base = Math.max(low - 52, fraction === undefined ? -1074 : -fraction, -1074)
  const width = high + 1 - base
  const room = await roomFor(most)
  if (width + room <= 53) return { kind: 'double', lanes: 1, base, step: STEP }
  if (width <= 2 * (53 - room)) return { kind: 'double', lanes: 2, base, step: 53 - room }
  if (width + room <= 127) return { kind: 'huge', lanes: 1, base, step: STEP }
  return { kind: 'huge', lanes: Math.floor((high - low) / STEP) + 1, base: Math.max(low - 52, -1074), step: STEP }
}

/** For the squares of an int64 column, which take up to 126 bits each. */
export async function planSquares(session: EngineSession, from: string, column: string, most: MostRows): Promise<LanePlan> {
  const [{ low, high }] = tableRows(await session.query(`SELECT min(x) AS low, max(x) AS high FROM (SELECT ${column} AS x FROM ${from})`))
  const width = low === null ? 0 : 2 * widthOf(low, high)
  const room = await roomFor(most)
  if (width + room <= 127) return { kind: width + room <= 53 ? 'double' : 'huge', lanes: 1, base: 0, step: 64 }
  return { kind: 'huge', lanes: 2, base: 0, step: 64 }
}

/** The integer of `column` in each lane; 0 for a missing value. */
export function laneSql(plan: LanePlan, column: string, type: 'int64' | 'float64'): string[] {
  const as = typeOf(plan)
  if (type === 'int64') return [`coalesce(CAST(${column} AS ${as}), 0::${as})`]
  if (plan.lanes === 1) return [`coalesce(CAST(${scaleSql(column, -plan.base)} AS ${as}), 0::${as})`]
  if (plan.kind === 'double') {
    const [low, high] = [scaleSql(column, -plan.base), `trunc(${scaleSql(column, -plan.base - plan.step)})`]
    return [`coalesce(${low} - ${scaleSql(high, plan.step)}, 0::DOUBLE)`, `coalesce(${high}, 0::DOUBLE)`]
  }
  // A lane holds [2^(base + 52 + 32 l), 2^(base + 84 + 32 l)); what lies below the first cannot be, whatever is above the last neither.
  const bound = (l: number): string => literal(plan.base + 52 + STEP * l)
  return Array.from({ length: plan.lanes }, (_, l) => {
    const own = [...(l > 0 ? [`abs(${column}) >= ${bound(l)}`] : []), ...(l < plan.lanes - 1 ? [`abs(${column}) < ${bound(l + 1)}`] : [])]
    return `CASE WHEN ${own.join(' AND ')} THEN CAST(${scaleSql(column, -plan.base - STEP * l)} AS HUGEINT) ELSE 0::HUGEINT END`
  })
}

/** The square of an int64 `column` in each lane. */
export function squareLaneSql(plan: LanePlan, column: string): string[] {
  const as = typeOf(plan)
  const square = `(CAST(${column} AS ${as}) * CAST(${column} AS ${as}))`
  if (plan.lanes === 1) return [`coalesce(${square}, 0::${as})`]
  const word = `${2n ** 64n}::HUGEINT`
  return [`coalesce(${square} % ${word}, 0::HUGEINT)`, `coalesce(${square} // ${word}, 0::HUGEINT)`]
}

/** The engine's type of the sums. */
export function typeOf(plan: LanePlan): 'DOUBLE' | 'HUGEINT' { return plan.kind === 'double' ? 'DOUBLE' : 'HUGEINT' }

/** Whether `roundSql` can round the sums; else `roundUnits` does. */
export function isRoundedInSql(plan: LanePlan): boolean { return plan.kind === 'double' || plan.lanes === 1 }

/**
 * The lanes' sums as the nearest double, ties to even. Two lanes of doubles are two exact numbers: their one addition is the one rounding. So it is with both
 * halves of a HUGEINT below 2^106, of which the upper one stays exact when scaled; above, bits below 2^24 are folded into a sticky bit far under the half unit.
 */
export function roundSql(sums: readonly string[], plan: LanePlan): string {
  if (plan.kind === 'double') return sums.length === 1 ? scaleSql(sums[0], plan.base) : `(${scaleSql(sums[0], plan.base)} + ${scaleSql(sums[1], plan.base + plan.step)})`
  const [sum] = sums
  const [p24, p53, p74] = [2n ** 24n, 2n ** 53n, 2n ** 74n].map(n => `${n}::HUGEINT`)
  const a = `abs(${sum})`
  const two = `CAST(${a} // ${p53} AS DOUBLE) * ${literal(53)} + CAST(${a} % ${p53} AS DOUBLE)`
  const middle = `(${a} % ${p74}) // ${p24}`
  const sticky = `CASE WHEN ${a} % ${p24} <> 0 AND ${middle} % 2 = 0 THEN 1 ELSE 0 END`
  const three = `CAST(${a} // ${p74} AS DOUBLE) * ${literal(74)} + CAST(${middle} + ${sticky} AS DOUBLE) * ${literal(24)}`
  const magnitude = `CASE WHEN ${a} < ${p53} THEN CAST(${a} AS DOUBLE) WHEN ${a} < ${2n ** 106n}::HUGEINT THEN ${two} ELSE ${three} END`
  return scaleSql(`(CASE WHEN ${sum} < 0 THEN -1.0::DOUBLE ELSE 1.0::DOUBLE END * (${magnitude}))`, plan.base)
}

/** Several lanes' sums as one integer, in units of 2^base. */
export function joinLanes(sums: readonly bigint[], { step }: Pick<LanePlan, 'step'>): bigint {
  return sums.reduce((total, sum, l) => total + (sum << BigInt(step * l)), 0n)
}

/** An integer in units of 2^base as the nearest double, ties to even. */
export function roundUnits(total: bigint, base: number): number {
  const magnitude = total < 0n ? -total : total
  if (magnitude === 0n) return 0
  // 128 bits and a sticky one round as all of them do, and stay clear of overflow.
  const cut = Math.max(0, magnitude.toString(16).length * 4 - 128)
  const kept = magnitude >> BigInt(cut)
  const sticky = cut > 0 && (kept << BigInt(cut)) !== magnitude ? 1n : 0n
  const exponent = base + cut - 1
  const half = Math.trunc(exponent / 2)
  return (total < 0n ? -1 : 1) * Number((kept << 1n) | sticky) * 2 ** half * 2 ** (exponent - half)
}

/** `x` × 2^exponent, in two factors where one is no double. */
function scaleSql(x: string, exponent: number): string {
  if (exponent === 0) return x
  if (Math.abs(exponent) <= 1022) return `(${x} * ${literal(exponent)})`
  const half = Math.trunc(exponent / 2)
  return `(${x} * ${literal(half)} * ${literal(exponent - half)})`
}

/** 2^exponent as a literal that reads back exactly. */
function literal(exponent: number): string { return `'${2 ** exponent}'::DOUBLE` }

const DOUBLE = new Float64Array(1)
const BITS = new BigUint64Array(DOUBLE.buffer)

/** The binade of a number; that of 2^-1022 for smaller ones. */
function exponentOf(x: number): number {
  DOUBLE[0] = x
  return Math.max(1, Number((BITS[0] >> 52n) & 2047n)) - 1023
}

/** Bits of the greatest magnitude. */
function widthOf(low: unknown, high: unknown): number {
  const size = (n: unknown): number => { const b = BigInt(n as number | bigint); return (b < 0n ? -b : b).toString(2).length }
  return Math.max(size(low), size(high))
}
