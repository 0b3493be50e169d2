// Distinct values: a value is there while any row with it counts, so it adds one where the first such spell begins and takes it away where the last ends.
import type { Recipe } from './recipe.ts'
import type { Points } from './totals.ts'

/** Spells of one value of one key, joined where they touch: a SELECT of `kid`, the columns `by`, `i`, `j` and `last`. Of equal spells, `r` says which comes first. */
function joinedSql(from: string, by: readonly string[]): string {
  const columns = ['kid', ...by].join(', ')
  const order = `PARTITION BY ${columns} ORDER BY i, j, r ROWS`
  return `SELECT ${columns}, min(i) AS i, max(j) AS j, any_value(last) AS last FROM (
    SELECT *, sum(CASE WHEN begins THEN 1 ELSE 0 END) OVER (${order} UNBOUNDED PRECEDING) AS place FROM (SELECT *, coalesce(i > max(j) OVER (${order} BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS begins FROM (${from}))) GROUP BY ${columns}, place`
}

/** Points of a count of distinct values, or of a sketch's registers. */
export function distinctPoints(recipe: Recipe & { how: 'distinct' | 'sketch' }, spells: string, id: number): Points {
  const counted = `SELECT kid, ${recipe.value} AS value, r, i, j, last FROM ${spells} WHERE ${recipe.value} IS NOT NULL`
  if (recipe.how === 'distinct') return pointsOf(joinedSql(counted, ['value']), id, [[recipe.count.name, '1']])
  // A register of rank r holds every rank up to r: 2^-rank is halved by each that appears, in units of 2^-41.
  const ranks = `SELECT kid, value // 64 AS register, unnest(range(1, value % 64 + 1)) AS rank, r, i, j, last FROM (${counted})`
  return pointsOf(joinedSql(ranks, ['register', 'rank']), id, [
    [recipe.filled.name, 'CASE WHEN rank = 1 THEN 1 ELSE 0 END'],
    [recipe.weight.name, 'CASE WHEN rank = 1 THEN 1::BIGINT << 40 ELSE -(1::BIGINT << (41 - rank)) END'],
  ])
}

function pointsOf(spells: string, id: number, added: readonly [name: string, sql: string][]): Points {
  const list = (sign: string): string => added.map(([name, sql]) => `${sign}${sql} AS ${name}`).join(', ')
  const ended = added.map(([name, sql]) => `-(${sql}) AS ${name}`).join(', ')
  return `SELECT * FROM (WITH joined AS MATERIALIZED (${spells}) SELECT ${id} AS w, kid, i AS m, ${list('')} FROM joined UNION ALL SELECT ${id} AS w, kid, j AS m, ${ended} FROM joined WHERE j < last)`
}
