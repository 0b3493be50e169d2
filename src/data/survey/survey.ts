// A look at a table that nobody has described: read, cleaned and counted, then written as Parquet, by steps that are recorded and can be done again.
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Engine, EngineSession } from '../../core/ports/engine.ts'
import type { ColumnType, Value } from '../../core/schema.ts'
import { tableRows, type Table } from '../../core/table.ts'
import { DAY, type Micros } from '../../core/time.ts'
import { identifier, literal, pathLiteral, SQL_TYPE } from '../sql.ts'
import { cleanTable, type CleanTable } from './clean-table.ts'
import { describeColumns, type ColumnFacts } from './column-facts.ts'
import { openRaw, type RawTable } from './raw-table.ts'
import type { Reading } from './reading.ts'

/** When a column's value makes the outcome true. */
export interface Outcome { column: string; above?: number; equals?: Value }

/** A column with times, or the order of the rows where there is none: as in the file, or mixed by a fixed rule. */
export type RowTime = { column: string } | { rows: 'in order' | 'mixed' }

/** Columns that stand in for what the table lacks. */
export interface AddedColumns { rowNumber?: string; rowTime?: { name: string; rows: 'in order' | 'mixed' } }

export interface WriteOptions { added: AddedColumns; /** Whole numbers become this type: what they were in a table before. */ types?: ReadonlyMap<string, ColumnType> }

/** Rows with an outcome and a time, cut in two by time: the later part is the holdout. `from` and `to` are whole days around all of them. */
export interface Split { share: number; training: number; trainingPositives: number; holdout: number; holdoutPositives: number; from: Micros; to: Micros }

export interface Survey {
  reading: RawTable['reading']
  rows: number
  repeated: number
  nested: CleanTable['nested']
  columns: ColumnFacts[]
  /** From here on rows that repeat another one do not count, and are not written. */
  dropRepeated(): void
  /** Rows by outcome: true, false, none. */
  outcomes(outcome: Outcome): Promise<{ positive: number; negative: number; none: number }>
  /** The split that a run with this holdout would make; null without rows. */
  split(outcome: Outcome, time: RowTime, share: number): Promise<Split | null>
  /** Rows spread over the whole table, in its order. */
  sample(most: number): Promise<Table>
  /** Writes the cleaned table. Returns its rows. */
  write(path: string, options: WriteOptions): Promise<number>
  close(): Promise<void>
}

/** The rows' own order as times, a minute apart: no one's clock, and it says so by its year. */
const ORDER_TIME = (rank: string): string => `make_timestamptz(946684800000000 + (${rank}) * 60000000)`
const RANK = { 'in order': 'n', mixed: "row_number() OVER (ORDER BY md5(CAST(n AS VARCHAR)), n) - 1" }

/**
 * Looks at a CSV or Parquet file. `known` gives readings that were recorded, by column name.
 * @throws SlipwayError `not_found`, `invalid_request` for what is no table.
 */
export async function openSurvey(engine: Engine, path: string, known?: ReadonlyMap<string, Reading>): Promise<Survey> {
  const session = await engine.connect()
  try {
    const raw = await openRaw(session, path)
    const clean = await cleanTable(session, raw, known)
    const columns = await describeColumns(session, clean)
    return surveyOf(session, raw, clean, columns)
  } catch (error) {
    await session.close()
    throw error
  }
}

