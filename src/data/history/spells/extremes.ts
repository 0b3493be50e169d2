// The greatest or least of the rows that count, at every moment.
//
// A spell [i, j) is parted into stretches of 1, 2, 4, … moments that begin at a multiple of their length, at most two of each length; a moment lies in one
// stretch of each length. So each spell is written to a few stretches and each moment reads a few, however long windows are and in whatever order rows
// come and go: O((rows + moments) log moments).
import { tableRows } from '../../../core/table.ts'
import type { Frame } from './frame.ts'

/** A column of the spells, null where the row does not count. */
export interface Extreme { value: string; pick: 'min' | 'max' }

export function extremeName({ value, pick }: Extreme, id: number): string { return `${pick}_${value}_${id}` }

/** Creates a table with `m` and each extreme (`extremeName`), for every moment with any. */
export async function createExtremes({ session, out, moments }: Frame, table: string, spells: string, id: number, extremes: readonly Extreme[]): Promise<void> {
  const values = [...new Set(extremes.map(e => e.value))]
  const stretches = `${out}_stretches`
  // Level l has stretches of 2^l moments; [low, high) are those of it that lie within the spell.
  const levels = `SELECT *, (i + (1::BIGINT << l) - 1) >> l AS low, j >> l AS high FROM (SELECT i, j, ${values.join(', ')}, unnest(range(CAST(floor(log2(j - i)) AS BIGINT) + 2)) AS l FROM ${spells} WHERE ${values.map(v => `${v} IS NOT NULL`).join(' OR ')})`
  const kept = extremes.map(e => `${e.pick}(${e.value}) AS ${extremeName(e, id)}`).join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${stretches} AS WITH parted AS (${levels})
    SELECT stretch, ${kept} FROM (
      SELECT low * 64 + l AS stretch, ${values.join(', ')} FROM parted WHERE low < high AND low % 2 = 1 UNION ALL
      SELECT (high - 1) * 64 + l AS stretch, ${values.join(', ')} FROM parted WHERE low < high AND high % 2 = 1) GROUP BY stretch`)
  const [{ top }] = tableRows(await session.query(`SELECT coalesce(max(stretch % 64), 0) AS top FROM ${stretches}`))
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT m, ${extremes.map(e => `${e.pick}(${extremeName(e, id)}) AS ${extremeName(e, id)}`).join(', ')}
    FROM (SELECT m, (m >> l) * 64 + l AS stretch FROM ${moments}, range(${Number(top) + 1}) AS levels(l)) AS x JOIN ${stretches} USING (stretch) GROUP BY m; DROP TABLE ${stretches}`)
}
