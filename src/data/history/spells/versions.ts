// The journal's events that belong to the keys of a frame, and the spells for which each is the version that counts: as what was accepted, undone and
// corrected by each moment's position says.
import { tableRows } from '../../../core/table.ts'
import { countsSql, replacesSql } from '../as-of-events.ts'
import { valueColumn } from '../../source.ts'
import { reachedSql, stepsOf, type Frame } from './frame.ts'
import { hasLoose, type Rows, type RowsOptions } from './rows.ts'

/** Of a table of `createAsOfEvents`. */
export async function createVersionRows(frame: Frame, { from, key, recipes, reach }: RowsOptions): Promise<Rows> {
  const { session, out } = frame
  const known = frame.options.known === undefined ? 't' : 'ka'
  const rows = `${out}_rows`
  const spells = `${out}_spells`
  const [{ first, last, latest, position }] = tableRows(await session.query(`SELECT min(t) AS first, max(t) AS last, max(${known}) AS latest, max(p) AS position FROM (SELECT t, ka, p FROM ${frame.moments}${frame.alone === null ? '' : ` UNION ALL SELECT t, ka, p FROM ${frame.alone}`})`))
  const bounds = [`e."time" <= ${last ?? 0}`, `e.known <= ${latest ?? 0}`, `e.since <= ${position ?? 0}`, ...(reach === Number.POSITIVE_INFINITY ? [] : [`e."time" > ${Number(first ?? 0) - reach}`])]
  const columns = [...recipes.columns.map(c => `${c.sql} AS ${c.name}`), ...recipes.read.map(valueColumn)]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${rows} AS SELECT r, kid, last, "time", known, id, seq, ord, since, until, many, u${columns.map(c => `, ${c}`).join('')}
    FROM (SELECT row_number() OVER (ORDER BY kid, "time", known, seq, ord) AS r, * FROM (SELECT k.kid, k.last, e.*, e.rowid AS u FROM ${from} AS e JOIN ${frame.keys} AS k ON k.k = ${key} WHERE ${bounds.join(' AND ')}))`)
  const [onTime, onKnown, onPosition] = [await stepsOf(frame, 't'), await stepsOf(frame, known), await stepsOf(frame, 'p')]
  const of = (alias: string): string => `coalesce(${alias}.m, e.last)`
  const carried = recipes.columns.map(c => `, e.${c.name}`).join('')
  const base = `e.r, e.kid, e."time", e.last, ${of('h')} AS happens`
  const alone = `SELECT ${base}, greatest(${of('h')}, ${of('b')}, ${of('c')}) AS a, ${of('z')} AS z${carried} FROM ${rows} AS e
    ${reachedSql(onTime, 'h', 'e."time"')} ${reachedSql(onKnown, 'b', 'e.known')} ${reachedSql(onPosition, 'c', 'e.since')} ${reachedSql(onPosition, 'z', 'e.until')} WHERE NOT e.many`
  const [{ some }] = tableRows(await session.query(`SELECT coalesce(bool_or(many), false) AS some FROM ${rows}`))
  if (some === true) await createReigns(frame, from, rows, known)
  const reigning = `SELECT ${base}, greatest(${of('h')}, w.i) AS a, w.j AS z${carried} FROM ${rows} AS e JOIN ${out}_reigns AS w ON w.kid = e.kid AND w.u = e.u ${reachedSql(onTime, 'h', 'e."time"')}`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${spells} AS SELECT *, a = happens AND z = last AS plain FROM (${some === true ? `${alone} UNION ALL ${reigning}` : alone}) WHERE a < z`)
  return { rows, spells, plain: spells, loose: await hasLoose(frame, spells) }
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

/** Whether a row `e` counts at a moment `x` of no chain. */
export function aloneSql(events: string): string {
  return `e.known <= x.ka AND ${countsSql('e', 'x.p')} AND NOT (e.many AND EXISTS (SELECT 1 FROM ${events} AS v WHERE v.many AND ${replacesSql('v', 'e', 'x.ka', 'x.p')}))`
}
