// The latest row of a key as it was known, for every example at once.
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { valueColumn } from '../source.ts'
import { rowKeySql } from './view-key.ts'

/**
 * Creates the temporary table `out` with `n` and `f<slot>` for each feature of a latest view, a row for each example.
 *
 * Rows are ranked by (event time, known-at, order); the best rank that has come to be known is a running maximum, looked up at t. It is the answer unless
 * a later version of the same id had taken its place by t: those few examples are joined with every row of their key.
 */
export async function createLatest(session: EngineSession, out: string, view: ViewPlan, key: string, source: string): Promise<void> {
  const k = rowKeySql(view)
  const columns = view.features.map(f => `e.${valueColumn(f.kind === 'latest' ? f.column : '')} AS f${f.slot}`).join(', ')
  if (view.isStatic) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS WITH best AS (SELECT ${k} AS k, max("row") AS "row" FROM ${source} WHERE ${k} IS NOT NULL GROUP BY k)
      SELECT x.n, ${columns} FROM examples AS x LEFT JOIN best ON x.${key} = best.k LEFT JOIN ${source} AS e ON e."row" = best."row"`)
    return
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_ranked AS SELECT *, ${k} AS k, greatest("time", known) AS enters, row_number() OVER (ORDER BY "time", known, "row") AS rank
    FROM ${source} WHERE ${k} IS NOT NULL AND (superseded IS NULL OR superseded > greatest("time", known))`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_best AS WITH best AS (
      SELECT k, enters, max(max(rank)) OVER (PARTITION BY k ORDER BY enters ROWS UNBOUNDED PRECEDING) AS rank FROM ${out}_ranked GROUP BY k, enters)
    SELECT x.n, x.t, x.${key} AS k, best.rank FROM examples AS x ASOF LEFT JOIN best ON x.${key} = best.k AND x.t >= best.enters`)
  const replaced = `FROM ${out}_best AS b JOIN ${out}_ranked AS e ON e.rank = b.rank WHERE e.superseded <= b.t`
  const [{ some }] = tableRows(await session.query(`SELECT count(*) > 0 AS some ${replaced}`))
  if (some === true) {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_again AS WITH bad AS (SELECT b.n, b.t, b.k ${replaced})
      SELECT bad.n, max(e.rank) AS rank FROM bad LEFT JOIN ${out}_ranked AS e ON e.k = bad.k AND e.enters <= bad.t AND (e.superseded IS NULL OR e.superseded > bad.t) GROUP BY bad.n`)
    await session.run(`UPDATE ${out}_best AS b SET rank = a.rank FROM ${out}_again AS a WHERE a.n = b.n; DROP TABLE ${out}_again`)
  }
  const alive = view.ttl === null ? '' : ` AND e."time" > b.t - ${view.ttl}`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT b.n, ${columns} FROM ${out}_best AS b LEFT JOIN ${out}_ranked AS e ON e.rank = b.rank${alive};
    DROP TABLE ${out}_best; DROP TABLE ${out}_ranked`)
}
