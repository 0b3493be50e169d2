// Totals that rows add to while they count: exact numbers, so that what enters adds and what leaves subtracts, in any order.
//
// Rows that count from their event time on, nearly all, need one running total by event time: what a window holds at t is the total at t less the total at
// the window's lower bound. Other spells are points at which something is added and taken away again.
import { lowerBoundSql } from '../../meaning/window.ts'
import type { Frame } from './frame.ts'
import type { Part } from './recipe.ts'
import type { Rows } from './rows.ts'
import type { WindowGroup } from './windows.ts'

/** Points of spells: a SELECT of `w` (the window's id), `kid`, `m` and some of the parts. */
export type Points = string

/** The points of a table of window spells. */
export function spellPoints(table: string, id: number, parts: readonly Part[], where = ''): Points {
  const list = (sign: string): string => parts.map(p => `${sign}${p.name} AS ${p.name}`).join(', ')
  return `SELECT ${id} AS w, kid, i AS m, ${list('')} FROM ${table}${where === '' ? '' : ` WHERE ${where}`}
    UNION ALL SELECT ${id} AS w, kid, j AS m, ${list('-')} FROM ${table} WHERE j < last${where === '' ? '' : ` AND ${where}`}`
}

/** The column of a part's total in a window. */
export function totalName(part: Part, { id }: Pick<WindowGroup, 'id'>): string { return `${part.name}_${id}` }

export interface TotalsWanted { group: WindowGroup; parts: Part[]; /** Whether the plain rows are summed by time; else points have them too. */ byTime: boolean }

/** Creates a table with `m` and each total, for every moment at which there is something to tell. */
export async function createTotals({ session, out, moments }: Frame, table: string, rows: Rows, wanted: readonly TotalsWanted[], points: readonly Points[]): Promise<void> {
  const unique = (list: readonly Part[]): Part[] => [...new Map(list.map(p => [p.name, p])).values()]
  const all = unique(wanted.flatMap(w => w.parts))
  const timed = unique(wanted.filter(w => w.byTime).flatMap(w => w.parts.filter(isOfRows)))
  const looked: string[] = []
  if (timed.length > 0) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_running AS SELECT kid, "time" AS s, ${timed.map(p => `${p.sql === '1' ? 'count(*) OVER before' : `CAST(sum(${p.name}) OVER before AS ${p.type})`} AS ${p.name}`).join(', ')}
      FROM ${rows.plain} WINDOW before AS (PARTITION BY kid ORDER BY "time")`)
    const asked = [`SELECT m, kid, t AS s, 0 AS g FROM ${moments}`]
    for (const { group, byTime } of wanted) {
      const bound = lowerBoundSql(group.window, 't')
      if (byTime && bound !== null) asked.push(`SELECT m, kid, ${bound} AS s, ${group.id} AS g FROM ${moments}`)
    }
    looked.push(`SELECT x.m, x.g, ${all.map(p => (timed.includes(p) ? `r.${p.name}` : `NULL::${p.type} AS ${p.name}`)).join(', ')} FROM (${asked.join(' UNION ALL ')}) AS x ASOF JOIN ${out}_running AS r ON x.kid = r.kid AND x.s >= r.s`)
  }
  if (points.length > 0) {
    const none = `SELECT 0 AS w, 0 AS kid, 0::BIGINT AS m, ${all.map(p => `NULL::${p.type} AS ${p.name}`).join(', ')} WHERE false`
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_turning AS SELECT w, kid, m, ${all.map(p => `CAST(coalesce(sum(sum(${p.name})) OVER before, 0) AS ${p.type}) AS ${p.name}`).join(', ')}
      FROM (${[none, ...points].map(p => `(${p})`).join(' UNION ALL BY NAME ')}) GROUP BY w, kid, m WINDOW before AS (PARTITION BY w, kid ORDER BY m)`)
    const ids = wanted.map(w => `(${w.group.id})`).join(', ')
    looked.push(`SELECT x.m, -x.w AS g, ${all.map(p => `r.${p.name}`).join(', ')} FROM (SELECT m, kid, w FROM ${moments}, (VALUES ${ids}) AS v(w)) AS x ASOF JOIN ${out}_turning AS r ON x.w = r.w AND x.kid = r.kid AND x.m >= r.m`)
  }
  const columns = wanted.flatMap(({ group, parts, byTime }) => parts.map(p => {
    const zero = `0::${p.type}`
    const cases = [...(byTime && timed.includes(p) ? [`WHEN 0 THEN ${p.name}`, `WHEN ${group.id} THEN -${p.name}`] : []), ...(points.length > 0 ? [`WHEN ${-group.id} THEN ${p.name}`] : [])]
    return `${cases.length === 0 ? zero : `CAST(coalesce(sum(CASE g ${cases.join(' ')} END), ${zero}) AS ${p.type})`} AS ${totalName(p, group)}`
  }))
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT m, ${columns.join(', ')} FROM (${looked.length === 0 ? `SELECT m, 0 AS g FROM ${moments} LIMIT 0` : looked.join(' UNION ALL ')}) GROUP BY m`)
  for (const name of [...(timed.length > 0 ? ['running'] : []), ...(points.length > 0 ? ['turning'] : [])]) await session.run(`DROP TABLE ${out}_${name}`)
}

/** Not what distinct values add. */
function isOfRows(part: Part): boolean { return part.sql !== '' }
