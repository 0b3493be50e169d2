// Which rows of a source answer look-ups of the latest row, and from when. It depends on the dataset version and the view's definition alone, so it is found
// once and kept; each training set then is one ASOF join over the rows that answer.
//
// A row enters when it is known and has happened. It answers from then on until one with a greater (event time, known-at, order) enters; so it never answers
// where such a one has entered before it, or at the same moment. Rows that never answer are silent, and few. Without them, the last row that has entered is the
// answer. Only where the row that answers is replaced by a version of its id that does not answer in its place must older rows be heard again: for those keys,
// every turn of the answer is written down.
import type { Json } from '../../core/canonical.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import { tableRows } from '../../core/table.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { conditionSql } from '../meaning/condition.ts'
import { valueColumn } from '../source.ts'
import { literal, pathLiteral } from '../sql.ts'
import type { FactFolder, KeptFile } from './fact-folder.ts'
import { createTurns } from './latest-turns.ts'
import { supersededSql, type SourceRows } from './source-rows.ts'

/** Relations of the engine; null where they would be empty. */
export interface LatestFacts {
  /** `row`: never answers, or answers as `turns` say. */
  silent: string | null
  /** `k0`, `k1`, …, `at` (microseconds): from then on `row` answers; null: no row. */
  turns: string | null
}

interface KeptFacts { silent: KeptFile | null; turns: KeptFile | null }

/** The view's conditions over a source's rows, and keys that are there. */
export function countedSql(view: ViewPlan, keys: readonly string[]): string {
  return [...keys.map(k => `${k} IS NOT NULL`), conditionSql(view.where, valueColumn)].join(' AND ')
}

/** Found anew, or read where `facts` has them. Temporary tables are named after `out`. */
export async function findLatestFacts(session: EngineSession, facts: FactFolder | undefined, out: string, view: ViewPlan, rows: SourceRows, mode: HistoryMode): Promise<LatestFacts> {
  const key = { of: 'latest', ...rows.key, keys: view.keys, where: view.where as unknown as Json, mode: view.isStatic ? 'knownAt' : mode }
  const kept = await facts?.read<KeptFacts>(key) ?? null
  if (facts !== undefined && kept !== null) {
    const silent = kept.silent && await facts.find(kept.silent)
    const turns = kept.turns && await facts.find(kept.turns)
    if ((silent === null) === (kept.silent === null) && (turns === null) === (kept.turns === null)) return { silent: silent && parquetSql(silent), turns: turns && parquetSql(turns) }
  }
  const found = await createLatestFacts(session, out, view, rows, mode)
  if (facts !== undefined) {
    const keep = async (table: string | null, order: string): Promise<KeptFile | null> => table === null ? null
      : facts.keep('parquet', path => session.run(`COPY (SELECT * FROM ${table} ORDER BY ${order}) TO ${literal(path)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)`))
    await facts.write(key, { silent: await keep(found.silent, '"row"'), turns: await keep(found.turns, 'ALL') } as unknown as Json)
  }
  return found
}

function parquetSql(path: string): string { return `read_parquet(${pathLiteral(path)})` }

async function createLatestFacts(session: EngineSession, out: string, view: ViewPlan, rows: SourceRows, mode: HistoryMode): Promise<LatestFacts> {
  const keys = view.keys.map(valueColumn)
  const names = keys.map((_, i) => `k${i}`)
  const counted = countedSql(view, keys)
  const [silent, answers, turns] = [`${out}_silent`, `${out}_answers`, `${out}_turns`]
  if (await isPlain(session, keys, counted, rows, view.isStatic, mode)) return { silent: null, turns: null }
  const named = keys.map((k, i) => `${k} AS k${i}`).join(', ')
  if (view.isStatic) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${silent} AS SELECT "row" FROM (SELECT "row", max("row") OVER (PARTITION BY ${keys.join(', ')}) AS best FROM ${rows.from} WHERE ${counted}) WHERE "row" < best`)
    return { silent, turns: null }
  }
  const versions = `${out}_versions`
  const enters = mode === 'eventTime' ? '"time"' : 'greatest("time", known)'
  await session.run(`CREATE OR REPLACE TEMP TABLE ${versions} AS SELECT "row", ${named}, "time", known, superseded, ${enters} AS enters
    FROM (SELECT *, ${supersededSql(rows)} AS superseded FROM ${rows.from}) WHERE ${counted}`)
  const valid = mode === 'eventTime' ? 'superseded IS NULL' : '(superseded IS NULL OR superseded > enters)'
  const each = `PARTITION BY ${names.join(', ')} ORDER BY enters, "time", known, "row"`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${answers} AS SELECT "row", ${names.join(', ')}, enters, superseded FROM (
      SELECT *, max("time") OVER (${each} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before, lead(enters) OVER (${each}) AS next FROM ${versions} WHERE ${valid})
    WHERE (before IS NULL OR before <= "time") AND (next IS NULL OR next > enters)`)
  const some = mode === 'knownAt' && rows.repeated && await createTurns(session, turns, names, { versions, answers, valid })
  await session.run(`CREATE OR REPLACE TEMP TABLE ${silent} AS SELECT "row" FROM ${versions} ANTI JOIN (SELECT "row" FROM ${answers}${some ? ` ANTI JOIN ${turns} USING (${names.join(', ')})` : ''}) AS heard USING ("row");
    DROP TABLE ${versions}; DROP TABLE ${answers}`)
  return { silent, turns: some ? turns : null }
}

/** Whether every row that counts answers, from its event time on: each known in time, no id twice, no two of one key at one time. */
async function isPlain(session: EngineSession, keys: readonly string[], counted: string, rows: SourceRows, isStatic: boolean, mode: HistoryMode): Promise<boolean> {
  if (rows.repeated) return false
  const [{ n, late }] = tableRows(await session.query(`SELECT count(*) AS n, count(*) FILTER (WHERE known > "time") AS late FROM ${rows.from} WHERE ${counted}`))
  if (late !== 0 && mode === 'knownAt') return false
  const [{ groups }] = tableRows(await session.query(`SELECT count(*) AS groups FROM (SELECT 1 FROM ${rows.from} WHERE ${counted} GROUP BY ${[...keys, ...(isStatic ? [] : ['"time"'])].join(', ')})`))
  return groups === n
}
