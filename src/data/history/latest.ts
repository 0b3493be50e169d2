// The latest row of a key as it was known, for every example at once.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import type { Micros } from '../../core/time.ts'
import type { ViewPlan } from '../compiled-service.ts'
import { valueColumn } from '../source.ts'
import type { FactFolder } from './fact-folder.ts'
import { countedSql, findLatestFacts, type LatestFacts } from './latest-facts.ts'
import type { SourceRows } from './source-rows.ts'

export interface LatestOptions {
  /** The examples' columns with the parts of the key. */
  keys: readonly string[]
  /** Prediction times in [from, to). */
  range: { from: Micros; to: Micros }
  mode: HistoryMode
  facts?: FactFolder
}

/** Creates the temporary table `out` with `n` and `f<slot>` for each feature of a latest view, a row for each example, in their order. */
export async function createLatest(session: EngineSession, out: string, view: ViewPlan, rows: SourceRows, { keys, range, mode, facts }: LatestOptions): Promise<void> {
  const found = await findLatestFacts(session, facts, out, view, rows, mode)
  const alive = view.ttl === null ? null : `e."time" > x.t - ${view.ttl}`
  const columns = view.features.map(f => {
    const value = `e.${valueColumn(f.kind === 'latest' ? f.column : '')}`
    return `${alive === null ? value : `CASE WHEN ${alive} THEN ${value} END`} AS f${f.slot}`
  })
  const same = keys.map((key, i) => `x.${key} = e.k${i}`).join(' AND ')
  const [join, when] = view.isStatic ? ['LEFT JOIN', ''] : ['ASOF LEFT JOIN', ' AND x.t >= e."at"']
  // The examples' other columns would be sorted along.
  const examples = `SELECT ${['n', 't', ...new Set(keys)].join(', ')} FROM examples`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT x.n, ${columns.join(', ')} FROM (${examples}) AS x ${join} (${answersSql(view, rows, mode, found, range)}) AS e ON ${same}${when} ORDER BY x.n`)
  for (const table of [found.silent, found.turns]) if (table?.startsWith(out) === true) await session.run(`DROP TABLE ${table}`)
}

/** The rows that answer: `k0`, … (never null), `at` (from then on), `time` and the values. */
function answersSql(view: ViewPlan, rows: SourceRows, mode: HistoryMode, { silent, turns }: LatestFacts, { from, to }: { from: Micros; to: Micros }): string {
  const values = [...new Set(view.features.map(f => valueColumn(f.kind === 'latest' ? f.column : '')))].map(v => `, ${v}`).join('')
  const keys = view.keys.map(valueColumn)
  const named = keys.map((k, i) => `${k} AS k${i}`).join(', ')
  const at = mode === 'eventTime' ? '"time"' : 'greatest("time", known)'
  // What enters later, or has expired before the first prediction, answers nothing.
  const inRange = view.isStatic ? [] : [`${at} < ${to}`, ...(view.ttl === null ? [] : [`"time" > ${from - view.ttl}`])]
  const heard = `SELECT ${named}, ${at} AS "at", "time"${values} FROM ${rows.from}${silent === null ? '' : ` AS r ANTI JOIN ${silent} AS s ON r."row" = s."row"`} WHERE ${[countedSql(view, keys), ...inRange].join(' AND ')}`
  if (turns === null) return heard
  const turnKeys = keys.map((_, i) => `t.k${i}`).join(', ')
  return `${heard} UNION ALL SELECT ${turnKeys}, t."at", r."time"${values} FROM ${turns} AS t LEFT JOIN ${rows.from} AS r ON r."row" = t."row" WHERE t."at" < ${to}`
}
