// The value of each feature out of the tables of its window.
import type { Value } from '../../../core/schema.ts'
import { deviationOf } from '../../meaning/deviation.ts'
import { estimateDistinct } from '../../meaning/distinct-sketch.ts'
import { isRoundedInSql, joinLanes, roundSql, roundUnits, type LanePlan } from '../lanes.ts'
import { extremeName } from './extremes.ts'
import { percentileName } from './percentiles.ts'
import type { Part, Recipe, Sum } from './recipe.ts'
import { totalName } from './totals.ts'
import type { WindowGroup } from './windows.ts'

/** SQL of the value; or of columns out of which it is computed. */
export type Answer = { sql: string } | { columns: string[]; compute: (values: Value[]) => Value }

/** Aliases of the tables that are joined to the examples `x`; `row`: of the row at a place. */
export interface Aliases { totals: string; extremes: string; percentiles: (value: string) => { alias: string; ps: readonly number[] }; row: (place: string) => string }

/** Not of last values, which are read row by row. */
export function answerOf(r: Exclude<Recipe, { how: 'lastN' }>, group: WindowGroup, aliases: Aliases): Answer {
  const total = (p: Part): string => `coalesce(${aliases.totals}.${totalName(p, group)}, 0::${p.type})`
  const over = (a: string, b: string): string => `CASE WHEN ${b} > 0 THEN CAST(${a} AS DOUBLE) / CAST(${b} AS DOUBLE) END`
  // Sums of doubles are whole and below 2^53.
  const text = (p: Part): string => (p.type === 'HUGEINT' ? `CAST(${total(p)} AS VARCHAR)` : `CAST(${total(p)} AS BIGINT)`)
  switch (r.how) {
    case 'count': case 'distinct': return { sql: total(r.count) }
    case 'share': return { sql: over(total(r.counted), total(r.rows)) }
    case 'extreme': return { sql: `${aliases.extremes}.${extremeName(r, group.id)}` }
    case 'since': return { sql: `CAST(x.t - ${aliases.extremes}.${extremeName({ value: r.value, pick: 'max' }, group.id)} AS DOUBLE) / '1000000'::DOUBLE` }
    case 'row': return { sql: aliases.row(`${aliases.extremes}.${extremeName(r, group.id)}`) }
    case 'percentile': {
      const { alias, ps } = aliases.percentiles(r.value)
      return { sql: `${alias}.${percentileName(r.value, ps.indexOf(r.p), group.id)}` }
    }
    case 'sketch': return { columns: [total(r.filled), total(r.weight)], compute: ([filled, weight]) => estimateDistinct(Number(weight) / 2 ** 41, Number(filled)) }
    case 'sum': {
      const { plan, parts } = r.sum
      if (isRoundedInSql(plan)) {
        const sum = roundSql(parts.map(total), plan)
        return { sql: r.count === null ? sum : over(sum, total(r.count)) }
      }
      const round = (values: Value[]): number => roundUnits(unitsOf(values, plan), plan.base)
      if (r.count === null) return { columns: parts.map(text), compute: round }
      return { columns: [total(r.count), ...parts.map(text)], compute: ([count, ...values]) => (count === 0 ? null : round(values) / Number(count)) }
    }
    case 'deviation': return { columns: [total(r.count), ...[r.sum, ...r.squares].flatMap(s => s.parts.map(text))], compute: ([count, ...values]) => deviationOfTotals(Number(count), r.sum, r.squares, values) }
  }
}

function deviationOfTotals(count: number, sum: Sum, squares: readonly Sum[], values: Value[]): number | null {
  let at = 0
  const take = ({ plan, parts }: Sum): { units: bigint; base: number } => {
    const units = unitsOf(values.slice(at, at + parts.length), plan)
    at += parts.length
    return { units, base: plan.base }
  }
  const total = take(sum)
  const parts = squares.map(take)
  // One unit for all: 2^exponent for the sum, and its square.
  const exponent = Math.min(total.base, ...parts.map(p => Math.floor(p.base / 2)))
  const square = parts.reduce((all, p) => all + (p.units << BigInt(p.base - 2 * exponent)), 0n)
  return deviationOf(count, total.units << BigInt(total.base - exponent), square, exponent)
}

function unitsOf(values: readonly Value[], plan: LanePlan): bigint { return joinLanes(values.map(v => BigInt(v as number | bigint | string)), plan) }
