// A Parquet file as the body of a request.
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Engine } from '../../core/ports/engine.ts'
import { getValue, type ColumnData } from '../../core/table.ts'
import type { Elements } from '../inference/columns.ts'
import type { NamedColumns } from '../inference/json-rows.ts'

/**
 * Columns with these names; others are not read. One row more than `mostRows` tells that there are too many.
 * @throws SlipwayError `invalid_request` for what the engine cannot read as Parquet.
 */
export async function readParquet(engine: Engine, bytes: Buffer, names: ReadonlySet<string>, mostRows: number): Promise<NamedColumns> {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'PAR1' || bytes.toString('latin1', bytes.length - 4) !== 'PAR1') throw refuse('The body is no Parquet file: it does not begin and end with PAR1.')
  const path = join(tmpdir(), `slipway-scoring-${process.pid}-${randomBytes(8).toString('hex')}.parquet`)
  const session = await engine.connect()
  try {
    await writeFile(path, bytes, { mode: 0o600 })
    const described = await session.query('SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(?))', [path])
    const wanted = (described.columns[0].values as string[]).filter(name => names.has(name))
    const selected = wanted.length === 0 ? '1' : wanted.map(name => `"${name.replaceAll('"', '""')}"`).join(', ')
    const { rows, columns } = await session.query(`SELECT ${selected} FROM read_parquet(?) LIMIT ${mostRows + 1}`, [path])
    if (rows === 0) throw refuse('The Parquet file has no rows.')
    return { rows, columns: wanted.map((name, k) => ({ name, path: `parquet.${name}`, elements: elementsOf(columns[k], rows) })) }
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'internal') throw refuse('The Parquet file cannot be read, or a column that the endpoint takes is of a type that it does not take.', error)
    throw error
  } finally {
    await session.close()
    await rm(path, { force: true })
  }
}

function elementsOf(column: ColumnData, rows: number): Elements {
  return Array.from({ length: rows }, (_, i) => getValue(column, i))
}

function refuse(message: string, cause?: unknown): SlipwayError {
  return new SlipwayError('invalid_request', message, { remedy: 'Send it as pandas.DataFrame.to_parquet() writes it, with numbers, booleans, text and times.', cause })
}
