// Rows of a dataset version for online state, through the engine.
import type { SourceDefinition } from '../../core/definition.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import { columnOf, getValue, type ColumnData, type Table } from '../../core/table.ts'
import type { Micros } from '../../core/time.ts'
import { assertContent, getDatasetVersion, withSession, type DataContext } from '../dataset.ts'
import { assertSourceColumns, assertSourceValues, sourceSql, valueColumn } from '../source.ts'
import type { StagedRows } from './event-state.ts'

/** Rows that are in memory at a time beside the state that takes them: what the engine stores together. */
const AT_ONCE = 122_880

/**
 * Hands over the rows with event time up to `upTo` that lie within `horizon` of the newest of them, with all versions of their ids, in the order of the dataset;
 * every row of a static source. Each column comes in the type that the source declares. Nothing is handed over of a dataset that is refused.
 * @throws SlipwayError `not_found`, `corrupt`, `invalid_definition` (a column is missing), `value_out_of_range`.
 */
export async function readSourceRows(context: DataContext, source: SourceDefinition, datasetVersion: string, upTo: Micros, horizon: Micros, take: (rows: StagedRows) => void): Promise<void> {
  const version = await getDatasetVersion(context.metadata, datasetVersion)
  await assertContent(context.blobs, version)
  assertSourceColumns(source, version)
  const names = source.columns.map(c => c.name)
  await withSession(context.engine, async session => {
    await session.run(`CREATE TEMP TABLE online_rows AS ${sourceSql(source, version, context.blobs, names)}`)
    await assertSourceValues(session, 'online_rows', source, names)
    const kept = source.eventTime === undefined ? 'online_rows' : await keepWithinHorizon(session, upTo, horizon)
    const [first, end] = await rangeOf(session, kept)
    for (let from = first; from < end; from += AT_ONCE) {
      take(toRows(source, await session.query(`SELECT known, ${names.map(valueColumn).join(', ')} FROM ${kept} WHERE "row" >= ${from} AND "row" < ${from + AT_ONCE} ORDER BY "row"`)))
    }
  })
}

/** The name of a table with the rows that matter. */
async function keepWithinHorizon(session: EngineSession, upTo: Micros, horizon: Micros): Promise<string> {
  if (!Number.isFinite(horizon)) {
    await session.run('DELETE FROM online_rows WHERE "time" > $1', [upTo])
    return 'online_rows'
  }
  // An old version still supersedes what is within the horizon.
  await session.run(`CREATE TEMP TABLE online_kept AS WITH r AS (SELECT * FROM online_rows WHERE "time" <= $1), floor AS (SELECT max("time") - ${BigInt(horizon)} AS edge FROM r)
    SELECT r.* FROM r, floor WHERE "time" > edge OR known > edge OR id IN (SELECT id FROM r, floor WHERE "time" > edge) ORDER BY "row"`, [upTo])
  return 'online_kept'
}

async function rangeOf(session: EngineSession, table: string): Promise<[first: number, end: number]> {
  const found = await session.query(`SELECT min("row") AS first, max("row") AS last FROM ${table}`)
  const [first, last] = found.columns.map(c => getValue(c, 0))
  return first === null || last === null ? [0, 0] : [Number(first), Number(last) + 1]
}

function toRows(source: SourceDefinition, table: Table): StagedRows {
  const times = source.columns.findIndex(c => c.name === source.eventTime)
  const columns = source.columns.map(c => columnOf(table, `v.${c.name}`) as ColumnData)
  // Without a column of its own, a row is known at its event time.
  const known = source.knownAt === undefined && times >= 0 ? columns[times].values as Float64Array : Float64Array.from((columnOf(table, 'known') as ColumnData).values as ArrayLike<bigint>, Number)
  return { rows: table.rows, known, columns }
}
