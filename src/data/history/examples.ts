// Labelled examples out of a dataset: one row is one prediction that could have been made.
import type { ExamplesDefinition, LabelDefinition } from '../../core/definition.ts'
import { SlipwayError, type Fault } from '../../core/errors.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Column, ColumnType } from '../../core/schema.ts'
import { tableRows } from '../../core/table.ts'
import { parseDuration, type Micros } from '../../core/time.ts'
import type { BlobStore } from '../../store/index.ts'
import type { CompiledService } from '../compiled-service.ts'
import { datasetSql } from '../dataset-reader.ts'
import type { DatasetVersion } from '../dataset.ts'
import { fits } from '../source.ts'
import { identifier, literal, SQL_TYPE } from '../sql.ts'

export interface ExamplesRange {
  /** Prediction times in [from, to). */
  from: Micros
  to: Micros
  /** Labels known by then. */
  labelsKnownBy: Micros
  /** Also the rows whose label is not known by then, with a null label. */
  keepUnlabelled?: boolean
  /** Also `label_known`: when each label became known, in microseconds. */
  labelTimes?: boolean
}

/** The columns that examples read, each with the type that it must have, and where the definition names it. */
function wantedColumns(service: CompiledService, examples: ExamplesDefinition): (Column & { path: string })[] {
  const { content } = service
  const entities = content.service.entities.map(name => {
    const entity = content.entities.find(e => e.name === name)
    return { name: examples.entities[name], type: entity?.type ?? 'string', path: `examples.entities.${name}` } as const
  })
  const request = service.request.filter(r => examples.request[r.name] !== undefined || !r.optional)
    .map(r => ({ name: examples.request[r.name], type: r.type, path: `examples.request.${r.name}` }))
  return [
    { name: examples.time.column, type: 'timestamp', path: 'examples.time.column' }, ...entities, ...request,
    { name: examples.label.column, type: labelType(examples.label), path: 'examples.label.column' },
    { name: knownAtColumn(examples), type: 'timestamp', path: 'examples.label.knownAt' },
  ]
}

function knownAtColumn({ label, time }: ExamplesDefinition): string { return label.knownAt ?? time.column }

/** The type that the label's column must have; whole numbers serve as float64. */
function labelType({ equals }: LabelDefinition): ColumnType {
  return typeof equals === 'string' ? 'string' : typeof equals === 'boolean' ? 'boolean' : 'float64'
}

/** Whether the outcome holds; null where there is none. */
function outcomeSql({ column, above, equals }: LabelDefinition): string {
  const name = identifier(column)
  if (typeof equals === 'string') return `${name} = ${literal(equals)}`
  if (typeof equals === 'boolean') return equals ? name : `NOT ${name}`
  const number = `CAST(${name} AS DOUBLE)`
  // NaN is no label; the engine would order it above every number.
  return `CASE WHEN NOT isnan(${number}) THEN ${number} ${equals === undefined ? `> ${above}` : `= ${equals}`} END`
}

/** What the dataset lacks for the examples. */
export function checkExampleColumns(service: CompiledService, examples: ExamplesDefinition, schema: readonly Column[]): Fault[] {
  return wantedColumns(service, examples).flatMap(({ name, type, path }) => {
    if (name === undefined) return [{ path, message: `is missing; name the column of dataset ${examples.dataset} that carries it` }]
    const found = schema.find(c => c.name === name)
    if (found === undefined) return [{ path, message: `names the column ${name}, which dataset ${examples.dataset} does not have; it has ${schema.map(c => c.name).join(', ')}` }]
    return fits(found, { type }) ? [] : [{ path, message: `names the column ${name}, which is ${found.type} and must be ${type}` }]
  })
}

/**
 * Creates the temporary table `examples`: `n` (0, 1, … by time, then as in the dataset), `t` (prediction time in microseconds), `e<i>` for each entity and
 * `r<i>` for each request feature of the service, `label`. Returns how many rows.
 * @throws SlipwayError `invalid_definition` naming each column that the dataset lacks; `value_out_of_range` for a request number that is not finite.
 */
export async function createExamples(session: EngineSession, service: CompiledService, examples: ExamplesDefinition, version: DatasetVersion, blobs: BlobStore, range: ExamplesRange): Promise<number> {
  const faults = checkExampleColumns(service, examples, version.schema)
  if (faults.length > 0) throw new SlipwayError('invalid_definition', faults.map(f => `${f.path} ${f.message}`).join('; '), { faults })
  const offset = examples.time.offset === undefined ? 0 : parseDuration(examples.time.offset)
  if (offset === null) throw new SlipwayError('invalid_definition', `examples.time.offset must be a duration such as '-30m', and is '${examples.time.offset}'.`)
  const entities = service.content.service.entities.map((name, i) => `${identifier(examples.entities[name])} AS e${i}`)
  const request = service.request.map((r, i) => {
    const column = examples.request[r.name]
    return column === undefined ? `CAST(NULL AS ${SQL_TYPE[r.type]}) AS r${i}` : `CAST(${identifier(column)} AS ${SQL_TYPE[r.type]}) AS r${i}`
  })
  const label = `CASE WHEN epoch_us(${identifier(knownAtColumn(examples))}) <= ${range.labelsKnownBy} THEN ${outcomeSql(examples.label)} END`
  const names = new Set(wantedColumns(service, examples).map(c => c.name))
  const rows = datasetSql(version, blobs, { columns: version.schema.filter(c => names.has(c.name)), rowColumn: 'slipway row' })
  const selected = [`epoch_us(${identifier(examples.time.column)}) + (${offset}) AS t`, ...entities, ...request, `${label} AS label`, ...(range.labelTimes === true ? [`epoch_us(${identifier(knownAtColumn(examples))}) AS label_known`] : []), '"slipway row" AS "row"']
  await session.run(`CREATE OR REPLACE TEMP TABLE examples AS
    SELECT row_number() OVER (ORDER BY t, "row") - 1 AS n, * EXCLUDE ("row"), "row" AS source_row FROM (SELECT ${selected.join(', ')} FROM (${rows}))
    WHERE t >= ${range.from} AND t < ${range.to}${range.keepUnlabelled === true ? '' : ' AND label IS NOT NULL'} ORDER BY n`)
  const floats = service.request.flatMap((r, i) => (r.type === 'float64' ? [{ name: r.name, column: `r${i}` }] : []))
  const [found] = tableRows(await session.query(`SELECT count(*) AS n${floats.map(f => `, min(source_row) FILTER (WHERE isnan(${f.column}) OR isinf(${f.column})) AS ${f.column}`).join('')} FROM examples`))
  for (const { name, column } of floats) {
    const row = found[column]
    if (row !== null) throw new SlipwayError('value_out_of_range', `Dataset ${examples.dataset}, row ${Number(row) + 1}, column ${examples.request[name]}: the number is not finite. Write null for a missing value.`)
  }
  return Number(found.n)
}
