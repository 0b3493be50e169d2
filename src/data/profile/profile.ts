// What the columns of a dataset version hold: for people who look at data, and at the distribution of features in a training set.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Column, Row, Value } from '../../core/schema.ts'
import { getValue, tableRows } from '../../core/table.ts'
import { assertContent, getDatasetVersion, withSession, type DataContext } from '../dataset.ts'
import { datasetSql } from '../dataset-reader.ts'
import { identifier } from '../sql.ts'

export interface ColumnProfile {
  name: string
  type: Column['type']
  missing: number
  /** Different values, approximately (HyperLogLog of the engine). */
  distinct: number
  /** Of numbers and times (microseconds). */
  min: Value
  max: Value
  /** Of numbers. */
  mean: number | null
  /** Values at 1, 5, 25, 50, 75, 95 and 99 % of the numbers, approximately. */
  quantiles: number[] | null
  /** Of numbers: equal steps from the 1 % to the 99 % value, the ends holding what lies beyond. */
  histogram: { from: number; to: number; count: number }[] | null
  /** Of all else: the most frequent values. */
  top: { value: Value; count: number }[] | null
}

export interface DatasetProfile { version: string; rows: number; /** Rows that were looked at: a fixed sample of a larger version. */ sampled: number; columns: ColumnProfile[] }

const SAMPLE = 1_000_000
const BINS = 24
const TOP = 10
const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

/** @throws SlipwayError `not_found`, `corrupt`. */
export async function profileDataset(context: DataContext, version: string, columns?: readonly string[]): Promise<DatasetProfile> {
  const content = await getDatasetVersion(context.metadata, version)
  await assertContent(context.blobs, content)
  const schema = content.schema.filter(c => columns === undefined || columns.includes(c.name))
  return withSession(context.engine, async session => {
    const sample = content.rows > SAMPLE ? ` USING SAMPLE reservoir(${SAMPLE} ROWS) REPEATABLE (1)` : ''
    if (schema.length > 0) await session.run(`CREATE TEMP TABLE profiled AS SELECT * FROM (${datasetSql(content, context.blobs, { columns: schema })})${sample}`)
    const profiles: ColumnProfile[] = []
    for (const column of schema) profiles.push(await profileColumn(session, column))
    return { version, rows: content.rows, sampled: Math.min(content.rows, SAMPLE), columns: profiles }
  })
}

async function profileColumn(session: EngineSession, { name, type }: Column): Promise<ColumnProfile> {
  const x = identifier(name)
  const isNumber = type === 'float64' || type === 'int64'
  const finite = type === 'float64' ? `CASE WHEN isfinite(${x}) THEN ${x} END` : x
  const number = `CAST(${finite} AS DOUBLE)`
  const ordered = isNumber || type === 'timestamp'
  const bounds = ordered ? `min(${finite}) AS least, max(${finite}) AS most` : 'NULL::INTEGER AS least, NULL::INTEGER AS most'
  const quantiles = isNumber ? QUANTILES.map((q, i) => `, quantile_cont(${number}, ${q}) AS q${i}`).join('') : ''
  const [facts] = tableRows(await session.query(`SELECT count(*) - count(${x}) AS missing, approx_count_distinct(${x}) AS different, ${bounds}, ${isNumber ? `avg(${number})` : 'NULL::DOUBLE'} AS mean${quantiles} FROM profiled`))
  const found = isNumber ? QUANTILES.map((_, i) => facts[`q${i}`]) : []
  const known = found.every((q): q is number => typeof q === 'number') && isNumber
  return {
    name, type, missing: Number(facts.missing), distinct: Number(facts.different), min: facts.least ?? null, max: facts.most ?? null, mean: facts.mean as number | null,
    quantiles: known ? found : null, histogram: known ? await readHistogram(session, number, found[0], found[found.length - 1]) : null,
    top: isNumber || type === 'timestamp' ? null : await readTop(session, x),
  }
}

async function readHistogram(session: EngineSession, number: string, from: number, to: number): Promise<NonNullable<ColumnProfile['histogram']>> {
  const width = (to - from) / BINS
  if (width === 0 || !Number.isFinite(width)) {
    const [{ n }] = tableRows(await session.query(`SELECT count(${number}) AS n FROM profiled`))
    return [{ from, to, count: Number(n) }]
  }
  const bins = tableRows(await session.query(`SELECT CAST(least(greatest(floor((${number} - $1) / $2), 0), ${BINS - 1}) AS INTEGER) AS bin, count(*) AS n FROM profiled WHERE ${number} IS NOT NULL GROUP BY bin`, [from, width]))
  const counts = new Map(bins.map((b: Row) => [Number(b.bin), Number(b.n)]))
  return Array.from({ length: BINS }, (_, i) => ({ from: from + i * width, to: i === BINS - 1 ? to : from + (i + 1) * width, count: counts.get(i) ?? 0 }))
}

async function readTop(session: EngineSession, x: string): Promise<NonNullable<ColumnProfile['top']>> {
  const table = await session.query(`SELECT ${x} AS value, count(*) AS n FROM profiled WHERE ${x} IS NOT NULL GROUP BY value ORDER BY n DESC, value LIMIT ${TOP}`)
  return Array.from({ length: table.rows }, (_, i) => ({ value: getValue(table.columns[0], i), count: Number(getValue(table.columns[1], i)) }))
}
