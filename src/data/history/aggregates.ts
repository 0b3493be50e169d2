// Windowed aggregates in history, for every example at once and without a range join. What each part does is told in `spells/`.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Micros } from '../../core/time.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { reachOf } from '../meaning/window.ts'
import { evaluate, needsSpells } from './spells/evaluate.ts'
import { createFrame, dropFrame } from './spells/frame.ts'
import { planRecipes } from './spells/recipe.ts'
import { createSourceRows } from './spells/rows.ts'
import { rowKeySql } from './view-key.ts'

/**
 * Creates the temporary table `out` with `n` and `f<slot>` for each feature of an aggregate view, a row for each example.
 * @param key the examples' column with the entity's key
 * @param source a table of `createSourceTable`
 */
export async function createAggregates(session: EngineSession, out: string, view: ViewPlan, key: string, source: string): Promise<void> {
  const frame = await createFrame(session, `${out}_by`, { examples: 'examples', key })
  const recipes = await planRecipes(session, source, view)
  const rows = await createSourceRows(frame, { from: source, key: rowKeySql(view, 'e.'), recipes, reach: reachOfView(view), every: needsSpells(recipes) })
  await evaluate(frame, out, recipes, rows, null)
  await dropFrame(frame)
}

/** How far before t rows of a view may lie and still count. */
export function reachOfView(view: ViewPlan): Micros {
  return Math.max(...view.features.map(f => (f.kind === 'aggregate' ? reachOf(f.window) : view.ttl ?? Number.POSITIVE_INFINITY)))
}
