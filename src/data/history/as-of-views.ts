// Features as of journal positions: for each row of the temporary table `examples` (`n`, `t`, `as_of`, `e<i>`), from the events that count there.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { conditionSql } from '../meaning/condition.ts'
import { valueColumn } from '../source.ts'
import { countsSql, valueOf } from './as-of-events.ts'
import { createLookedUpEvents, type EventTables } from './as-of-lookups.ts'
import { reachOfView } from './reach.ts'
import { evaluate } from './spells/evaluate.ts'
import { createFrame, dropFrame, type FrameOptions } from './spells/frame.ts'
import { planRecipes } from './spells/recipe.ts'
import { createVersionRows, versionsAlone } from './spells/versions.ts'
import { rowKeySql } from './view-key.ts'

/** Creates the temporary table `out`: `n` and `f<slot>` for each feature. `tables`: of `createAsOfEvents`, of the view's source and of those that are looked up. */
export async function createAsOfView(session: EngineSession, out: string, view: ViewPlan, key: string, tables: EventTables): Promise<void> {
  await answerView(session, out, view, { examples: 'examples', key, position: 'as_of' }, tables)
}

async function answerView(session: EngineSession, out: string, view: ViewPlan, asking: FrameOptions, tables: EventTables): Promise<void> {
  const events = tables(view.source)
  if (view.isStatic) { await answerStatic(session, out, view, asking, events); return }
  const frame = await createFrame(session, `${out}_by`, asking)
  const key = rowKeySql(view, 'e.')
  const reach = reachOfView(view)
  const looked = `${out}_by_looked`
  if (view.lookups.length > 0) {
    await createLookedUpEvents(frame, looked, view, {
      events, key, reach, tables, lookUp: (name, plan, examples, column) => answerView(session, name, plan, { examples, key: column, known: 'ka', position: 'as_of' }, tables),
    })
  }
  const own = view.lookups.length > 0 ? { from: looked, rivals: events } : { from: events }
  const recipes = await planRecipes(session, own.from, key, view)
  const rows = await createVersionRows(frame, { ...own, key, recipes, reach, every: true })
  await evaluate(frame, out, recipes, rows, versionsAlone(events))
  await dropFrame(frame)
}

/** The rows of the last materialization that counts; of two with one key the later. */
async function answerStatic(session: EngineSession, out: string, view: ViewPlan, { examples, key }: FrameOptions, events: string): Promise<void> {
  const columns = view.features.map(f => `${valueOf('e', f.kind === 'latest' ? f.column : '')} AS f${f.slot}`).join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS WITH marks AS (SELECT DISTINCT seq, since, until FROM ${events}),
      positions AS (SELECT as_of, max(seq) AS seq FROM (SELECT DISTINCT as_of FROM ${examples}) AS x JOIN marks ON ${countsSql('marks', 'x.as_of')} GROUP BY as_of),
      stood AS (SELECT x.n, x.${key} AS k, p.seq FROM ${examples} AS x LEFT JOIN positions AS p ON p.as_of = x.as_of),
      best AS (SELECT seq, ${rowKeySql(view)} AS k, max(ord) AS ord FROM ${events} WHERE ${rowKeySql(view)} IS NOT NULL AND ${conditionSql(view.where, valueColumn)} GROUP BY ALL)
    SELECT stood.n, ${columns} FROM stood LEFT JOIN best USING (seq, k) LEFT JOIN (SELECT DISTINCT ON (seq, ord) * FROM ${events}) AS e ON e.seq = best.seq AND e.ord = best.ord`)
}
