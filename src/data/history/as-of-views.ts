// Features as of journal positions: for each row of the temporary table `examples` (`n`, `t`, `as_of`, `e<i>`), from the events that count there.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { conditionSql } from '../meaning/condition.ts'
import { valueColumn } from '../source.ts'
import { reachOfView } from './aggregates.ts'
import { countsSql, valueOf } from './as-of-events.ts'
import { evaluate } from './spells/evaluate.ts'
import { createFrame, dropFrame } from './spells/frame.ts'
import { planRecipes } from './spells/recipe.ts'
import { aloneSql, createVersionRows } from './spells/versions.ts'
import { rowKeySql } from './view-key.ts'

/** Creates the temporary table `out`: `n` and `f<slot>` for each feature. `events` is a table of `createAsOfEvents`. */
export async function createAsOfView(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  if (view.isStatic) { await asOfStatic(session, out, view, key, events); return }
  const frame = await createFrame(session, `${out}_by`, { examples: 'examples', key, position: 'as_of' })
  const recipes = await planRecipes(session, events, view)
  const rows = await createVersionRows(frame, { from: events, key: rowKeySql(view, 'e.'), recipes, reach: reachOfView(view), every: true })
  await evaluate(frame, out, recipes, rows, aloneSql(events))
  await dropFrame(frame)
}

/** The rows of the last materialization that counts; of two with one key the later. */
async function asOfStatic(session: EngineSession, out: string, view: ViewPlan, key: string, events: string): Promise<void> {
  const columns = view.features.map(f => `${valueOf('e', f.kind === 'latest' ? f.column : '')} AS f${f.slot}`).join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS WITH marks AS (SELECT DISTINCT seq, since, until FROM ${events}),
      positions AS (SELECT as_of, max(seq) AS seq FROM (SELECT DISTINCT as_of FROM examples) AS x JOIN marks ON ${countsSql('marks', 'x.as_of')} GROUP BY as_of),
      stood AS (SELECT x.n, x.${key} AS k, p.seq FROM examples AS x LEFT JOIN positions AS p ON p.as_of = x.as_of),
      best AS (SELECT seq, ${rowKeySql(view)} AS k, max(ord) AS ord FROM ${events} WHERE ${rowKeySql(view)} IS NOT NULL AND ${conditionSql(view.where, valueColumn)} GROUP BY ALL)
    SELECT stood.n, ${columns} FROM stood LEFT JOIN best USING (seq, k) LEFT JOIN (SELECT DISTINCT ON (seq, ord) * FROM ${events}) AS e ON e.seq = best.seq AND e.ord = best.ord`)
}
