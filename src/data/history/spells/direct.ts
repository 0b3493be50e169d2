// The plain way, for moments that nothing quicker can answer: every moment with every row that counts at it, in portions, grouped by moment.
import { tableRows } from '../../../core/table.ts'
import type { EngineSession } from '../../../core/ports/engine.ts'
import { rankSql } from '../../meaning/percentile.ts'
import { lowerBoundSql, reachOf } from '../../meaning/window.ts'
import { extremeName } from './extremes.ts'
import type { Frame } from './frame.ts'
import { percentileName } from './percentiles.ts'
import { rowParts } from './recipe.ts'
import type { Rows } from './rows.ts'
import { sessionRowsSql } from './sessions.ts'
import { totalName } from './totals.ts'
import type { WindowGroup } from './windows.ts'

/** Where the answers of a window go: tables with `m` and some of its columns; of last values `m` and `r`. */
export interface Answers { totals: string | null; extremes: string | null; percentiles: Map<string, { table: string; ps: number[] }>; lastRows: Map<number, string> }

/** Pairs of a moment and a row that are held at once, about. */
const PAIRS = 10_000_000

/** Answers the moments of a table with `m`: as their spells say which rows count. Windows that reach as far are answered together. */
export async function answerTroubled(frame: Frame, rows: Rows, troubled: string, group: WindowGroup, answers: Answers): Promise<void> {
  const reach = reachOf(group.window)
  const moments = `SELECT m, kid, t FROM ${frame.moments} JOIN ${troubled} USING (m)`
  await forget(frame, troubled, answers)
  await inPortions(frame, rows, moments, reach, async portion => {
    // A window touches two stretches of its own length at most.
    const live = `SELECT x.m, x.t, e.* EXCLUDE (kid, last, plain, a, z) FROM (SELECT *, unnest([${stretchSql('t', reach)}, ${stretchSql('t', reach)} - 1]) AS stretch FROM ${portion}) AS x
      JOIN ${rows.spells} AS e ON e.kid = x.kid AND ${stretchSql('e."time"', reach)} = x.stretch AND e."time" <= x.t AND e."time" > x.t - ${reach} AND e.a <= x.m AND x.m < e.z WHERE ${group.session}`
    await answer(frame, live, [{ group, answers }])
  })
}

/** Which rows count at a moment of no chain, in SQL of `e`, a row, and `x` with `ka` and `p`: those for which `counts` holds, but for `many` ones that a row `v` of `rivals` replaces. */
export interface Alone { counts: string; rivals: { table: string; replaces: string } | null }

/** Answers the moments of no chain, for every window. */
export async function answerAlone(frame: Frame, rows: Rows, columns: readonly string[], { counts, rivals }: Alone, windows: readonly { group: WindowGroup; answers: Answers }[]): Promise<void> {
  const reach = Math.max(...windows.map(w => reachOf(w.group.window)))
  const far = reach === Number.POSITIVE_INFINITY
  await inPortions(frame, rows, `SELECT * FROM ${frame.alone}`, reach, async portion => {
    const from = far ? portion : `(SELECT *, unnest([${stretchSql('t', reach)}, ${stretchSql('t', reach)} - 1]) AS stretch FROM ${portion})`
    const near = far ? '' : ` AND ${stretchSql('e."time"', reach)} = x.stretch AND e."time" > x.t - ${reach}`
    const pairs = `${from} AS x JOIN ${rows.rows} AS e ON e.kid = x.kid AND e."time" <= x.t${near}`
    const live = `SELECT x.m, x.t, e.r, e."time"${columns.map(c => `, e.${c}`).join('')} FROM ${pairs} WHERE ${counts}`
    const replaced = rivals === null ? null : `SELECT x.m, e.r FROM ${pairs} JOIN ${rivals.table} AS v ON v.id = e.id WHERE ${counts} AND e.many AND v.many AND ${rivals.replaces}`
    await answer(frame, replaced === null ? live : `SELECT l.* FROM (${live}) AS l ANTI JOIN (${replaced}) AS o ON o.m = l.m AND o.r = l.r`, windows)
  })
}

async function inPortions({ session, out }: Frame, rows: Rows, moments: string, reach: number, work: (portion: string) => Promise<void>): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_all AS SELECT *, row_number() OVER () - 1 AS place FROM (${moments})`)
  const [{ size }] = tableRows(await session.query(`SELECT count(*) AS size FROM ${out}_all`))
  const [{ most, span }] = tableRows(await session.query(`SELECT max(n) AS most, max(span) AS span FROM (SELECT count(*) AS n, max("time") - min("time") AS span FROM ${rows.rows} GROUP BY kid)`))
  const each = Number(most ?? 1) * Math.min(1, reach / Math.max(1, Number(span ?? 1)))
  const portion = Math.max(20, Math.min(50_000, Math.floor(PAIRS / Math.max(1, each))))
  for (let from = 0; from < Number(size); from += portion) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_portion AS SELECT * EXCLUDE (place) FROM ${out}_all WHERE place >= ${from} AND place < ${from + portion}`)
    await work(`${out}_portion`)
  }
  await session.run(`DROP TABLE ${out}_all; DROP TABLE IF EXISTS ${out}_portion`)
}

