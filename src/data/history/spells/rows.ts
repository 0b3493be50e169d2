// The rows of a source that belong to the keys of a frame, and the spells for which each is the version that counts.
import { tableRows } from '../../../core/table.ts'
import { valueColumn } from '../../source.ts'
import { reachedSql, stepsOf, type Frame } from './frame.ts'
import type { Recipes } from './recipe.ts'

export interface Rows {
  /** `r` (unique; in order where the recipes need it), `kid`, `time` and the recipes' columns, and the columns that are read at one row. Of those that have spells. */
  rows: string
  /** `r`, `kid`, `time`, `last`, `plain` (the spell begins with its event time and does not end), the spell [a, z), and the recipes' columns. Null: not needed. */
  spells: string | null
  /** The plain rows, a table or a SELECT in brackets: `kid`, `time` and the parts of totals. */
  plain: string
  /** Whether some spells are not plain. */
  loose: boolean
}

export interface RowsOptions {
  /** A table of a source, or of the journal's events (with `since`, `until`, `seq`, `ord`, `many`). */
  from: string
  /** The key of a row. */
  key: string
  recipes: Recipes
  /** How far back windows reach, in microseconds; Infinity: to the beginning. */
  reach: number
  /** Whether every spell is wanted, or only those that are not plain. */
  every: boolean
}

/** What must hold of a row `e` of a source's table that can matter to a frame, its key aside. */
export async function rowBounds({ session, options: { known }, moments, alone }: Frame, reach: number): Promise<string> {
  const latest = known === undefined ? 't' : 'ka'
  const all = `SELECT t, ${latest} AS latest FROM ${moments}${alone === null ? '' : ` UNION ALL SELECT t, ${latest} FROM ${alone}`}`
  const [found] = tableRows(await session.query(`SELECT min(t) AS first, max(t) AS last, max(latest) AS latest FROM (${all})`))
  const bounds = [`e."time" <= ${found.last ?? 0}`, `e.known <= ${found.latest ?? 0}`, 'coalesce(e.superseded > e.known, true)']
  if (reach !== Number.POSITIVE_INFINITY) bounds.push(`e."time" > ${Number(found.first ?? 0) - reach}`)
  return bounds.join(' AND ')
}

/** Of a source whose rows say themselves when they were superseded. */
export async function createSourceRows(frame: Frame, options: RowsOptions): Promise<Rows> {
  const { session, out, options: { known } } = frame
  const { from, key, recipes, reach, every } = options
  const rows = `${out}_rows`
  const spells = `${out}_spells`
  const carried = recipes.columns.map(c => c.name)
  const own = `FROM ${from} AS e JOIN ${frame.keys} AS k ON k.k = ${key} WHERE ${await rowBounds(frame, reach)}`
  const isPlain = 'e.known <= e."time" AND e.superseded IS NULL'
  const [{ loose, ends }] = tableRows(await session.query(`SELECT coalesce(bool_or(NOT (${isPlain})), false) AS loose, coalesce(bool_or(e.superseded IS NOT NULL), false) AS ends FROM ${from} AS e`))
  const plain = `(SELECT k.kid, e."time"${recipes.parts.map(p => `, ${p.sql} AS ${p.name}`).join('')} ${own} AND ${isPlain})`
  if (known === undefined && !every && loose !== true) return { rows, spells: null, plain, loose: false }
  const columns = [...recipes.columns.map(c => `${c.sql} AS ${c.name}`), ...recipes.read.map(valueColumn)]
  const order = recipes.ordered ? 'ORDER BY kid, "time", known, "row"' : ''
  await session.run(`CREATE OR REPLACE TEMP TABLE ${rows} AS SELECT r, kid, last, "time", known, superseded, plain${columns.map(c => `, ${c}`).join('')}
    FROM (SELECT row_number() OVER (${order}) AS r, * FROM (SELECT k.kid, k.last, e.*, ${isPlain} AS plain ${own}${known === undefined && !every ? ` AND NOT (${isPlain})` : ''}))`)
  if (known === undefined) {
    const steps = await stepsOf(frame, 't')
    await session.run(`CREATE OR REPLACE TEMP TABLE ${spells} AS SELECT * FROM (
      SELECT e.r, e.kid, e."time", e.last, e.plain, coalesce(a.m, e.last) AS a, ${ends === true ? 'coalesce(z.m, e.last)' : 'e.last'} AS z${carried.map(c => `, e.${c}`).join('')}
      FROM ${rows} AS e ${reachedSql(steps, 'a', 'greatest(e."time", e.known)')} ${ends === true ? reachedSql(steps, 'z', 'e.superseded') : ''}) WHERE a < z`)
    return { rows, spells, plain, loose: loose === true }
  }
  const [onTime, onKnown] = [await stepsOf(frame, 't'), await stepsOf(frame, 'ka')]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${spells} AS SELECT * EXCLUDE (happens), a = happens AND z = last AS plain FROM (
    SELECT e.r, e.kid, e."time", e.last, coalesce(a.m, e.last) AS happens, greatest(coalesce(a.m, e.last), coalesce(b.m, e.last)) AS a, coalesce(z.m, e.last) AS z${carried.map(c => `, e.${c}`).join('')}
    FROM ${rows} AS e ${reachedSql(onTime, 'a', 'e."time"')} ${reachedSql(onKnown, 'b', 'e.known')} ${reachedSql(onKnown, 'z', 'e.superseded')}) WHERE a < z`)
  return { rows, spells, plain: `(SELECT * FROM ${spells} WHERE plain)`, loose: await hasLoose(frame, spells) }
}

export async function hasLoose({ session }: Frame, spells: string): Promise<boolean> {
  return tableRows(await session.query(`SELECT coalesce(bool_or(NOT plain), false) AS loose FROM ${spells}`))[0].loose === true
}
