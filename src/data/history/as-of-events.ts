// Everything that online state was made from, as the engine's tables: pushed events and materialized rows, each with its journal sequence.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { SourceDefinition } from '../../core/definition.ts'
import type { Column } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import type { Journal } from '../../store/index.ts'
import { columnsRead, type CompiledService } from '../compiled-service.ts'
import { assertContent, getDatasetVersion, type DataContext } from '../dataset.ts'
import { assertSourceColumns, sourceSql, valueColumn } from '../source.ts'
import { identifier } from '../sql.ts'
import { countingRanges } from '../undo/counting.ts'
import { readUndos } from '../undo/mark.ts'
import { collectRows } from './journal-rows.ts'

/** What a mark in the journal says: from `sequence` on, the rows of this version with event time ≤ `upTo` count (all rows of a static source). */
export interface Materialization { sequence: number; source: string; datasetVersion: string; upTo: number | null }

export async function readMaterializations(journal: Pick<Journal, 'read'>): Promise<Materialization[]> {
  const marks = await collectRows(journal, { streams: ['mark/materialization'] })
  return tableRows(marks).map(row => ({ sequence: Number(row.sequence), source: String(row.source), datasetVersion: String(row.datasetVersion), upTo: row.upTo === null ? null : Number(row.upTo) }))
}

/**
 * Creates the temporary table `table`: `id`, `time`, `known`, `seq`, `ord` (order among equal sequences), `many` (the id has other versions) and `v.<column>`
 * for each wanted column; of a static source the rows of every materialization. A row counts at positions from `since` to before `until`; one that was undone
 * and came back is there once for each such range.
 */
export async function createAsOfEvents(session: EngineSession, context: DataContext & { journal: Pick<Journal, 'read'> }, table: string, source: SourceDefinition, wanted: ReadonlySet<string>, marks: readonly Materialization[]): Promise<void> {
  const values = source.columns.filter(c => wanted.has(c.name))
  const names = values.map(c => valueColumn(c.name)).join(', ')
  const raw = `${table}_raw`
  if (source.eventTime !== undefined) {
    const columns: Column[] = [{ name: 'id', type: 'string' }, { name: 'eventTime', type: 'timestamp' }, { name: 'knownAt', type: 'timestamp' }, ...values.map(c => ({ name: `v.${c.name}`, type: c.type }))]
    await session.load(`${table}_pushed`, await collectRows(context.journal, { streams: [`event/${source.name}/`], columns }))
    await session.run(`CREATE OR REPLACE TEMP TABLE ${raw} AS SELECT id, epoch_us("eventTime") AS "time", epoch_us("knownAt") AS known, sequence AS seq, 0::BIGINT AS ord, ${names} FROM ${table}_pushed; DROP TABLE ${table}_pushed`)
  } else {
    const none = values.map(c => `NULL::${c.type === 'string' ? 'VARCHAR' : c.type === 'float64' ? 'DOUBLE' : c.type === 'int64' ? 'BIGINT' : c.type === 'boolean' ? 'BOOLEAN' : 'TIMESTAMPTZ'} AS ${valueColumn(c.name)}`)
    await session.run(`CREATE OR REPLACE TEMP TABLE ${raw} AS SELECT '' AS id, NULL::BIGINT AS "time", NULL::BIGINT AS known, 0::BIGINT AS seq, 0::BIGINT AS ord, ${none.join(', ')} LIMIT 0`)
  }
  for (const mark of marks.filter(m => m.source === source.name)) {
    const version = await getDatasetVersion(context.metadata, mark.datasetVersion)
    await assertContent(context.blobs, version)
    assertSourceColumns(source, version)
    const where = mark.upTo === null || source.eventTime === undefined ? '' : ` WHERE "time" <= ${mark.upTo}`
    await session.run(`INSERT INTO ${raw} SELECT id, "time", known, ${mark.sequence}, "row", ${names} FROM (${sourceSql(source, version, context.blobs, values.map(c => c.name))})${where}`)
  }
  const ranges = countingRanges(await readUndos(context.journal), source.name)
  const from = ranges.length === 1 ? `(SELECT *, seq AS since, ${ranges[0].until}::BIGINT AS until FROM ${raw})`
    : `(SELECT e.*, greatest(e.seq, r.since) AS since, r.until FROM ${raw} AS e JOIN (VALUES ${ranges.map(r => `(${r.first}::BIGINT, ${r.last}::BIGINT, ${r.since}::BIGINT, ${r.until}::BIGINT)`).join(', ')}) AS r(first, last, since, until)
        ON e.seq BETWEEN r.first AND r.last AND r.until > e.seq)`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT *, count(*) OVER (PARTITION BY id) > 1 AS many FROM ${from}; DROP TABLE ${raw}`)
}

/** The tables `events_<i>` of all sources that a service reads, for its views and for what they look up; by source. */
export async function createEventTables(session: EngineSession, context: DataContext & { journal: Pick<Journal, 'read'> }, service: Pick<CompiledService, 'views'>): Promise<(source: SourceDefinition) => string> {
  const marks = await readMaterializations(context.journal)
  const views = service.views.flatMap(v => [v, ...v.lookups.map(l => l.plan)])
  const sources = [...new Set(views.map(v => v.source))]
  for (const [i, source] of sources.entries()) await createAsOfEvents(session, context, `events_${i}`, source, columnsRead(views.filter(v => v.source === source)), marks)
  return source => `events_${sources.indexOf(source)}`
}

/** Whether a row counts at a position: the one place that says so. */
export function countsSql(row: string, position: string): string { return `${row}.since <= ${position} AND ${position} < ${row}.until` }

/** True for versions `v` that take the place of `c` at t, as of `asOf`. */
export function replacesSql(v: string, c: string, t: string, asOf: string): string {
  return `${v}.id = ${c}.id AND ${countsSql(v, asOf)} AND ${v}.known <= ${t} AND (${v}.known > ${c}.known OR (${v}.known = ${c}.known AND (${v}.seq > ${c}.seq OR (${v}.seq = ${c}.seq AND ${v}.ord > ${c}.ord))))`
}

/** A column list `e."v.x"`. */
export function valueOf(alias: string, column: string): string { return `${alias}.${identifier(`v.${column}`)}` }
