// Percentiles at every moment, by halving, sixteenfold: the buckets that occur are numbered in order and a number is looked for from its highest digit down.
// Each step counts, with running totals over the spells, how many of the rows that count have each digit, and goes on where the wanted rank falls.
import { tableRows } from '../../../core/table.ts'
import { rankSql } from '../../meaning/percentile.ts'
import type { Frame } from './frame.ts'

const DIGITS = Array.from({ length: 16 }, (_, d) => d)

export function percentileName(value: string, place: number, id: number): string { return `${value}_p${place}_${id}` }

/** Creates a table with `m` and the value at each of `ps` (`percentileName`), for every moment with rows that have one. */
export async function createPercentiles({ session, out, moments }: Frame, table: string, spells: string, id: number, value: string, ps: readonly number[]): Promise<void> {
  const [buckets, points, wanted] = [`${out}_buckets`, `${out}_points`, `${out}_wanted`]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${buckets} AS SELECT value, row_number() OVER (ORDER BY value) - 1 AS b FROM (SELECT DISTINCT ${value} AS value FROM ${spells} WHERE ${value} IS NOT NULL)`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${points} AS SELECT kid, b, m, CAST(sum(d) AS INTEGER) AS d FROM (
    SELECT e.kid, b.b, unnest([e.i, e.j]) AS m, unnest([1, -1]) AS d, e.last FROM ${spells} AS e JOIN ${buckets} AS b ON b.value = e.${value}) WHERE m < last GROUP BY kid, b, m`)
  const [{ size }] = tableRows(await session.query(`SELECT count(*) AS size FROM ${buckets}`))
  await session.run(`CREATE OR REPLACE TEMP TABLE ${wanted} AS SELECT m, kid, place, 0::BIGINT AS node, NULL::BIGINT AS rank FROM ${moments}, range(${ps.length}) AS x(place)`)
  const steps = Math.max(1, Math.ceil(Math.log2(Math.max(2, Number(size))) / 4))
  for (let step = 0; step < steps; step++) {
    const shift = 4 * (steps - 1 - step)
    const sums = DIGITS.map(d => `CAST(sum(sum(CASE WHEN digit <= ${d} THEN d ELSE 0 END)) OVER before AS INTEGER) AS c${d}`)
    const counts = `SELECT kid, node, m, ${sums.join(', ')} FROM (SELECT kid, b >> ${shift + 4} AS node, (b >> ${shift}) & 15 AS digit, m, d FROM ${points}) GROUP BY kid, node, m WINDOW before AS (PARTITION BY kid, node ORDER BY m)`
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_counts AS ${counts}`)
    const rank = step > 0 ? 'w.rank' : `CASE place ${ps.map((p, i) => `WHEN ${i} THEN ${rankSql(p, 'c.c15')}`).join(' ')} END`
    await session.run(`CREATE OR REPLACE TEMP TABLE ${wanted} AS SELECT m, kid, place, node * 16 + CASE ${DIGITS.slice(0, 15).map(d => `WHEN rank <= c${d} THEN ${d}`).join(' ')} ELSE 15 END AS node,
        rank - CASE WHEN rank <= c0 THEN 0 ${DIGITS.slice(1, 15).map(d => `WHEN rank <= c${d} THEN c${d - 1}`).join(' ')} ELSE c14 END AS rank
      FROM (SELECT w.m, w.kid, w.place, w.node, ${rank} AS rank, c.* EXCLUDE (kid, node, m) FROM ${wanted} AS w ASOF JOIN ${out}_counts AS c ON w.kid = c.kid AND w.node = c.node AND w.m >= c.m WHERE c.c15 > 0)`)
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT w.m, ${ps.map((_, place) => `max(CASE WHEN place = ${place} THEN b.value END) AS ${percentileName(value, place, id)}`).join(', ')}
    FROM ${wanted} AS w JOIN ${buckets} AS b ON b.b = w.node GROUP BY w.m; DROP TABLE ${buckets}; DROP TABLE ${points}; DROP TABLE ${wanted}; DROP TABLE ${out}_counts`)
}
