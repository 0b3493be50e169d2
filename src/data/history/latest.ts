// The latest row of a key as it was known, for every example at once: its place is found in the narrow table of what answers when, its values are read there.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import type { Micros } from '../../core/time.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { valueColumn } from '../source.ts'
import type { FactFolder } from './fact-folder.ts'
import { findLatestAnswers, type LatestAnswers } from './latest-answers.ts'
import type { SourceRows } from './source-rows.ts'

export interface LatestOptions {
  /** The examples' columns with the parts of the key. */
  keys: readonly string[]
  /** How many there are. */
  examples: number
  /** Prediction times in [from, to). */
  range: { from: Micros; to: Micros }
  mode: HistoryMode
  facts?: FactFolder
}

/** Pairs of an example and a row of its key that are compared for each example and row, before sorting both is the cheaper way. */
const PAIRS = 8

/** Creates the temporary table `out` with `n` and `f<slot>` for each feature of a latest view, a row for each example, in their order. */
export async function createLatest(session: EngineSession, out: string, view: ViewPlan, rows: SourceRows, options: LatestOptions): Promise<void> {
  const answers = await findLatestAnswers(session, options.facts, `${out}_answers`, view, rows, options.mode)
  const columns = view.features.map(f => `r.${valueColumn(f.kind === 'latest' ? f.column : '')} AS f${f.slot}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS WITH found AS (${foundSql(view, answers, options)})
    SELECT found.n, ${columns.join(', ')} FROM found LEFT JOIN ${rows.values} AS r ON r."row" = found."row" ORDER BY found.n; DROP TABLE IF EXISTS ${out}_answers`)
}

/** `n` of every example, and the `row` that answers it. */
function foundSql(view: ViewPlan, { from, most, rows }: LatestAnswers, { keys, examples, range }: LatestOptions): string {
  // The examples' other columns would be carried along.
  const asking = `(SELECT ${['n', 't', ...new Set(keys)].join(', ')} FROM examples) AS x`
  const same = keys.map((key, i) => `x.${key} = a.k${i}`).join(' AND ')
  if (view.isStatic) return `SELECT x.n, a."row" FROM ${asking} LEFT JOIN ${from} AS a ON ${same}`
  const dead = view.ttl === null ? '' : ` AND until > ${range.from} AND "at" - late > ${range.from - view.ttl}`
  const near = `(SELECT * FROM ${from} WHERE "at" < ${range.to}${dead}) AS a`
  const holds = `x.t < a.until${view.ttl === null ? '' : ` AND a."at" - a.late > x.t - ${view.ttl}`}`
  if (examples * most <= PAIRS * (examples + rows)) return `SELECT x.n, a."row" FROM ${asking} LEFT JOIN ${near} ON ${same} AND x.t >= a."at" AND ${holds}`
  return `SELECT x.n, CASE WHEN ${holds} THEN a."row" END AS "row" FROM ${asking} ASOF LEFT JOIN ${near} ON ${same} AND x.t >= a."at"`
}
