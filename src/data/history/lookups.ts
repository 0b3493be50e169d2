// Columns that rows get from other views, in training sets: each row asks the other view once, about its own event time and what was known before it.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { LookupPlan, ViewPlan } from '../compiled-service.ts'
import { conditionSql } from '../meaning/condition.ts'
import { valueColumn } from '../source.ts'
import { reachOfView } from './reach.ts'
import type { Alone } from './spells/direct.ts'
import { evaluate } from './spells/evaluate.ts'
import { createFrame, dropFrame } from './spells/frame.ts'
import { planRecipes } from './spells/recipe.ts'
import { createSourceRows } from './spells/rows.ts'
import { rowKeySql } from './view-key.ts'

/** Which rows of a source count at a moment of no chain. */
const SOURCE_ALONE: Alone = { counts: 'e.known <= x.ka AND coalesce(e.superseded > x.ka, true)', rivals: null }

/** The table of `createSourceTable` of a source that is looked up. */
export type SourceTables = (source: SourceDefinition) => Promise<string>

/**
 * Creates the table `table`: the rows that `selected`, a SELECT over a source's table, gives, with a column `v.<name>` for each look-up of the view.
 */
export async function createLookedUp(session: EngineSession, table: string, view: Pick<ViewPlan, 'lookups'>, selected: string, tables: SourceTables): Promise<void> {
  const asking = `${table}_asking`
  const keys = view.lookups.map(({ plan }, i) => `${rowKeySql(plan)} AS k${i}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${asking} AS SELECT row_number() OVER () - 1 AS n, *, "time" AS t, greatest("time", known) - 1 AS ka, ${keys.join(', ')} FROM (${selected})`)
  for (const [i, { plan }] of view.lookups.entries()) await lookUp(session, `${table}_look${i}`, plan, { examples: asking, key: `k${i}` }, await tables(plan.source))
  const columns = view.lookups.map(({ name }, i) => `l${i}.f0 AS ${valueColumn(name)}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT x.* EXCLUDE (n, t, ka, ${keys.map((_, i) => `k${i}`).join(', ')}), ${columns.join(', ')}
    FROM ${asking} AS x ${view.lookups.map((_, i) => `LEFT JOIN ${table}_look${i} AS l${i} ON l${i}.n = x.n`).join(' ')}`)
  for (const name of [asking, ...view.lookups.map((_, i) => `${table}_look${i}`)]) await session.run(`DROP TABLE ${name}`)
}

async function lookUp(session: EngineSession, out: string, plan: LookupPlan['plan'], asking: { examples: string; key: string }, source: string): Promise<void> {
  if (plan.isStatic) {
    const [feature] = plan.features
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT x.n, e.f0 FROM ${asking.examples} AS x JOIN (
      SELECT ${rowKeySql(plan)} AS k, max_by(struct_pack(f0 := ${valueColumn(feature.kind === 'latest' ? feature.column : '')}), "row").f0 AS f0 FROM ${source} WHERE ${rowKeySql(plan)} IS NOT NULL AND ${conditionSql(plan.where, valueColumn)} GROUP BY k) AS e ON e.k = x.${asking.key}`)
    return
  }
  const frame = await createFrame(session, `${out}_by`, { ...asking, known: 'ka' })
  const recipes = await planRecipes(session, source, rowKeySql(plan, 'e.'), plan)
  const rows = await createSourceRows(frame, { from: source, key: rowKeySql(plan, 'e.'), recipes, reach: reachOfView(plan), every: true })
  await evaluate(frame, out, recipes, rows, SOURCE_ALONE)
  await dropFrame(frame)
}
