// Percentiles at every moment, by halving, sixteenfold: the buckets that occur are numbered in order and a number is looked for from its highest digit down.
// Each step counts, with running totals over the spells, how many of the rows that count have each digit, and goes on where the wanted rank falls.
// The sixteen counts (of digits up to 0, up to 1, …) of a step stand side by side in a few 128-bit integers, each as wide as a key has rows.
import { tableRows } from '../../../core/table.ts'
import { rankSql } from '../../meaning/percentile.ts'
import type { Frame } from './frame.ts'

const DIGITS = 16

export function percentileName(value: string, place: number, id: number): string { return `${value}_p${place}_${id}` }

/** Creates a table with `m` and the value at each of `ps` (`percentileName`), for every moment with rows that have one. */
export async function createPercentiles({ session, out, moments }: Frame, table: string, spells: string, id: number, value: string, ps: readonly number[]): Promise<void> {
  const [buckets, points, wanted] = [`${out}_buckets`, `${out}_points`, `${out}_wanted`]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${buckets} AS SELECT value, row_number() OVER (ORDER BY value) - 1 AS b FROM (SELECT DISTINCT ${value} AS value FROM ${spells} WHERE ${value} IS NOT NULL)`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${points} AS SELECT kid, b, m, sum(d) AS d FROM (
    SELECT e.kid, b.b, unnest([e.i, e.j]) AS m, unnest([1, -1]) AS d, e.last FROM ${spells} AS e JOIN ${buckets} AS b ON b.value = e.${value}) WHERE m < last GROUP BY kid, b, m`)
  const [{ size, most }] = tableRows(await session.query(`SELECT (SELECT count(*) FROM ${buckets}) AS size, (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM ${spells} GROUP BY kid)) AS most`))
  const packed = packCounts(Number(most))
  await session.run(`CREATE OR REPLACE TEMP TABLE ${wanted} AS SELECT m, kid, place, 0::BIGINT AS node, NULL::BIGINT AS rank FROM ${moments}, range(${ps.length}) AS x(place)`)
  const steps = Math.max(1, Math.ceil(Math.log2(Math.max(2, Number(size))) / 4))
  for (let step = 0; step < steps; step++) {
    const shift = 4 * (steps - 1 - step)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_counts AS SELECT kid, node, m, ${packed.columns.map(c => `CAST(sum(d * ${c}) OVER before AS HUGEINT) AS ${c}`).join(', ')}
      FROM (SELECT kid, b >> ${shift + 4} AS node, (b >> ${shift}) & 15 AS digit, m, d FROM ${points}) JOIN (VALUES ${packed.rows.join(', ')}) AS u(digit, ${packed.columns.join(', ')}) USING (digit) WINDOW before AS (PARTITION BY kid, node ORDER BY m)`)
    const rank = step > 0 ? 'w.rank' : `CASE place ${ps.map((p, i) => `WHEN ${i} THEN ${rankSql(p, packed.upTo(DIGITS - 1))}`).join(' ')} END`
    await session.run(`CREATE OR REPLACE TEMP TABLE ${wanted} AS SELECT m, kid, place, node * 16 + digit AS node, rank - CASE digit WHEN 0 THEN 0 ${Array.from({ length: DIGITS - 1 }, (_, d) => `WHEN ${d + 1} THEN ${packed.upTo(d)}`).join(' ')} END AS rank
      FROM (SELECT *, ${firstDigitSql('rank', packed.upTo, 0, DIGITS - 1)} AS digit FROM (
        SELECT w.m, w.kid, w.place, w.node, ${rank} AS rank, ${packed.columns.map(c => `c.${c}`).join(', ')} FROM ${wanted} AS w ASOF JOIN ${out}_counts AS c ON w.kid = c.kid AND w.node = c.node AND w.m >= c.m WHERE ${packed.upTo(DIGITS - 1)} > 0))`)
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT w.m, ${ps.map((_, place) => `max(CASE WHEN place = ${place} THEN b.value END) AS ${percentileName(value, place, id)}`).join(', ')}
    FROM ${wanted} AS w JOIN ${buckets} AS b ON b.b = w.node GROUP BY w.m; DROP TABLE ${buckets}; DROP TABLE ${points}; DROP TABLE ${wanted}; DROP TABLE ${out}_counts`)
}

/** `rows`: what one row with each digit adds to the columns. `upTo`: the count of digits up to d. */
function packCounts(most: number): { columns: string[]; rows: string[]; upTo: (digit: number) => string } {
  const bits = Math.ceil(Math.log2(most + 1)) + 1
  const each = Math.floor(126 / bits)
  const columns = Array.from({ length: Math.ceil(DIGITS / each) }, (_, c) => `c${c}`)
  const unit = (digit: number, c: number): bigint => Array.from({ length: DIGITS }, (_, d) => d).filter(d => d >= digit && Math.floor(d / each) === c).reduce((sum, d) => sum + (1n << BigInt(bits * (d % each))), 0n)
  return {
    columns,
    rows: Array.from({ length: DIGITS }, (_, digit) => `(${digit}, ${columns.map((_c, c) => `${unit(digit, c)}::HUGEINT`).join(', ')})`),
    upTo: d => `CAST((c${Math.floor(d / each)} >> ${bits * (d % each)}) & ${(1n << BigInt(bits)) - 1n}::HUGEINT AS BIGINT)`,
  }
}

/** The first digit of [from, to] up to which the count reaches the rank. */
function firstDigitSql(rank: string, upTo: (digit: number) => string, from: number, to: number): string {
  if (from === to) return String(from)
  const middle = Math.floor((from + to) / 2)
  return `CASE WHEN ${rank} <= ${upTo(middle)} THEN ${firstDigitSql(rank, upTo, from, middle)} ELSE ${firstDigitSql(rank, upTo, middle + 1, to)} END`
}
