// Features as of journal positions: for each row of the temporary table `examples` (`n`, `t`, `as_of`, `e<i>`), from the events with sequence ≤ as_of.
// Unlike training sets these are joined row by row: an independent way to the same numbers, and the one that can ask what had been accepted by then.
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import type { AggregatePlan, ViewPlan } from '../compiled-service.ts'
import { reachOf } from '../meaning/window.ts'
import { contributions, featureSql, finishWide, planTotals } from './aggregates.ts'
import { countsSql, replacesSql, valueOf } from './as-of-events.ts'
import { rowKeySql } from './view-key.ts'

/** Creates the temporary table `out`: `n` and `f<slot>` for each feature. `events` is a table of `createAsOfEvents`. */
export async function createAsOfView(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  if (view.view.kind === 'aggregate') await asOfAggregates(session, out, view, key, events)
  else if (view.isStatic) await asOfStatic(session, out, view, key, events)
  else await asOfLatest(session, out, view, key, events)
}

async function asOfAggregates(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  const features = view.features.filter((f): f is AggregatePlan => f.kind === 'aggregate')
  const windows = [...new Set(features.map(f => reachOf(f.window)))].sort((a, b) => a - b)
  const longest = windows[windows.length - 1]
  const totals = await planTotals(session, events, features)
  const each = contributions(features, totals)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_in AS SELECT ${rowKeySql(view)} AS k, ${bucket('"time"', longest)} AS bucket, id, "time", known, seq, ord, many, since, until, ${each.map(c => `${c.sql} AS ${c.name}`).join(', ')}
    FROM ${events} WHERE ${rowKeySql(view)} IS NOT NULL`)
  const sums = windows.flatMap((w, i) => each.map(c => `sum(e.${c.name})${w === longest ? '' : ` FILTER (WHERE e."time" > x.t - ${w})`} AS ${c.name}_${i}`))
  const replaced = `e.many AND EXISTS (SELECT 1 FROM ${events} AS v WHERE v.many AND ${replacesSql('v', 'e', 'x.t', 'x.as_of')})`
  const [{ some }] = tableRows(await session.query(`SELECT bool_or(many) AS some FROM ${events}`))
  // A window touches two buckets of its own length at most.
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_sums AS SELECT x.n, ${sums.join(', ')}
    FROM (SELECT n, t, as_of, ${key} AS k, unnest([${bucket('t', longest)}, ${bucket('t', longest)} - 1]) AS bucket FROM examples) AS x
    JOIN ${out}_in AS e ON e.k = x.k AND e.bucket = x.bucket AND e."time" <= x.t AND e."time" > x.t - ${longest} AND e.known <= x.t AND ${countsSql('e', 'x.as_of')}
    ${some === true ? `WHERE NOT (${replaced}) ` : ''}GROUP BY x.n`)
  const wide: Parameters<typeof finishWide>[2][number][] = []
  const columns = features.flatMap(f => {
    const i = windows.indexOf(reachOf(f.window))
    const renamed = totals.map(t => ({ ...t, count: `${t.count}_${i}`, sums: t.sums.map(s => `${s}_${i}`) }))
    const { sql, lanes } = f.column === null ? { sql: `CAST(coalesce(s.rows_${i}, 0) AS BIGINT)`, lanes: null } : featureSql(f, 's', renamed)
    if (lanes === null) return [`${sql} AS f${f.slot}`]
    const mean = f.aggregate === 'mean' ? `f${f.slot}_n` : null
    wide.push({ slot: f.slot, base: lanes.base, lanes: lanes.columns.map((_, l) => `f${f.slot}_${l}`), mean })
    return [...lanes.columns.map((c, l) => `CAST(coalesce(${c}, 0) AS VARCHAR) AS f${f.slot}_${l}`), ...(mean === null ? [] : [`CAST(coalesce(s.${lanes.count}, 0) AS BIGINT) AS ${mean}`])]
  })
  const target = wide.length === 0 ? out : `${out}_wide`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${target} AS SELECT x.n, ${columns.join(', ')} FROM examples AS x LEFT JOIN ${out}_sums AS s ON s.n = x.n; DROP TABLE ${out}_sums; DROP TABLE ${out}_in`)
  if (wide.length > 0) await finishWide(session, out, wide)
}

/** Which stretch of `size` microseconds a time lies in. */
function bucket(time: string, size: number): string {
  return `(${time} // ${size} - CASE WHEN ${time} % ${size} < 0 THEN 1 ELSE 0 END)`
}