async function answer({ session, out }: Frame, live: string, windows: readonly { group: WindowGroup; answers: Answers }[]): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_live AS ${live}`)
  for (const { group, answers } of windows) {
    const seen = await windowRows(session, out, group)
    if (answers.totals !== null) {
      const totals = totalColumns(group)
      const sketches = [...new Map(group.recipes.flatMap(r => (r.how === 'sketch' ? [[r.value, r] as const] : []))).values()]
      const joins = sketches.map((r, i) => `LEFT JOIN (SELECT m, count(*) AS ${totalName(r.filled, group)}, CAST(sum(1::BIGINT << (41 - rank)) AS BIGINT) AS ${totalName(r.weight, group)}
        FROM (SELECT m, max(${r.value} % 64) AS rank FROM ${seen} WHERE ${r.value} IS NOT NULL GROUP BY m, ${r.value} // 64) GROUP BY m) AS k${i} USING (m)`)
      await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_told AS SELECT * FROM (SELECT m${totals.map(t => `, ${t.sql} AS ${t.name}`).join('')} FROM ${seen} GROUP BY m) ${joins.join(' ')}`)
      totals.push(...sketches.flatMap(r => [r.filled, r.weight]).map(p => ({ name: totalName(p, group), sql: '' })))
      // Windows share a table: those of one moment become one row.
      const set = totals.map(t => `${t.name} = n.${t.name}`).join(', ')
      await session.run(`UPDATE ${answers.totals} AS o SET ${set} FROM ${out}_told AS n WHERE n.m = o.m;
        INSERT INTO ${answers.totals} BY NAME SELECT * FROM ${out}_told ANTI JOIN ${answers.totals} USING (m); DROP TABLE ${out}_told`)
    }
    const extremes = group.recipes.flatMap(r => (r.how === 'extreme' || r.how === 'row' || r.how === 'since' ? [{ value: r.value, pick: r.how === 'since' ? 'max' as const : r.pick }] : []))
    if (answers.extremes !== null) await session.run(`INSERT INTO ${answers.extremes} BY NAME SELECT m, ${[...new Set(extremes.map(e => `${e.pick}(${e.value}) AS ${extremeName(e, group.id)}`))].join(', ')} FROM ${seen} GROUP BY m`)
    for (const [value, { table, ps }] of answers.percentiles) {
      await session.run(`INSERT INTO ${table} BY NAME SELECT m, ${ps.map((p, i) => `max(value) FILTER (WHERE place = ${rankSql(p, 'size')}) AS ${percentileName(value, i, group.id)}`).join(', ')}
        FROM (SELECT m, ${value} AS value, row_number() OVER (PARTITION BY m ORDER BY ${value}) AS place, count(*) OVER (PARTITION BY m) AS size FROM ${seen} WHERE ${value} IS NOT NULL) GROUP BY m`)
    }
    for (const r of group.recipes) {
      if (r.how !== 'lastN') continue
      await session.run(`INSERT INTO ${answers.lastRows.get(r.slot)} SELECT m, r FROM (SELECT m, ${r.value} AS r, row_number() OVER (PARTITION BY m ORDER BY ${r.value} DESC) AS place FROM ${seen} WHERE ${r.value} IS NOT NULL) WHERE place <= ${r.n}`)
    }
  }
  await session.run(`DROP TABLE ${out}_live; DROP TABLE IF EXISTS ${out}_seen`)
}

/** Those of the rows that count that lie in a window. */
async function windowRows(session: EngineSession, out: string, { window, session: own }: WindowGroup): Promise<string> {
  const bound = lowerBoundSql(window, 't')
  if (window.kind !== 'session') return bound === null ? `${out}_live` : `(SELECT * FROM ${out}_live WHERE "time" > ${bound})`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_seen AS ${sessionRowsSql(`SELECT * FROM ${out}_live WHERE "time" > ${bound} AND ${own}`, window)}`)
  return `${out}_seen`
}

/** Sums of parts, and counts of values; sketches have their own. */
function totalColumns(group: WindowGroup): { name: string; sql: string }[] {
  const columns = new Map<string, string>()
  for (const r of group.recipes) {
    for (const p of rowParts(r)) columns.set(totalName(p, group), `CAST(sum(${p.name}) AS ${p.type})`)
    if (r.how === 'distinct') columns.set(totalName(r.count, group), `count(DISTINCT ${r.value})`)
  }
  return [...columns].map(([name, sql]) => ({ name, sql }))
}

/** Which stretch of `size` microseconds a time lies in. */
function stretchSql(time: string, size: number): string { return `(${time} // ${size} - CASE WHEN ${time} % ${size} < 0 THEN 1 ELSE 0 END)` }

async function forget({ session }: Frame, moments: string, answers: Answers): Promise<void> {
  const tables = [answers.totals, answers.extremes, ...[...answers.percentiles.values()].map(p => p.table)]
  for (const table of tables) if (table !== null) await session.run(`DELETE FROM ${table} WHERE m IN (SELECT m FROM ${moments})`)
}
