// A source's rows as a table of the engine, ready for the aggregation and look-up of history.
import type { SourceDefinition } from '../core/definition.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import type { EngineSession } from '../core/ports/engine.ts'
import type { Column } from '../core/schema.ts'
import { tableRows } from '../core/table.ts'
import type { BlobStore } from '../store/index.ts'
import { datasetSql } from './dataset-reader.ts'
import type { DatasetVersion } from './dataset.ts'
import { eventIdSql } from './event-id.ts'
import { MAX_MAGNITUDE, MIN_MAGNITUDE } from './exact-sum.ts'
import { identifier } from './sql.ts'

/** The column of a source in its engine table: `v.dep_delay`, as in the journal. */
export function valueColumn(name: string): string { return identifier(`v.${name}`) }

/** What a dataset lacks for a source: a column, or its type. Whole numbers serve as float64; nothing else is converted. */
export function checkSourceColumns(source: SourceDefinition, schema: readonly Column[]): Fault[] {
  return source.columns.flatMap(column => {
    const found = schema.find(c => c.name === column.name)
    const path = `sources.${source.name}.columns.${column.name}`
    if (found === undefined) return [{ path, message: `is no column of dataset ${source.dataset}, which has ${schema.map(c => c.name).join(', ')}` }]
    if (!fits(found, column)) return [{ path, message: `is declared ${column.type}, and is ${found.type} in dataset ${source.dataset}` }]
    return []
  })
}

/** Whether a dataset's column can be read as the declared one. */
export function fits(found: Column, declared: Pick<Column, 'type'>): boolean {
  return found.type === declared.type || (found.type === 'int64' && declared.type === 'float64')
}

/** @throws SlipwayError `invalid_definition` with every fault. */
export function assertSourceColumns(source: SourceDefinition, version: DatasetVersion): void {
  const faults = checkSourceColumns(source, version.schema)
  if (faults.length > 0) throw new SlipwayError('invalid_definition', faults.map(f => `${f.path} ${f.message}`).join('; '), { faults })
}

/**
 * A SELECT of a source's rows out of a dataset version: `row` (order in the dataset), `id`, `time` and `known` (microseconds; null in a static source), and
 * `v.<column>` for each wanted column. Rows without an event time are no events, rows without a known-at are not known: both are left out.
 * @param row `number`: counted from 0; `place`: in the same order, with gaps, and found without counting
 */
export function sourceSql(source: SourceDefinition, version: DatasetVersion, blobs: BlobStore, wanted: Iterable<string>, row: 'number' | 'place' = 'number'): string {
  const values = [...new Set(wanted)].map(name => `${identifier(name)} AS ${valueColumn(name)}`)
  const time = source.eventTime === undefined ? 'CAST(NULL AS BIGINT)' : `epoch_us(${identifier(source.eventTime)})`
  const known = source.knownAt === undefined ? time : `epoch_us(${identifier(source.knownAt)})`
  const where = source.eventTime === undefined ? '' : ` WHERE ${time} IS NOT NULL AND ${known} IS NOT NULL`
  const rows = datasetSql(version, blobs, { columns: source.columns, ...(row === 'number' ? { rowColumn: 'row' } : { placeColumn: 'row' }) })
  return `SELECT "row", ${eventIdSql(source)} AS id, ${time} AS "time", ${known} AS known${values.map(v => `, ${v}`).join('')}
    FROM (${withoutNaN(source, rows)})${where}`
}

/** A SELECT of values by place: `row` as `sourceSql` has it, and `v.<column>` for each wanted column; of all rows, whether they count or not. */
export function valuesSql(source: SourceDefinition, version: DatasetVersion, blobs: BlobStore, wanted: Iterable<string>): string {
  const values = [...new Set(wanted)].map(name => `, ${identifier(name)} AS ${valueColumn(name)}`)
  return `SELECT "row"${values.join('')} FROM (${withoutNaN(source, datasetSql(version, blobs, { columns: source.columns, placeColumn: 'row' }))})`
}

/** The same rows; where the source says so, NaN is a missing value. */
function withoutNaN(source: SourceDefinition, rows: string): string {
  const floats = source.nan === 'missing' ? source.columns.filter(c => c.type === 'float64').map(c => identifier(c.name)) : []
  return floats.length === 0 ? rows : `SELECT * REPLACE (${floats.map(c => `CASE WHEN NOT isnan(${c}) THEN ${c} END AS ${c}`).join(', ')}) FROM (${rows})`
}

/** To the engine NaN is greater than every number. */
const OUTSIDE = (x: string): string => `NOT (${x} = 0 OR abs(${x}) BETWEEN '${MIN_MAGNITUDE}'::DOUBLE AND '${MAX_MAGNITUDE}'::DOUBLE)`

/**
 * Refuses what no execution could agree on: rows without an id, numbers that are not finite or outside the exact range.
 * @param rows a table or a SELECT in brackets
 * @throws SlipwayError `invalid_request` or `value_out_of_range`, naming dataset, row (from 1) and column.
 */
export async function assertSourceValues(session: EngineSession, rows: string, source: SourceDefinition, wanted: Iterable<string>): Promise<void> {
  const floats = [...new Set(wanted)].filter(name => source.columns.find(c => c.name === name)?.type === 'float64')
  // Nearly always there is none: which row it is, is asked only then.
  const bad = ['id IS NULL', ...floats.map(name => `coalesce(${OUTSIDE(valueColumn(name))}, false)`)]
  if (tableRows(await session.query(`SELECT count(*) AS n FROM ${rows} WHERE ${bad.join(' OR ')}`))[0].n === 0) return
  const checks = [`min("row") FILTER (WHERE id IS NULL) AS "no id"`, ...floats.map(name => `min("row") FILTER (WHERE ${OUTSIDE(valueColumn(name))}) AS ${identifier(`v.${name}`)}`)]
  const [found] = tableRows(await session.query(`SELECT ${checks.join(', ')} FROM ${rows}`))
  if (found['no id'] !== null) throw new SlipwayError('invalid_request', `Dataset ${source.dataset}, row ${Number(found['no id']) + 1}: a column of the id of source ${source.name} (${source.id.join(', ')}) is missing.`)
  for (const name of floats) {
    const row = found[`v.${name}`]
    if (row !== null) throw new SlipwayError('value_out_of_range', `Dataset ${source.dataset}, row ${Number(row) + 1}, column ${name}: the number is not finite, or outside the range in which sums are exact. Write null for a missing value${source.nan === 'missing' ? '' : ", or say nan: 'missing' in the source where NaN means that"}.`)
  }
}