function surveyOf(session: EngineSession, raw: RawTable, clean: CleanTable, columns: ColumnFacts[]): Survey {
  let kept = ''
  return {
    dropRepeated() { kept = ' WHERE "slipway first"' },
    reading: raw.reading, rows: clean.rows, repeated: clean.repeated, nested: clean.nested, columns,
    async outcomes(outcome) {
      const y = outcomeSql(outcome)
      const [row] = tableRows(await session.query(`SELECT count(*) FILTER (${y}) AS positive, count(*) FILTER (NOT ${y}) AS negative, count(*) FILTER ((${y}) IS NULL) AS none FROM clean${kept}`))
      return { positive: Number(row.positive), negative: Number(row.negative), none: Number(row.none) }
    },
    async split(outcome, time, share) {
      await session.run(`CREATE OR REPLACE TEMP TABLE timed AS SELECT epoch_us(t) AS t, y FROM (SELECT ${timeSql(time)} AS t, ${outcomeSql(outcome)} AS y FROM clean${kept}) WHERE t IS NOT NULL AND y IS NOT NULL`)
      const [{ n }] = tableRows(await session.query('SELECT count(*) AS n FROM timed'))
      const rows = Number(n)
      if (rows === 0) return null
      const start = Math.min(rows - 1, Math.floor(rows * (1 - share)))
      const [row] = tableRows(await session.query(`WITH cut AS (SELECT t AS edge FROM timed ORDER BY t LIMIT 1 OFFSET ${start})
        SELECT count(*) FILTER (t < edge) AS training, count(*) FILTER (t < edge AND y) AS tp, count(*) FILTER (t >= edge) AS holdout, count(*) FILTER (t >= edge AND y) AS hp,
          CAST(min(t) AS DOUBLE) AS a, CAST(max(t) AS DOUBLE) AS z FROM timed, cut`))
      return { share, training: Number(row.training), trainingPositives: Number(row.tp), holdout: Number(row.holdout), holdoutPositives: Number(row.hp), from: Math.floor(Number(row.a) / DAY) * DAY, to: (Math.floor(Number(row.z) / DAY) + 1) * DAY }
    },
    sample: most => session.query(`SELECT ${columns.map(c => identifier(c.name)).join(', ')} FROM clean WHERE "slipway first" AND n % ${Math.max(1, Math.ceil(clean.rows / most))} = 0 ORDER BY n`),
    write: (path, options) => write(session, columns, kept, path, options),
    close: () => session.close(),
  }
}

function outcomeSql({ column, above, equals }: Outcome): string {
  const name = identifier(column)
  if (above !== undefined) return `${name} > ${above}`
  if (typeof equals === 'boolean') return equals ? name : `NOT ${name}`
  return `${name} = ${typeof equals === 'string' ? literal(equals) : String(equals)}`
}

function timeSql(time: RowTime): string { return 'column' in time ? identifier(time.column) : ORDER_TIME(RANK[time.rows]) }

async function write(session: EngineSession, columns: readonly ColumnFacts[], kept: string, path: string, { added, types }: WriteOptions): Promise<number> {
  const { rowNumber, rowTime } = added
  const selected = [
    ...rowNumber === undefined ? [] : [`CAST(n + 1 AS BIGINT) AS ${identifier(rowNumber)}`],
    ...rowTime === undefined ? [] : [`${ORDER_TIME(RANK[rowTime.rows])} AS ${identifier(rowTime.name)}`],
    ...columns.map(c => { const type = types?.get(c.name); return type === undefined || type === c.type || c.type !== 'int64' ? identifier(c.name) : `CAST(${identifier(c.name)} AS ${SQL_TYPE[type]}) AS ${identifier(c.name)}` }),
  ]
  const sql = `SELECT ${selected.join(', ')} FROM clean${kept} ORDER BY n`
  await mkdir(dirname(path), { recursive: true })
  // Whole or not at all: whoever reads the file meanwhile has the old one.
  const unfinished = `${path}.tmp`
  try {
    await session.run(`COPY (${sql}) TO ${literal(unfinished)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`)
    const [{ rows }] = tableRows(await session.query(`SELECT count(*) AS rows FROM read_parquet(${pathLiteral(unfinished)})`))
    await rename(unfinished, path)
    return Number(rows)
  } catch (cause) {
    await rm(unfinished, { force: true })
    throw cause instanceof SlipwayError && cause.code !== 'internal' ? cause : new SlipwayError('invalid_request', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, remedy: 'Check the folder, its rights and its space.' })
  }
}
