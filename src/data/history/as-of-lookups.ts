// Columns that rows get from other views, as of journal positions: what a row is given depends on what had been accepted by the position from which it is
// seen. From one position to the next that is nearly always the same; a row asks again only where rows of the other source that it may be given were accepted,
// undone or corrected since, and is there once for each stretch of positions.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { valueColumn } from '../source.ts'
import { END } from '../undo/counting.ts'
import { reachedSql, stepsOf, type Frame } from './spells/frame.ts'
import { versionBounds } from './spells/versions.ts'
import { rowKeySql } from './view-key.ts'

/** The table of `createAsOfEvents` of a source. */
export type EventTables = (source: SourceDefinition) => string

/** Creates the table `out` with `n` and `f0` of a plan for those that ask in the table `examples`: `n`, `t`, `ka`, `as_of` and the column `key`. */
export type AsOfLookUp = (out: string, plan: ViewPlan, examples: string, key: string) => Promise<void>

/**
 * Creates the table `table`: the events of `events` with `v.<name>` for each look-up, `u` (their rowid in `events`), and `since` and `until` of the stretch
 * of positions for which the values hold. Events that no moment of the frame sees have none.
 */
export async function createLookedUpEvents(frame: Frame, table: string, view: Pick<ViewPlan, 'lookups'>, { events, key, reach, tables, lookUp }: { events: string; key: string; reach: number; tables: EventTables; lookUp: AsOfLookUp }): Promise<void> {
  const { session } = frame
  const [asking, breaks] = [`${table}_asking`, `${table}_breaks`]
  const keys = view.lookups.map((_, i) => `k${i}`)
  await createAsking(frame, asking, `SELECT e.rowid AS u, e."time" AS t, greatest(e."time", e.known) - 1 AS ka, e.since, e.until, k.kid, k.last, ${view.lookups.map(({ plan }, i) => `${rowKeySql(plan, 'e.')} AS k${i}`).join(', ')}
    FROM ${events} AS e JOIN ${frame.keys} AS k ON k.k = ${key} WHERE ${await versionBounds(frame, reach)}`, keys)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${breaks} (u BIGINT, p BIGINT)`)
  for (const [i, { plan }] of view.lookups.entries()) await addBreaks(session, breaks, { asking, key: keys[i], inner: tables(plan.source), plan })
  // What a row is first seen with, it has since the last break before: asked there, rows that were accepted as they became known ask in the order of their times.
  // Positions that nobody asks from make no difference.
  const positions = `SELECT DISTINCT p FROM ${frame.moments}${frame.alone === null ? '' : ` UNION SELECT DISTINCT p FROM ${frame.alone}`}`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table}_points AS SELECT row_number() OVER () - 1 AS n, u, a.t, a.ka, a.until, ${keys.map(k => `a.${k}`).join(', ')}, p.since, p.as_of FROM (
      SELECT a.u, a.p AS since, coalesce(max(b.p), any_value(a.since)) AS as_of FROM ${asking} AS a LEFT JOIN ${breaks} AS b ON b.u = a.u AND b.p <= a.p GROUP BY a.u, a.p
      UNION ALL SELECT DISTINCT b.u, s.p, s.p FROM (SELECT b.* FROM ${breaks} AS b JOIN ${asking} AS a ON a.u = b.u AND b.p > a.p) AS b ASOF JOIN (${positions}) AS s ON b.p <= s.p) AS p
    JOIN ${asking} AS a USING (u) WHERE p.since < a.until`)
  for (const [i, { plan }] of view.lookups.entries()) await lookUp(`${table}_look${i}`, plan, `${table}_points`, keys[i])
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS WITH held AS (
      SELECT p.u, p.since, coalesce(lead(p.since) OVER (PARTITION BY p.u ORDER BY p.since), p.until) AS until, ${view.lookups.map(({ name }, i) => `l${i}.f0 AS ${valueColumn(name)}`).join(', ')}
      FROM ${table}_points AS p ${view.lookups.map((_, i) => `LEFT JOIN ${table}_look${i} AS l${i} ON l${i}.n = p.n`).join(' ')})
    SELECT e.* EXCLUDE (since, until), h.* FROM ${events} AS e JOIN held AS h ON h.u = e.rowid`)
  for (const name of [asking, breaks, `${table}_points`, ...view.lookups.map((_, i) => `${table}_look${i}`)]) await session.run(`DROP TABLE ${name}`)
}

/** Creates the table `asking`: the selected rows with `p`, the first position from which a moment sees them; without those that none does. */
async function createAsking(frame: Frame, asking: string, selected: string, keys: readonly string[]): Promise<void> {
  const [onTime, onPosition] = [await stepsOf(frame, 't'), await stepsOf(frame, 'p')]
  const columns = ['u', 't', 'ka', 'since', 'until', ...keys].map(c => `e.${c}`).join(', ')
  const first = 'greatest(coalesce(a.m, e.last), coalesce(b.m, e.last))'
  const chained = `SELECT ${columns}, m.p FROM (SELECT e.*, ${first} AS m FROM (${selected}) AS e ${reachedSql(onTime, 'a', 'e.ka + 1')} ${reachedSql(onPosition, 'b', 'e.since')}) AS e JOIN ${frame.moments} AS m ON m.m = e.m AND e.m < e.last`
  const alone = frame.alone === null ? '' : ` UNION ALL SELECT ${columns}, s.p FROM (${selected}) AS e ASOF JOIN (SELECT DISTINCT p FROM ${frame.alone}) AS s ON e.since <= s.p`
  await frame.session.run(`CREATE OR REPLACE TEMP TABLE ${asking} AS SELECT e.* EXCLUDE (p), min(p) AS p FROM (${chained}${alone}) AS e WHERE p < until GROUP BY ALL`)
}

interface Breaks { asking: string; key: string; inner: string; plan: ViewPlan }

/** Adds the positions at which what a row is given may become another. */
async function addBreaks(session: EngineSession, breaks: string, { asking, key, inner, plan }: Breaks): Promise<void> {
  // Undos, and materializations of static sources, concern every row; they are few.
  const turns = plan.isStatic ? `SELECT since AS s FROM ${inner} UNION SELECT until FROM ${inner}` : `SELECT since AS s FROM ${inner} WHERE since > seq UNION SELECT until FROM ${inner}`
  await session.run(`INSERT INTO ${breaks} SELECT a.u, t.s FROM (SELECT * FROM (${turns}) WHERE s < ${END}) AS t JOIN ${asking} AS a ON t.s > a.since AND t.s < a.until`)
  if (plan.isStatic) return
  const innerKey = rowKeySql(plan, 'e.')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${breaks}_late AS WITH versions AS (
      SELECT ${innerKey} AS k, e.since AS s, e.known, e."time" FROM ${inner} AS e UNION ALL
      SELECT ${innerKey}, v.since, v.known, e."time" FROM ${inner} AS e JOIN ${inner} AS v ON v.id = e.id WHERE e.many AND v.rowid <> e.rowid),
    accepted AS (SELECT k, s, min(known) AS known, min("time") AS "time" FROM versions WHERE k IS NOT NULL GROUP BY k, s),
    asked AS (SELECT ${key} AS k, since, max(max(ka)) OVER (PARTITION BY ${key} ORDER BY since) AS ka FROM ${asking} WHERE ${key} IS NOT NULL GROUP BY ${key}, since)
    SELECT v.* FROM accepted AS v ASOF JOIN asked AS a ON a.k = v.k AND v.s > a.since WHERE a.ka >= v.known`)
  await session.run(`INSERT INTO ${breaks} SELECT DISTINCT a.u, v.s FROM ${breaks}_late AS v JOIN ${asking} AS a ON a.${key} = v.k WHERE v.s > a.since AND v.s < a.until AND v.known <= a.ka AND v."time" <= a.t; DROP TABLE ${breaks}_late`)
}
