// Sessions. Where every row that is there at t stays, and none came late, the pauses between rows are the same for every t, and a row's session ends with
// the first pause after it. Moments that see a row which others do not, or miss one, are troubled: their sessions are made of their own rows (`direct.ts`).
import { tableRows } from '../../../core/table.ts'
import type { WindowPlan } from '../../meaning/window.ts'
import { reachedSql, stepsOf, type Frame } from './frame.ts'
import type { Rows } from './rows.ts'
import type { WindowGroup } from './windows.ts'

type Session = WindowPlan & { kind: 'session' }

/** Creates the spells of the calm moments like `createWindowSpells`; `troubled`: a table with `m` of the others, null when there are none. */
export async function createSessionSpells(frame: Frame, rows: Rows, group: WindowGroup): Promise<{ spells: string; troubled: string | null }> {
  const { session, out } = frame
  const { gap, longest } = group.window as Session
  const spells = `${out}_in${group.id}`
  const steps = await stepsOf(frame, 't')
  const staying = `SELECT * FROM ${rows.spells} WHERE ${group.session} AND z = last`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${spells} AS SELECT * FROM (
    SELECT e.* EXCLUDE (a, z, ended, closes), e.a AS i, coalesce(x.m, e.last) AS j FROM (
      SELECT *, min(CASE WHEN ended THEN "time" END) OVER (PARTITION BY kid ORDER BY "time" RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS closes FROM (
        SELECT *, coalesce(lead("time") OVER (PARTITION BY kid ORDER BY "time") - "time" >= ${gap}, true) AS ended FROM (${staying}))) AS e
    ${reachedSql(steps, 'x', `least(e."time" + ${longest}, e.closes + ${gap})`)}) WHERE i < j`)
  if (!rows.loose) return { spells, troubled: null }
  const troubled = `${out}_troubled${group.id}`
  // A row that stays troubles while it is not there yet, one that goes while it is.
  await session.run(`CREATE OR REPLACE TEMP TABLE ${troubled} AS WITH stretches AS (
      SELECT kid, least(CASE WHEN z = last THEN happens ELSE a END, gone) AS i, least(CASE WHEN z = last THEN a ELSE z END, gone) AS j FROM (
        SELECT e.kid, e.last, e.a, e.z, coalesce(h.m, e.last) AS happens, coalesce(g.m, e.last) AS gone FROM (SELECT * FROM ${rows.spells} WHERE ${group.session} AND NOT plain) AS e
        ${reachedSql(steps, 'h', 'e."time"')} ${reachedSql(steps, 'g', `e."time" + ${longest}`)})),
    points AS (SELECT kid, i AS m, 1 AS d FROM stretches WHERE i < j UNION ALL SELECT kid, j, -1 FROM stretches WHERE i < j),
    turning AS (SELECT kid, m, sum(sum(d)) OVER (PARTITION BY kid ORDER BY m) AS troubles FROM points GROUP BY kid, m)
    SELECT x.m FROM ${frame.moments} AS x ASOF JOIN turning AS t ON x.kid = t.kid AND x.m >= t.m WHERE t.troubles > 0`)
  const [{ some }] = tableRows(await session.query(`SELECT count(*) > 0 AS some FROM ${troubled}`))
  if (some === true) return { spells, troubled }
  await session.run(`DROP TABLE ${troubled}`)
  return { spells, troubled: null }
}

/** Of `live`, a SELECT of `m`, `t`, `time` and more of the rows that a session may have at each moment: those that it has. */
export function sessionRowsSql(live: string, { gap }: Session): string {
  return `SELECT * EXCLUDE (next, broken) FROM (SELECT *, max(CASE WHEN next - "time" >= ${gap} THEN "time" END) OVER (PARTITION BY m) AS broken FROM (
    SELECT *, coalesce(lead("time") OVER (PARTITION BY m ORDER BY "time"), t) AS next FROM (${live}))) WHERE broken IS NULL OR "time" > broken`
}
