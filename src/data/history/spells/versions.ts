// The journal's events that belong to the keys of a frame, and the spells for which each is the version that counts: as what was accepted, undone and
// corrected by each moment's position says.
import { tableRows } from '../../../core/table.ts'
import { countsSql, replacesSql } from '../as-of-events.ts'
import { valueColumn } from '../../source.ts'
import { reachedSql, stepsOf, type Frame } from './frame.ts'
import type { Alone } from './direct.ts'
import { hasLoose, type Rows, type RowsOptions } from './rows.ts'

export interface VersionOptions extends RowsOptions {
  /** The events among which versions take each other's place, where `from` has their rows once for each stretch of positions (its `u`: their rowid there). */
  rivals?: string
}

/** What must hold of an event `e` that can matter to a frame, its key aside. */
export async function versionBounds({ session, options: { known }, moments, alone }: Frame, reach: number): Promise<string> {
  const latest = known === undefined ? 't' : 'ka'
  const all = `SELECT t, ${latest} AS latest, p FROM ${moments}${alone === null ? '' : ` UNION ALL SELECT t, ${latest}, p FROM ${alone}`}`
  const [found] = tableRows(await session.query(`SELECT min(t) AS first, max(t) AS last, max(latest) AS latest, max(p) AS position FROM (${all})`))
  const bounds = [`e."time" <= ${found.last ?? 0}`, `e.known <= ${found.latest ?? 0}`, `e.since <= ${found.position ?? 0}`]
  if (reach !== Number.POSITIVE_INFINITY) bounds.push(`e."time" > ${Number(found.first ?? 0) - reach}`)
  return bounds.join(' AND ')
}

/** Of a table of `createAsOfEvents`. */
export async function createVersionRows(frame: Frame, { from, key, recipes, reach, rivals }: VersionOptions): Promise<Rows> {
  const { session, out } = frame
  const known = frame.options.known === undefined ? 't' : 'ka'
  const rows = `${out}_rows`
  const spells = `${out}_spells`
  const columns = [...recipes.columns.map(c => `${c.sql} AS ${c.name}`), ...recipes.read.map(valueColumn)]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${rows} AS SELECT r, kid, last, "time", known, id, seq, ord, since, until, many, u${columns.map(c => `, ${c}`).join('')}
    FROM (SELECT row_number() OVER (ORDER BY kid, "time", known, seq, ord) AS r, * FROM (SELECT k.kid, k.last, e.*${rivals === undefined ? ', e.rowid AS u' : ''} FROM ${from} AS e JOIN ${frame.keys} AS k ON k.k = ${key} WHERE ${await versionBounds(frame, reach)}))`)
  const [onTime, onKnown, onPosition] = [await stepsOf(frame, 't'), await stepsOf(frame, known), await stepsOf(frame, 'p')]
  const of = (alias: string): string => `coalesce(${alias}.m, e.last)`
  const carried = recipes.columns.map(c => `, e.${c.name}`).join('')
  const base = `e.r, e.kid, e."time", e.last, ${of('h')} AS happens`
  const alone = `SELECT ${base}, greatest(${of('h')}, ${of('b')}, ${of('c')}) AS a, ${of('z')} AS z${carried} FROM ${rows} AS e
    ${reachedSql(onTime, 'h', 'e."time"')} ${reachedSql(onKnown, 'b', 'e.known')} ${reachedSql(onPosition, 'c', 'e.since')} ${reachedSql(onPosition, 'z', 'e.until')} WHERE NOT e.many`
  const [{ some }] = tableRows(await session.query(`SELECT coalesce(bool_or(many), false) AS some FROM ${rows}`))
  if (some === true) await createReigns(frame, rivals ?? from, rows, known)
  // A part of a version's positions bounds its reign.
  const reigning = `SELECT ${base}, greatest(${of('h')}, e.i${rivals === undefined ? '' : `, ${of('c')}`}) AS a, ${rivals === undefined ? 'e.j' : `least(e.j, ${of('z')})`} AS z${carried} FROM (SELECT o.*, w.i, w.j FROM ${rows} AS o JOIN ${out}_reigns AS w ON w.kid = o.kid AND w.u = o.u) AS e
    ${reachedSql(onTime, 'h', 'e."time"')}${rivals === undefined ? '' : ` ${reachedSql(onPosition, 'c', 'e.since')} ${reachedSql(onPosition, 'z', 'e.until')}`}`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${spells} AS SELECT * EXCLUDE (happens), a = happens AND z = last AS plain FROM (${some === true ? `${alone} UNION ALL ${reigning}` : alone}) WHERE a < z`)
  return { rows, spells, plain: `(SELECT * FROM ${spells} WHERE plain)`, loose: await hasLoose(frame, spells) }
}

/**
 * Of ids with several versions: creates the table `reigns` with `kid`, `u` (the event) and the stretches [i, j) in which it is the last version that is known
 * and counts, whatever its key.
 */
async function createReigns(frame: Frame, events: string, rows: string, known: 't' | 'ka'): Promise<void> {
  const { session, out } = frame
  const [onKnown, onPosition] = [await stepsOf(frame, known), await stepsOf(frame, 'p')]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_rivals AS SELECT * FROM (
    SELECT e.kid, e.id, e.u, e.last, e.place, greatest(coalesce(b.m, e.last), coalesce(c.m, e.last)) AS i, coalesce(z.m, e.last) AS j FROM (
      SELECT o.kid, o.id, k.last, v.rowid AS u, v.known, v.since, v.until, row_number() OVER (PARTITION BY o.kid, o.id ORDER BY v.known, v.seq, v.ord, v.since) AS place
      FROM (SELECT DISTINCT kid, id FROM ${rows} WHERE many) AS o JOIN ${frame.keys} AS k ON k.kid = o.kid JOIN ${events} AS v ON v.id = o.id) AS e
    ${reachedSql(onKnown, 'b', 'e.known')} ${reachedSql(onPosition, 'c', 'e.since')} ${reachedSql(onPosition, 'z', 'e.until')}) WHERE i < j`)
  // Between two turns of an id the greatest of those that are there reigns; stretches of one that touch become one.
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_reigns AS WITH turns AS (
      SELECT kid, id, turn, lead(turn) OVER (PARTITION BY kid, id ORDER BY turn) AS next FROM (SELECT kid, id, i AS turn FROM ${out}_rivals UNION SELECT kid, id, j FROM ${out}_rivals)),
    best AS (SELECT t.kid, t.id, t.turn, t.next, max_by(v.u, v.place) AS u FROM turns AS t JOIN ${out}_rivals AS v ON v.kid = t.kid AND v.id = t.id AND v.i <= t.turn AND t.turn < v.j WHERE t.next IS NOT NULL GROUP BY ALL),
    marked AS (SELECT *, coalesce(lag(u) OVER w = u AND lag(next) OVER w = turn, false) AS goes_on FROM best WINDOW w AS (PARTITION BY kid, id ORDER BY turn)),
    numbered AS (SELECT *, count(*) FILTER (WHERE NOT goes_on) OVER (PARTITION BY kid, id ORDER BY turn ROWS UNBOUNDED PRECEDING) AS reign FROM marked)
    SELECT kid, u, min(turn) AS i, max(next) AS j FROM numbered GROUP BY kid, id, u, reign; DROP TABLE ${out}_rivals`)
}

/** Which events count at a moment of no chain. */
export function versionsAlone(events: string): Alone {
  return { counts: `e.known <= x.ka AND ${countsSql('e', 'x.p')}`, rivals: { table: events, replaces: replacesSql('v', 'e', 'x.ka', 'x.p') } }
}
