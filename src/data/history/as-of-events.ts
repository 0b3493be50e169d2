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
import { countingRanges, type CountingRange } from '../undo/counting.ts'
import { readUndos } from '../undo/mark.ts'
import { collectRows } from './journal-rows.ts'

type AsOfContext = DataContext & { journal: Pick<Journal, 'read'> }

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
export async function createAsOfEvents(session: EngineSession, context: AsOfContext, table: string, source: SourceDefinition, wanted: ReadonlySet<string>, marks: readonly Materialization[]): Promise<void> {
  const raw = `${table}_raw`
  await loadAccepted(session, context, raw, source, source.columns.filter(c => wanted.has(c.name)), marks)
  const ranges = countingRanges(await readUndos(context.journal), source.name)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT *, count(*) OVER (PARTITION BY id) > 1 AS many FROM ${rangedSql(raw, ranges)}`)
  if (source.eventTime !== undefined) await leaveOutRepeats(session, context, table, source, wanted, marks, ranges)
  await session.run(`DROP TABLE ${raw}`)
}

/** The rows as they were accepted, each with the given columns: what counts where is another question. */
async function loadAccepted(session: EngineSession, context: AsOfContext, raw: string, source: SourceDefinition, values: readonly Column[], marks: readonly Materialization[]): Promise<void> {
  const names = values.map(c => valueColumn(c.name)).join(', ')
  if (source.eventTime !== undefined) {
    const columns: Column[] = [{ name: 'id', type: 'string' }, { name: 'eventTime', type: 'timestamp' }, { name: 'knownAt', type: 'timestamp' }, ...values.map(c => ({ name: `v.${c.name}`, type: c.type }))]
    await session.load(`${raw}_pushed`, await collectRows(context.journal, { streams: [`event/${source.name}/`], columns }))
    await session.run(`CREATE OR REPLACE TEMP TABLE ${raw} AS SELECT id, epoch_us("eventTime") AS "time", epoch_us("knownAt") AS known, sequence AS seq, 0::BIGINT AS ord, ${names} FROM ${raw}_pushed; DROP TABLE ${raw}_pushed`)
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
}

/** Each row once for every range of positions at which it counts. */
function rangedSql(raw: string, ranges: readonly CountingRange[]): string {
  if (ranges.length === 1) return `(SELECT *, seq AS since, ${ranges[0].until}::BIGINT AS until FROM ${raw})`
  return `(SELECT e.*, greatest(e.seq, r.since) AS since, r.until FROM ${raw} AS e JOIN (VALUES ${ranges.map(r => `(${r.first}::BIGINT, ${r.last}::BIGINT, ${r.since}::BIGINT, ${r.until}::BIGINT)`).join(', ')}) AS r(first, last, since, until)
    ON e.seq BETWEEN r.first AND r.last AND r.until > e.seq)`
}

/**
 * A row that repeats, in all columns of the source, the version before it that is known at the same time is none, wherever that one counts: a dataset that is
 * materialized again changes nothing, the order of equal event times neither.
 */
async function leaveOutRepeats(session: EngineSession, context: AsOfContext, table: string, source: SourceDefinition, wanted: ReadonlySet<string>, marks: readonly Materialization[], ranges: readonly CountingRange[]): Promise<void> {
  const again = `${table}_again`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${again} AS SELECT id, known FROM ${table} WHERE many GROUP BY id, known HAVING min(seq) < max(seq)`)
  const [{ some }] = tableRows(await session.query(`SELECT count(*) AS some FROM ${again}`))
  if (Number(some) > 0) {
    const whole = `${table}_whole`
    await loadAccepted(session, context, whole, source, source.columns, marks)
    // Within a stretch between undos rows are only added, so that whether a row repeats another is the same all along it.
    const edges = [...new Set(ranges.flatMap(r => [r.since, r.until]))].sort((a, b) => a - b)
    const stretches = edges.slice(1).map((to, i) => `(${edges[i]}::BIGINT, ${to}::BIGINT)`).join(', ')
    const values = `row(${source.columns.map(c => valueColumn(c.name)).join(', ')})`
    await session.run(`CREATE OR REPLACE TEMP TABLE ${table}_counting AS WITH parts AS (
        SELECT e.id, e.known, e.seq, e.ord, ${values} AS row, s.since AS stretch, greatest(e.since, s.since) AS since, least(e.until, s.until) AS until
        FROM (SELECT * FROM ${rangedSql(whole, ranges)} SEMI JOIN ${again} USING (id, known)) AS e JOIN (VALUES ${stretches}) AS s(since, until) ON e.since < s.until AND e.until > s.since),
      turns AS (SELECT *, row IS DISTINCT FROM lag(row) OVER w AS turn FROM parts WINDOW w AS (PARTITION BY id, known, stretch ORDER BY seq, ord)),
      runs AS (SELECT *, count(*) FILTER (WHERE turn) OVER (PARTITION BY id, known, stretch ORDER BY seq, ord) AS run FROM turns)
      SELECT id, known, seq, ord, since, until FROM runs QUALIFY seq = min(seq) OVER (PARTITION BY id, known, stretch, run)`)
    const kept = ['id', '"time"', 'known', 'seq', 'ord', ...source.columns.filter(c => wanted.has(c.name)).map(c => valueColumn(c.name))]
    await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT *, count(*) OVER (PARTITION BY id) > 1 AS many FROM (
        SELECT ${kept.join(', ')}, since, until FROM ${table} ANTI JOIN ${again} USING (id, known)
        UNION ALL SELECT ${kept.map(c => `e.${c}`).join(', ')}, c.since, c.until FROM ${table}_raw AS e JOIN ${table}_counting AS c ON c.id = e.id AND c.known = e.known AND c.seq = e.seq AND c.ord = e.ord);
      DROP TABLE ${table}_counting; DROP TABLE ${whole}`)
  }
  await session.run(`DROP TABLE ${again}`)
}

/** The tables `events_<i>` of all sources that a service reads, for its views and for what they look up; by source. */
export async function createEventTables(session: EngineSession, context: AsOfContext, service: Pick<CompiledService, 'views'>): Promise<(source: SourceDefinition) => string> {
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
