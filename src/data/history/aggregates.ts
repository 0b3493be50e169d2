// Windowed aggregates in history, for every example at once and without a range join. What each part does is told in `spells/`.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { createLookedUp, type SourceTables } from './lookups.ts'
import { reachOfView } from './reach.ts'
import { evaluate, needsSpells } from './spells/evaluate.ts'
import { createFrame, dropFrame } from './spells/frame.ts'
import { planRecipes } from './spells/recipe.ts'
import { createSourceRows, rowBounds } from './spells/rows.ts'
import { rowKeySql } from './view-key.ts'

/**
 * Creates the temporary table `out` with `n` and `f<slot>` for each feature of an aggregate view, a row for each example.
 * @param key the examples' column with the entity's key
 * @param tables of `createSourceTable`: of the view's source, and of those that are looked up
 */
export async function createAggregates(session: EngineSession, out: string, view: ViewPlan, key: string, tables: SourceTables): Promise<void> {
  const frame = await createFrame(session, `${out}_by`, { examples: 'examples', key })
  const reach = reachOfView(view)
  const rowKey = rowKeySql(view, 'e.')
  let from = await tables(view.source)
  if (view.lookups.length > 0) {
    const looked = `${out}_by_looked`
    await createLookedUp(session, looked, view, `SELECT e.* FROM ${from} AS e SEMI JOIN ${frame.keys} AS k ON k.k = ${rowKey} WHERE ${await rowBounds(frame, reach)}`, tables)
    from = looked
  }
  const recipes = await planRecipes(session, from, rowKey, view)
  const rows = await createSourceRows(frame, { from, key: rowKey, recipes, reach, every: needsSpells(recipes) })
  await evaluate(frame, out, recipes, rows, null)
  await dropFrame(frame)
}
