// The rows of a source for history, checked once for each dataset version: content that cannot change need not be checked for every training set.
import type { SourceDefinition } from '../../core/definition.ts'
import type { Json } from '../../core/canonical.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import type { DataContext, DatasetVersion } from '../dataset.ts'
import { assertSourceColumns, assertSourceValues, sourceSql, valuesSql } from '../source.ts'
import { identifier } from '../sql.ts'
import type { FactFolder } from './fact-folder.ts'

/** What history works with. Without `facts` everything is found anew each time. */
export interface HistoryContext extends DataContext { facts?: FactFolder }

/** A source's rows in one dataset version, with the columns that are wanted of it; sound, and readable any number of times. */
export interface SourceRows {
  source: SourceDefinition
  /** A SELECT in brackets, or a table, with the columns of `sourceSql`; `row` is in the order of the dataset. */
  from: string
  /** `row` and the wanted columns alone, to be read by place. */
  values: string
  /** Whether an id comes more than once. False in a static source, where ids mean nothing. */
  repeated: boolean
  /** Whether a row became known after it happened. */
  late: boolean
  /** Names source and version, for what is found about them. */
  key: { version: string; source: Json }
}

interface SourceFacts extends Pick<SourceRows, 'repeated' | 'late'> { /** Columns without a value that is refused, as far as they were looked at. */ sound: string[] }

/**
 * Parquet is read where it lies; text is parsed once, into the temporary table `table`.
 * @throws SlipwayError `invalid_definition`, `invalid_request`, `value_out_of_range` as `assertSourceColumns` and `assertSourceValues` say.
 */
export async function openSourceRows(session: EngineSession, context: HistoryContext, table: string, source: SourceDefinition, version: DatasetVersion, wanted: Iterable<string>): Promise<SourceRows> {
  assertSourceColumns(source, version)
  const columns = [...wanted]
  const key = { version: version.version, source: source as unknown as Json }
  const kept = await context.facts?.read<SourceFacts>({ of: 'source', ...key }) ?? null
  const unknown = columns.filter(c => kept?.sound.includes(c) !== true)
  const select = (row: 'number' | 'place'): string => `(${sourceSql(source, version, context.blobs, columns, row)})`
  let from = select('place')
  let values = `(${valuesSql(source, version, context.blobs, columns)})`
  if (version.format !== 'parquet') {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${select('number')}`)
    from = values = table
  }
  if (kept !== null && unknown.length === 0) return { source, from, values, repeated: kept.repeated, late: kept.late, key }
  await assertSourceValues(session, from === table ? table : select('number'), source, unknown)
  const { repeated, late } = kept ?? (source.eventTime === undefined ? { repeated: false, late: false } : await findTimes(session, from))
  await context.facts?.write({ of: 'source', ...key }, { repeated, late, sound: [...new Set([...kept?.sound ?? [], ...columns])].sort() })
  return { source, from, values, repeated, late, key }
}

async function findTimes(session: EngineSession, from: string): Promise<Pick<SourceRows, 'repeated' | 'late'>> {
  const [{ rows, late }] = tableRows(await session.query(`SELECT count(*) AS rows, count(*) FILTER (WHERE known > "time") > 0 AS late FROM ${from}`))
  const count = async (of: string): Promise<Value> => tableRows(await session.query(`SELECT count(*) AS n FROM (SELECT 1 FROM ${from} GROUP BY ${of})`))[0].n
  // Different hashes are of different ids, and cheaper to count.
  return { late: late === true, repeated: await count('hash(id)') !== rows && await count('id') !== rows }
}

/** When a later version of the same id became known; null: never, and where ids do not repeat. Of versions known at one instant, all but the last never count. */
export function supersededSql({ repeated }: Pick<SourceRows, 'repeated'>): string {
  return repeated ? 'lead(known) OVER (PARTITION BY id ORDER BY known, "row")' : 'CAST(NULL AS BIGINT)'
}

/**
 * Creates the temporary table `table` with a source's rows and `superseded`. By event time it has the last version of each id only, known as it happens:
 * `row` then follows (known-at, order), so that ties are broken as ever.
 */
export async function createSourceTable(session: EngineSession, table: string, rows: SourceRows, mode: HistoryMode): Promise<void> {
  const all = `SELECT *, ${supersededSql(rows)} AS superseded FROM ${rows.from}`
  const isEvent = rows.source.eventTime !== undefined
  await session.run(`CREATE OR REPLACE TEMP TABLE ${identifier(table)} AS ${mode === 'knownAt' || !isEvent ? all
    : `SELECT * REPLACE ("time" AS known, row_number() OVER (ORDER BY known, "row") AS "row") FROM (${all}) WHERE superseded IS NULL`}`)
}
