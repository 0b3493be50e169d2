// From when until when a row lies in a window: its spell [i, j) for one window, in moments.
import { lowerBoundSql, windowKey, type WindowPlan } from '../../meaning/window.ts'
import { reachedSql, stepsOf, type Frame } from './frame.ts'
import type { Recipe } from './recipe.ts'
import type { Rows } from './rows.ts'

/** A window of one or several features; `id` begins with 1. Sessions of different rows are different windows. */
export interface WindowGroup { id: number; window: WindowPlan; session: string | null; recipes: Recipe[] }

export function groupByWindow(recipes: readonly Recipe[]): WindowGroup[] {
  const groups = new Map<string, WindowGroup>()
  for (const recipe of recipes) {
    const { window, session } = recipe
    const key = `${windowKey(window)} ${session}`
    const group = groups.get(key) ?? { id: groups.size + 1, window, session, recipes: [] }
    group.recipes.push(recipe)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** The event time from which on a row no longer lies in the window; null: never. Not of sessions. */
export function exitSql(window: WindowPlan, time: string): string | null {
  switch (window.kind) {
    case 'sliding': return `${time} + ${window.size}`
    case 'tumbling': return `${lowerBoundSql(window, time)} + ${window.size + 1}`
    default: return null
  }
}

/** Creates a table with `r`, `kid`, `time`, `last`, `plain`, the spell [i, j) and the rows' columns. */
export async function createWindowSpells(frame: Frame, rows: Rows, { id, window }: WindowGroup): Promise<string> {
  const table = `${frame.out}_in${id}`
  const exit = exitSql(window, 'e."time"')
  const from = exit === null ? `SELECT e.* EXCLUDE (a, z), a AS i, z AS j FROM ${rows.spells} AS e`
    : `SELECT e.* EXCLUDE (a, z), e.a AS i, least(e.z, coalesce(x.m, e.last)) AS j FROM ${rows.spells} AS e ${reachedSql(await stepsOf(frame, 't'), 'x', exit)}`
  await frame.session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM (${from}) WHERE i < j`)
  return table
}