/** The best of what is known by t, if it was accepted by then and still holds; else, for those few, the best of all rows of the key. */
async function asOfLatest(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_ranked AS SELECT *, ${rowKeySql(view)} AS k, greatest("time", known) AS enters, row_number() OVER (ORDER BY "time", known, seq, ord) AS rank
    FROM ${events} WHERE ${rowKeySql(view)} IS NOT NULL`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_best AS WITH best AS (
      SELECT k, enters, max(max(rank)) OVER (PARTITION BY k ORDER BY enters ROWS UNBOUNDED PRECEDING) AS rank FROM ${out}_ranked GROUP BY k, enters)
    SELECT x.n, x.t, x.as_of, x.${key} AS k, best.rank FROM examples AS x ASOF LEFT JOIN best ON x.${key} = best.k AND x.t >= best.enters`)
  const holds = (x: string): string => `${countsSql('e', `${x}.as_of`)} AND NOT (e.many AND EXISTS (SELECT 1 FROM ${events} AS v WHERE v.many AND ${replacesSql('v', 'e', `${x}.t`, `${x}.as_of`)}))`
  const alive = (x: string): string => (view.ttl === null ? 'true' : `e."time" > ${x}.t - ${view.ttl}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_again AS SELECT b.* FROM ${out}_best AS b JOIN ${out}_ranked AS e ON e.rank = b.rank WHERE ${alive('b')} AND NOT (${holds('b')})`)
  await session.run(`UPDATE ${out}_best AS b SET rank = a.rank FROM (
      SELECT x.n, (SELECT max(e.rank) FROM ${out}_ranked AS e WHERE e.k = x.k AND e.enters <= x.t AND ${alive('x')} AND ${holds('x')}) AS rank FROM ${out}_again AS x) AS a WHERE a.n = b.n`)
  const columns = view.features.map(f => `${valueOf('e', f.kind === 'latest' ? f.column : '')} AS f${f.slot}`).join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT b.n, ${columns} FROM ${out}_best AS b LEFT JOIN ${out}_ranked AS e ON e.rank = b.rank AND ${alive('b')};
    DROP TABLE ${out}_best; DROP TABLE ${out}_ranked; DROP TABLE ${out}_again`)
}

/** The rows of the last materialization by then; of two with one key the later. */
async function asOfStatic(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  const columns = view.features.map(f => `${valueOf('e', f.kind === 'latest' ? f.column : '')} AS f${f.slot}`).join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS WITH marks AS (SELECT DISTINCT seq, since, until FROM ${events}),
      positions AS (SELECT as_of, max(seq) AS seq FROM (SELECT DISTINCT as_of FROM examples) AS x JOIN marks ON ${countsSql('marks', 'x.as_of')} GROUP BY as_of),
      stood AS (SELECT x.n, x.${key} AS k, p.seq FROM examples AS x LEFT JOIN positions AS p ON p.as_of = x.as_of),
      best AS (SELECT seq, ${rowKeySql(view)} AS k, max(ord) AS ord FROM ${events} WHERE ${rowKeySql(view)} IS NOT NULL GROUP BY ALL)
    SELECT stood.n, ${columns} FROM stood LEFT JOIN best USING (seq, k) LEFT JOIN (SELECT DISTINCT ON (seq, ord) * FROM ${events}) AS e ON e.seq = best.seq AND e.ord = best.ord`)
}
