// The embedded database: documents and staged ledger entries over node:sqlite.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Body, Database, Document, DocumentReader, ListOptions, StagedEntry, Transaction } from './database.ts'
import { storageError } from './durable.ts'
import { connectSqlite } from './sqlite-driver.ts'

/** What brings a database of version i to i + 1. Only ever append. */
const MIGRATIONS = [`
  CREATE TABLE document (
    kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE staged (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
`]

/** How long another process may keep the right to write, how often it is asked for meanwhile, and SQLite's code for that. */
const TIMEOUT_MS = 10_000
const BUSY_MS = 2
const BUSY = 5

interface DocumentRow { id: string; revision: number; body: string; updated_at: number }

/**
 * Opens the database, and makes or migrates it unless `readOnly`. Committed means on disk (WAL, synchronous=FULL, asserted on every connection).
 * Bodies are stored as canonical text, so int64, NaN and −0 come back as they were.
 * @throws SlipwayError `storage_full`; `corrupt` when the file is no database, or one of a newer Slipway.
 */
export async function openDatabase(file: string, options: { clock?: Clock; readOnly?: boolean; /** For tests: a disk of so many pages. */ maxPages?: number } = {}): Promise<Database> {
  const { clock = systemClock, readOnly = false, maxPages } = options
  const writer = connect(file, readOnly)
  try {
    if (!readOnly) guard(file, () => { migrate(writer, file) })
    if (maxPages !== undefined) writer.exec(`PRAGMA max_page_count = ${maxPages}`)
    // A reader of its own never sees the uncommitted changes of a transaction that awaits something.
    return new SqliteDatabase(file, writer, readOnly ? writer : connect(file, readOnly), clock)
  } catch (error) {
    writer.close()
    throw error
  }
}

function connect(file: string, readOnly: boolean): DatabaseSync {
  return guard(file, () => {
    const db = connectSqlite(file, { readOnly, timeout: TIMEOUT_MS })
    try {
      if (!readOnly) db.exec('PRAGMA journal_mode = WAL')
      db.exec('PRAGMA synchronous = FULL')
      const mode = db.prepare('PRAGMA journal_mode').get()?.journal_mode
      const sync = db.prepare('PRAGMA synchronous').get()?.synchronous
      if (sync !== 2 || mode !== 'wal') throw new SlipwayError('internal', `${file} would not be durable: journal_mode=${mode}, synchronous=${sync}.`)
      return db
    } catch (error) { db.close(); throw error }
  })
}

