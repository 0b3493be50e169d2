// How a file became the project's table: kept beside it, and enough to do it again with a newer file.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnType } from '../../core/schema.ts'
import type { ColumnFacts, Reading, Survey } from '../../data/index.ts'
import { recordPath } from './project-files.ts'

export interface CleaningRecord {
  /** Of the file that was read last. */
  source: { file: string; bytes: number; sha256: string }
  read: Survey['reading']
  rows: { read: number; repeated: number; written: number }
  /** Whether rows that repeat another one in every cell are left out. */
  dropRepeated: boolean
  added: { rowNumber?: string; rowTime?: { name: string; rows: 'in order' | 'mixed' } }
  nested: Survey['nested']
  columns: { name: string; original: string; type: ColumnType; reading: Reading; missing: number; unreadable: number; unreadableExamples: string[] }[]
}

export async function describeSource(path: string): Promise<CleaningRecord['source']> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return { file: basename(path), bytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

export function recordOf(survey: Survey, source: CleaningRecord['source'], written: number, options: Pick<CleaningRecord, 'dropRepeated' | 'added'>): CleaningRecord {
  const columns = survey.columns.map(({ name, original, type, reading, missing, unreadable, unreadableExamples }: ColumnFacts) => ({ name, original, type, reading, missing, unreadable, unreadableExamples }))
  return { source, read: survey.reading, rows: { read: survey.rows, repeated: survey.repeated, written }, ...options, nested: survey.nested, columns }
}

export function writeRecord(dir: string, name: string, record: CleaningRecord): void {
  writeFileSync(join(dir, recordPath(name)), `${JSON.stringify(record, null, 1)}\n`)
}

/** @throws SlipwayError `not_found` where there is none, `corrupt` where it is none. */
export function readRecord(dir: string, name: string): CleaningRecord {
  const path = join(dir, recordPath(name))
  if (!existsSync(path)) throw new SlipwayError('not_found', `There is no ${path}: no table was taken in under the name ${name}.`, { remedy: 'Name the project with --name and its folder with --project, or leave --refresh out.' })
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as CleaningRecord
    if (Array.isArray(record.columns)) return record
  } catch { /* told below */ }
  throw new SlipwayError('corrupt', `${path} is no record of a cleaning.`, { remedy: 'Run `slipway init` without --refresh.' })
}
