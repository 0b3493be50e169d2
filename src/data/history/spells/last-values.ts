// The last values of a key: rows have places in their order, and from the last that has happened by t one goes back until enough of them count.
import { tableRows } from '../../../core/table.ts'
import { lowerBoundSql } from '../../meaning/window.ts'
import type { Frame } from './frame.ts'
import type { Recipe } from './recipe.ts'
import type { WindowGroup } from './windows.ts'

type LastN = Recipe & { how: 'lastN' }

/** Tables: `places` (kid, pos, r, the spell), `ends` (m, kid; the places from after `low` to `high` may count), `direct` (m, r: moments that are answered already). */
export interface LastRows { recipe: LastN; places: string; ends: string; direct: string }

export async function createLastRows({ session, out, moments }: Frame, spells: string, group: WindowGroup, recipe: LastN, except: string | null): Promise<LastRows> {
  const name = `${out}_last${recipe.slot}`
  const tables: LastRows = { recipe, places: `${name}_places`, ends: `${name}_ends`, direct: `${name}_direct` }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${tables.places} AS SELECT kid, row_number() OVER (PARTITION BY kid ORDER BY r) AS pos, r, "time", i, j FROM ${spells} WHERE ${recipe.value} IS NOT NULL`)
  const bound = lowerBoundSql(group.window, 'x.t')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${tables.ends} AS WITH reached AS (SELECT kid, "time" AS s, max(pos) AS pos FROM ${tables.places} GROUP BY kid, s)
    SELECT x.m, x.kid, ${bound === null ? '0::BIGINT' : 'coalesce(l.pos, 0)'} AS low, h.pos AS high FROM (SELECT m, kid, t${bound === null ? '' : `, ${bound} AS bound`} FROM ${moments} AS x${except === null ? '' : ` ANTI JOIN ${except} USING (m)`}) AS x
    ASOF JOIN reached AS h ON x.kid = h.kid AND x.t >= h.s${bound === null ? '' : ' ASOF LEFT JOIN reached AS l ON x.kid = l.kid AND x.bound >= l.s'}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${tables.direct} (m BIGINT, r BIGINT)`)
  return tables
}

/** Creates the table `found` (m, r) with the last rows of these moments, a SELECT of `m`; there may be more than n of one. */
export async function findLastRows({ session, out }: Frame, found: string, { recipe, places, ends, direct }: LastRows, moments: string): Promise<void> {
  const walking = `${out}_walking`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${walking} AS SELECT m, kid, low, high FROM ${ends} SEMI JOIN (${moments}) USING (m) WHERE low < high`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${found} AS SELECT m, r FROM ${direct} SEMI JOIN (${moments}) USING (m)`)
  // Nearly always the last n count: only where some do not is it looked further.
  for (let length = recipe.n + 4; ; length *= 8) {
    await session.run(`INSERT INTO ${found} SELECT w.m, p.r FROM (SELECT m, kid, unnest(range(greatest(low, high - ${length}) + 1, high + 1)) AS pos FROM ${walking}) AS w JOIN ${places} AS p ON p.kid = w.kid AND p.pos = w.pos WHERE p.i <= w.m AND w.m < p.j`)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${walking} AS SELECT m, kid, low, high - ${length} AS high FROM ${walking} ANTI JOIN (SELECT m FROM ${found} GROUP BY m HAVING count(*) >= ${recipe.n}) USING (m) WHERE high - ${length} > low`)
    if (Number(tableRows(await session.query(`SELECT count(*) AS left FROM ${walking}`))[0].left) === 0) break
  }
  await session.run(`DROP TABLE ${walking}`)
}
