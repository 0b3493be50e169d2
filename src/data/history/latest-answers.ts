// Which row of a source answers look-ups of the latest row of each key, from when until when. It depends on the dataset version and the view's definition alone,
// so it is found once and kept: a narrow table beside the files, in which each look-up finds the place of one row.
//
// A row enters when it is known and has happened. It answers from then on until one with a greater (event time, known-at, order) enters; never, where such a one
// has entered before it or at the same moment. Where the row that answers is replaced by a version of its id that does not answer in its place, older rows are
// heard again: for keys with such rows every turn is worked out.
import type { Json } from '../../core/canonical.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import { tableRows } from '../../core/table.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { conditionSql } from '../meaning/condition.ts'
import { valueColumn } from '../source.ts'
import { literal, pathLiteral } from '../sql.ts'
import type { FactFolder, KeptFile } from './fact-folder.ts'
import { createTurns, NEVER } from './latest-turns.ts'
import { supersededSql, type SourceRows } from './source-rows.ts'

/**
 * `from`: a relation with `k0`, `k1`, … (never null), `row`, and of events `at` and `until` (microseconds: the row answers from `at` to before `until`; never two of
 * a key at once) and `late` (`at` − event time).
 */
export interface LatestAnswers { from: string; /** Rows of the relation that one key has at most. */ most: number; rows: number }

interface KeptAnswers { file: KeptFile; most: number; rows: number }

/** Found anew, or read where `facts` has them. A temporary table is called `out`. */
export async function findLatestAnswers(session: EngineSession, facts: FactFolder | undefined, out: string, view: ViewPlan, rows: SourceRows, mode: HistoryMode): Promise<LatestAnswers> {
  const key = { of: 'latest', ...rows.key, keys: view.keys, where: view.where as unknown as Json, mode: view.isStatic ? 'knownAt' : mode }
  const kept = await facts?.read<KeptAnswers>(key) ?? null
  const path = kept === null ? null : await facts?.find(kept.file) ?? null
  if (kept !== null && path !== null) return { from: fileSql(path), most: kept.most, rows: kept.rows }
  const found = view.isStatic ? lastRowsSql(view, rows) : await answersSql(session, out, view, rows, mode)
  const file = await facts?.keep('parquet', draft => session.run(`COPY (${found}) TO ${literal(draft)} (FORMAT parquet, PARQUET_VERSION v2)`)) ?? null
  if (file === null) await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS ${found}`)
  const from = file === null ? out : fileSql(file.path)
  await session.run(`DROP TABLE IF EXISTS ${out}_first; DROP TABLE IF EXISTS ${out}_turns`)
  const [counts] = tableRows(await session.query(`SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS rows, coalesce(max(n), 0) AS most FROM (SELECT count(*) AS n FROM ${from} GROUP BY ${namesOf(view)})`))
  const sizes = { rows: Number(counts.rows), most: Number(counts.most) }
  if (file !== null) await facts?.write(key, { file: { name: file.name, digest: file.digest }, ...sizes })
  return { from, ...sizes }
}

function fileSql(path: string): string { return `read_parquet(${pathLiteral(path)})` }

function namesOf(view: ViewPlan): string { return view.keys.map((_, i) => `k${i}`).join(', ') }

/** Rows that satisfy the view's conditions and have a key. */
function countedSql(view: ViewPlan): string {
  return [...view.keys.map(k => `${valueColumn(k)} IS NOT NULL`), conditionSql(view.where, valueColumn)].join(' AND ')
}

function keysSql(view: ViewPlan): string { return view.keys.map((k, i) => `${valueColumn(k)} AS k${i}`).join(', ') }

function lastRowsSql(view: ViewPlan, rows: SourceRows): string {
  return `SELECT ${keysSql(view)}, max("row") AS "row" FROM ${rows.from} WHERE ${countedSql(view)} GROUP BY ${namesOf(view)}`
}

async function answersSql(session: EngineSession, out: string, view: ViewPlan, rows: SourceRows, mode: HistoryMode): Promise<string> {
  const names = namesOf(view)
  const enters = mode === 'eventTime' ? '"time"' : 'greatest("time", known)'
  const versions = `SELECT "row", ${keysSql(view)}, "time", known, superseded, ${enters} AS "at"
    FROM (SELECT *, ${supersededSql(rows)} AS superseded FROM ${rows.from}) WHERE ${countedSql(view)}`
  const valid = !rows.repeated ? '' : mode === 'eventTime' ? ' WHERE superseded IS NULL' : ' WHERE superseded IS NULL OR superseded > "at"'
  const late = mode === 'knownAt' && rows.late
  const ordered = `PARTITION BY ${names} ORDER BY "at", ${late ? '"time", ' : ''}known, "row"`
  // What comes late may have been overtaken before it entered.
  const inTime = !late ? `SELECT * FROM (${versions})${valid}`
    : `SELECT * EXCLUDE (before) FROM (SELECT *, max("time") OVER (${ordered} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM (${versions})${valid}) WHERE before IS NULL OR before <= "time"`
  const answering = `SELECT ${names}, "at", coalesce(until, ${NEVER}) AS until, "at" - "time" AS late, "row", superseded
    FROM (SELECT *, lead("at") OVER (${ordered}) AS until FROM (${inTime})) WHERE until IS NULL OR until > "at"`
  const columns = `${names}, "at", until, late, "row"`
  if (!rows.repeated || mode === 'eventTime') return `SELECT ${columns} FROM (${answering})`
  const [first, turns] = [`${out}_first`, `${out}_turns`]
  await session.run(`CREATE OR REPLACE TEMP TABLE ${first} AS ${answering}`)
  const found = await createTurns(session, turns, names, { answers: first, versions: `SELECT * FROM (${versions})${valid}` })
  return found ? `SELECT ${columns} FROM ${first} ANTI JOIN (SELECT DISTINCT ${names} FROM ${turns}) AS turned USING (${names}) UNION ALL SELECT ${columns} FROM ${turns}` : `SELECT ${columns} FROM ${first}`
}