function migrate(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
  if (version > MIGRATIONS.length) throw new SlipwayError('corrupt', `${file} has schema version ${version}, and this Slipway knows ${MIGRATIONS.length}.`, { remedy: 'Use the newer Slipway that wrote it, or restore a backup.' })
  if (version === MIGRATIONS.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function guard<T>(file: string, work: () => T): T {
  try { return work() } catch (error) {
    const code = (error as { errcode?: number }).errcode
    // 11 and 26: malformed, not a database.
    if (code !== undefined && [11, 26].includes(code & 0xff)) throw new SlipwayError('corrupt', `${file} is damaged: ${(error as Error).message}.`, { cause: error })
    throw storageError(error, file)
  }
}

function readerOf(db: DatabaseSync, file: string): DocumentReader {
  const toDocument = <B>(kind: string, row: DocumentRow): Document<B> => ({ kind, id: row.id, revision: row.revision, body: parseBody<B>(row.body), updatedAt: row.updated_at })
  const select = db.prepare('SELECT id, revision, body, updated_at FROM document WHERE kind = ? AND id = ?')
  return {
    async get<B = Body>(kind: string, id: string) {
      const row = guard(file, () => select.get(kind, id)) as DocumentRow | undefined
      return row === undefined ? null : toDocument<B>(kind, row)
    },
    async list<B = Body>(kind: string, { prefix = '', after, limit, reverse = false }: ListOptions = {}) {
      const params: SQLInputValue[] = [kind]
      let where = 'kind = ?'
      if (prefix !== '') { where += ' AND id >= ? AND id < ?'; params.push(prefix, `${prefix}\u{10ffff}`) }
      if (after !== undefined) { where += ` AND id ${reverse ? '<' : '>'} ?`; params.push(after) }
      params.push(limit ?? -1)
      const sql = `SELECT id, revision, body, updated_at FROM document WHERE ${where} ORDER BY id ${reverse ? 'DESC' : 'ASC'} LIMIT ?`
      return (guard(file, () => db.prepare(sql).all(...params)) as unknown as DocumentRow[]).map(row => toDocument<B>(kind, row))
    },
  }
}

function parseBody<B>(text: string): B {
  return (text.includes('"$') ? parseCanonical(text) : JSON.parse(text)) as B
}

class SqliteDatabase implements Database {
  readonly #file: string
  readonly #writer: DatabaseSync
  readonly #reader: DatabaseSync
  readonly #clock: Clock
  readonly #read: DocumentReader
  /** Ends when the transaction before has ended. */
  #turn: Promise<unknown> = Promise.resolve()
  #open = true

  constructor(file: string, writer: DatabaseSync, reader: DatabaseSync, clock: Clock) {
    this.#file = file
    this.#writer = writer
    this.#reader = reader
    this.#clock = clock
    this.#read = readerOf(reader, file)
  }

  async get<B = Body>(kind: string, id: string): Promise<Document<B> | null> { return this.#read.get<B>(kind, id) }
  async list<B = Body>(kind: string, options?: ListOptions): Promise<Document<B>[]> { return this.#read.list<B>(kind, options) }

  /** `work` must not call `transaction` again (it would wait for itself), nor use `tx` after it has ended. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#exclusively(async () => {
      const db = this.#writer
      await this.#begin()
      const tx = new SqliteTransaction(db, this.#file, this.#clock)
      try {
        const result = await work(tx)
        guard(this.#file, () => { db.exec('COMMIT') })
        return result
      } catch (error) {
        // A full disk may have rolled back already.
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      } finally { tx.end() }
    })
  }

  async staged(limit = -1): Promise<StagedEntry[]> {
    const rows = guard(this.#file, () => this.#reader.prepare('SELECT id, record FROM staged ORDER BY seq LIMIT ?').all(limit)) as { id: string; record: string }[]
    return rows.map(row => ({ id: row.id, record: parseBody<Body>(row.record) }))
  }

  unstage(ids: string[]): Promise<void> {
    return this.#exclusively(async () => {
      await this.#begin()
      guard(this.#file, () => {
        try {
          this.#writer.prepare('DELETE FROM staged WHERE id IN (SELECT value FROM json_each(?))').run(JSON.stringify(ids))
          this.#writer.exec('COMMIT')
        } finally { if (this.#writer.isTransaction) this.#writer.exec('ROLLBACK') }
      })
    })
  }

  /** Takes the right to write. While another process has it, this one goes on with its other work: SQLite's own waiting would stop the event loop. */
  async #begin(): Promise<void> {
    for (const started = performance.now(); ; await new Promise(resolve => { setTimeout(resolve, BUSY_MS) })) {
      this.#writer.exec('PRAGMA busy_timeout = 0')
      try {
        guard(this.#file, () => { this.#writer.exec('BEGIN IMMEDIATE') })
        return
      } catch (error) {
        if (((error as { errcode?: number }).errcode ?? 0) !== BUSY || performance.now() - started > TIMEOUT_MS) throw error
      } finally { this.#writer.exec(`PRAGMA busy_timeout = ${TIMEOUT_MS}`) }
    }
  }

  async check(): Promise<string[]> {
    try {
      const rows = this.#reader.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
      return rows.map(row => row.integrity_check).filter(text => text !== 'ok')
    } catch (error) { return [(error as Error).message] }
  }

  close(): Promise<void> {
    return this.#exclusively(async () => {
      if (!this.#open) return
      this.#open = false
      if (this.#reader !== this.#writer) this.#reader.close()
      this.#writer.close()
    })
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work)
    this.#turn = run.catch(() => {})
    return run
  }
}

class SqliteTransaction implements Transaction {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #clock: Clock
  readonly #read: DocumentReader
  #open = true

  constructor(db: DatabaseSync, file: string, clock: Clock) {
    this.#db = db
    this.#file = file
    this.#clock = clock
    this.#read = readerOf(db, file)
  }

  end(): void { this.#open = false }

  async get<B = Body>(kind: string, id: string): Promise<Document<B> | null> { this.#assertOpen(); return this.#read.get<B>(kind, id) }
  async list<B = Body>(kind: string, options?: ListOptions): Promise<Document<B>[]> { this.#assertOpen(); return this.#read.list<B>(kind, options) }

  async put<B = Body>(kind: string, id: string, body: B, options: { revision?: number } = {}): Promise<Document<B>> {
    this.#assertOpen()
    const text = canonicalize(body as Json)
    return guard(this.#file, () => {
      const found = this.#db.prepare('SELECT revision FROM document WHERE kind = ? AND id = ?').get(kind, id) as { revision: number } | undefined
      const stored = found?.revision ?? 0
      if (options.revision !== undefined && options.revision !== stored) {
        throw new SlipwayError('conflict', stored === 0 ? `${kind}/${id} does not exist (revision ${options.revision} was expected).` : `${kind}/${id} is at revision ${stored}, not ${options.revision}.`)
      }
      const updatedAt = this.#clock.recorded()
      this.#db.prepare('INSERT INTO document (kind, id, revision, body, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body, updated_at = excluded.updated_at')
        .run(kind, id, stored + 1, text, updatedAt)
      return { kind, id, revision: stored + 1, body, updatedAt }
    })
  }

  async remove(kind: string, id: string): Promise<void> {
    this.#assertOpen()
    guard(this.#file, () => { this.#db.prepare('DELETE FROM document WHERE kind = ? AND id = ?').run(kind, id) })
  }

  async stage(entry: StagedEntry): Promise<void> {
    this.#assertOpen()
    const record = canonicalize(entry.record as Json)
    guard(this.#file, () => { this.#db.prepare('INSERT INTO staged (id, record) VALUES (?, ?)').run(entry.id, record) })
  }

  #assertOpen(): void {
    if (!this.#open) throw new SlipwayError('internal', 'A transaction was used after its end.')
  }
}
