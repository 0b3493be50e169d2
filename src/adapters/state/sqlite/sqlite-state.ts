import type { DatabaseSync } from 'node:sqlite'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { SlipwayError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { KeptState, StateBackend, StateBlock, StateChange, StateHead } from '../../../core/ports/state-backend.ts'
import { connectState, guard, removeState } from './connection.ts'
import { StateWriter } from './state-writer.ts'

const BLOCKS_AT_ONCE = 64

/** Online state in FOLDER/features.db. Reads are made here, writes in a thread. A file that is damaged is made anew, and the log says so. */
export function openSqliteState(folder: string, log: Log): StateBackend {
  const file = join(folder, 'features.db')
  try { return new SqliteState(file, connectState(file)) } catch (error) {
    if (!(error instanceof SlipwayError && error.code === 'corrupt')) throw error
    log.warn('Online state as it is kept cannot be used, and is made anew from the journal.', { file, reason: error.message })
    removeState(file)
    return new SqliteState(file, connectState(file))
  }
}

class SqliteState implements StateBackend {
  readonly kind = 'sqlite'
  readonly #file: string
  readonly #writer: StateWriter
  #db: DatabaseSync

  constructor(file: string, db: DatabaseSync) {
    this.#file = file
    this.#db = db
    this.#writer = new StateWriter(file)
  }

  async head(): Promise<StateHead | null> {
    const found = this.#guard(() => this.#db.prepare('SELECT position, owner FROM head').get()) as StateHead | undefined
    return found === undefined ? null : { position: found.position, owner: found.owner }
  }

  async list(): Promise<KeptState[]> {
    return this.#guard(() => this.#db.prepare('SELECT key, header, (SELECT count(*) FROM block WHERE block.state = state.id) AS blocks FROM state').all()) as unknown as KeptState[]
  }

  async *blocks(key: string): AsyncIterable<StateBlock[]> {
    const select = this.#guard(() => this.#db.prepare('SELECT number, bytes FROM block WHERE state = (SELECT id FROM state WHERE key = ?) AND number > ? ORDER BY number LIMIT ?'))
    for (let after = -1; ;) {
      const blocks = this.#guard(() => select.all(key, after, BLOCKS_AT_ONCE)) as unknown as StateBlock[]
      if (blocks.length > 0) yield blocks
      if (blocks.length < BLOCKS_AT_ONCE) return
      after = (blocks.at(-1) as StateBlock).number
    }
  }

  write(change: StateChange): Promise<void> { return this.#writer.write(change) }

  async clear(): Promise<void> {
    try { this.#guard(() => { this.#db.exec('BEGIN IMMEDIATE; DELETE FROM block; DELETE FROM state; DELETE FROM head; COMMIT') }) } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'corrupt')) throw error
      await this.#writer.close()
      this.#db.close()
      removeState(this.#file)
      this.#db = connectState(this.#file)
    }
  }

  async size(): Promise<number> {
    return ['', '-wal'].reduce((n, end) => n + (statSync(`${this.#file}${end}`, { throwIfNoEntry: false })?.size ?? 0), 0)
  }

  async close(): Promise<void> {
    await this.#writer.close()
    this.#db.close()
  }

  #guard<T>(work: () => T): T { return guard(this.#file, work) }
}
