import type { SourceDefinition } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import type { DatasetVersion } from '../dataset.ts'
import { createSourceTable, openSourceRows, type HistoryContext } from '../history/source-rows.ts'
import { valueColumn } from '../source.ts'

/** Of a text column, as many get a share of their own. */
const MOST_FREQUENT = 3

/**
 * The most frequent values of each text column in what was known before `before`, the most frequent first, equal ones by text. A column in which each value is
 * all but unique has none: it names rows.
 */
export async function findCategories(session: EngineSession, context: HistoryContext, source: SourceDefinition, columns: readonly string[], version: DatasetVersion, before: Micros): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if (columns.length === 0) return found
  const rows = await openSourceRows(session, context, 'categories_rows', source, version, columns)
  await createSourceTable(session, 'categories_of', rows, 'knownAt')
  const current = `"time" < ${before} AND known < ${before} AND (superseded IS NULL OR superseded >= ${before})`
  for (const name of columns) {
    const v = valueColumn(name)
    const frequent = tableRows(await session.query(`SELECT ${v} AS value, count(*) AS n FROM categories_of WHERE ${current} AND ${v} IS NOT NULL AND ${v} <> '' GROUP BY ${v} HAVING count(*) > 1 ORDER BY n DESC, value LIMIT ${MOST_FREQUENT}`))
    found.set(name, frequent.map(r => String(r.value)))
  }
  await session.run(`DROP TABLE categories_of; DROP TABLE IF EXISTS categories_rows`)
  return found
}
