// Rows of a dataset version for online state, through the engine.
import type { SourceDefinition } from '../../core/definition.ts'
import type { Value } from '../../core/schema.ts'
import { columnOf, getValue, type ColumnData } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { assertContent, getDatasetVersion, withSession, type DataContext } from '../dataset.ts'
import { assertSourceColumns, assertSourceValues, sourceSql, valueColumn } from '../source.ts'

export interface SourceRow { id: string; knownAt: Micros; /** In the order of the source's columns. */ values: Value[] }

/**
 * The rows with event time up to `upTo` that lie within `horizon` of the newest of them, with all versions of their ids, in the order of the dataset;
 * every row of a static source.
 * @throws SlipwayError `not_found`, `corrupt`, `invalid_definition` (a column is missing), `value_out_of_range`.
 */
export async function loadSourceRows(context: DataContext, source: SourceDefinition, datasetVersion: string, upTo: Micros, horizon: Micros): Promise<SourceRow[]> {
  const version = await getDatasetVersion(context.metadata, datasetVersion)
  await assertContent(context.blobs, version)
  assertSourceColumns(source, version)
  const names = source.columns.map(c => c.name)
  return withSession(context.engine, async session => {
    await session.run(`CREATE TEMP TABLE online_rows AS ${sourceSql(source, version, context.blobs, names)}`)
    await assertSourceValues(session, 'online_rows', source, names)
    const columns = `id, known, ${names.map(valueColumn).join(', ')}`
    const table = source.eventTime === undefined
      ? await session.query(`SELECT ${columns} FROM online_rows ORDER BY "row"`)
      : await session.query(withinHorizon(columns, horizon), [upTo])
    const values = names.map(name => columnOf(table, `v.${name}`) as ColumnData)
    const ids = columnOf(table, 'id') as ColumnData
    const known = columnOf(table, 'known') as ColumnData
    return Array.from({ length: table.rows }, (_, i) => ({ id: String(getValue(ids, i)), knownAt: Number(getValue(known, i)), values: values.map(c => getValue(c, i)) }))
  })
}

function withinHorizon(columns: string, horizon: Micros): string {
  const rows = 'SELECT * FROM online_rows WHERE "time" <= $1'
  if (!Number.isFinite(horizon)) return `SELECT ${columns} FROM (${rows}) ORDER BY "row"`
  // An old version still supersedes what is within the horizon.
  return `WITH r AS (${rows}), floor AS (SELECT max("time") - ${BigInt(horizon)} AS edge FROM r)
    SELECT ${columns} FROM r, floor WHERE "time" > edge OR known > edge OR id IN (SELECT id FROM r, floor WHERE "time" > edge) ORDER BY "row"`
}
