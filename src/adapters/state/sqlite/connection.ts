// The file features.db: who wrote it and as of which position, the states, their blocks.
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { SlipwayError } from '../../../core/errors.ts'

// A static import would fail while modules are linked, before the runtime check of the door could say that this Node is too old.
const driver = process.getBuiltinModule('node:sqlite')

const SCHEMA = `
  CREATE TABLE head (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), position INTEGER NOT NULL, owner TEXT NOT NULL) STRICT;
  CREATE TABLE state (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, header TEXT NOT NULL) STRICT;
  CREATE TABLE block (state INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (state, number)) STRICT;
`
const VERSION = 1
/** Blocks are some ten thousand bytes. */
const PAGE_BYTES = 16_384
export const LOG_BYTES = 16 << 20
const TIMEOUT_MS = 10_000

/** Opens the file, or makes it. Committed means on disk. @throws SlipwayError `corrupt`, `storage_full`. */
export function connectState(file: string): DatabaseSync {
  return guard(file, () => {
    const db = new driver.DatabaseSync(file, { timeout: TIMEOUT_MS })
    try {
      db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${LOG_BYTES}`)
      const mode = db.prepare('PRAGMA journal_mode').get()?.journal_mode
      const sync = db.prepare('PRAGMA synchronous').get()?.synchronous
      if (sync !== 2 || mode !== 'wal') throw new SlipwayError('internal', `${file} would not be durable: journal_mode=${mode}, synchronous=${sync}.`)
      const version = db.prepare('PRAGMA user_version').get()?.user_version
      if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT`)
      else if (version !== VERSION) throw new SlipwayError('corrupt', `${file} has schema version ${version}, and this Slipway knows ${VERSION}.`)
      return db
    } catch (error) { db.close(); throw error }
  })
}

/** So that after a crash the file is not there again. */
export function removeState(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  if (process.platform === 'win32') return
  const folder = openSync(dirname(file), 'r')
  try { fsyncSync(folder) } finally { closeSync(folder) }
}

export function guard<T>(file: string, work: () => T): T {
  try { return work() } catch (error) { throw stateError(error, file) }
}

function stateError(error: unknown, file: string): unknown {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff
  // 11 and 26: malformed, not a database; 13: the disk is full.
  if (code === 11 || code === 26) return new SlipwayError('corrupt', `${file} is damaged: ${(error as Error).message}.`, { cause: error })
  if (code === 13) return new SlipwayError('storage_full', `The disk is full: ${file} was not written.`, { cause: error })
  return error
}
