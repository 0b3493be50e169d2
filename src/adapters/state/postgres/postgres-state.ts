import { SlipwayError } from '../../../core/errors.ts'
import type { KeptState, StateBackend, StateBlock, StateChange, StateHead } from '../../../core/ports/state-backend.ts'
import { portionsOf, sendEach } from '../portions.ts'
import { PostgresConnection } from './connection.ts'

const BLOCKS_AT_ONCE = 64
const PORTION = { bytes: 4 << 20, blocks: 256 }

/** Online state in a schema of its own, named after the home. @throws SlipwayError `unreachable`, `invalid_config`. */
export async function openPostgresState(url: string, homeId: string): Promise<StateBackend> {
  const state = new PostgresState(new PostgresConnection(url), `"slipway_${homeId}"`)
  try { await state.prepare() } catch (error) { await state.close(); throw error }
  return state
}

class PostgresState implements StateBackend {
  readonly kind = 'postgres'
  readonly #db: PostgresConnection
  readonly #schema: string

  constructor(db: PostgresConnection, schema: string) {
    this.#db = db
    this.#schema = schema
  }

  /** Makes what is missing: who may not make a schema can be given one. */
  async prepare(): Promise<void> {
    const s = this.#schema
    const [{ ready, schema }] = await this.#db.query<{ ready: boolean; schema: boolean }>('SELECT to_regclass($1) IS NOT NULL AS ready, to_regnamespace($2) IS NOT NULL AS schema', [`${s}.block`, s])
    if (ready) return
    await this.#db.transaction(async () => {
      if (!schema) await this.#db.query(`CREATE SCHEMA ${s}`)
      await this.#db.query(`CREATE TABLE IF NOT EXISTS ${s}.head (only_one integer PRIMARY KEY CHECK (only_one = 1), position bigint NOT NULL, owner text NOT NULL)`)
      await this.#db.query(`CREATE TABLE IF NOT EXISTS ${s}.state (key text PRIMARY KEY, header text NOT NULL)`)
      await this.#db.query(`CREATE TABLE IF NOT EXISTS ${s}.block (state text NOT NULL, number integer NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (state, number))`)
      // Doubles hardly compress, and trying takes longer than writing.
      await this.#db.query(`ALTER TABLE ${s}.block ALTER COLUMN bytes SET STORAGE EXTERNAL`)
    })
  }

  async head(): Promise<StateHead | null> { return this.#head('') }

  async list(): Promise<KeptState[]> {
    const rows = await this.#db.query<{ key: string; header: string; blocks: string }>(`SELECT key, header, (SELECT count(*) FROM ${this.#schema}.block WHERE block.state = state.key) AS blocks FROM ${this.#schema}.state`)
    return rows.map(r => ({ ...r, blocks: Number(r.blocks) }))
  }

  async *blocks(key: string): AsyncIterable<StateBlock[]> {
    const text = `SELECT number, bytes FROM ${this.#schema}.block WHERE state = $1 AND number > $2 ORDER BY number LIMIT ${BLOCKS_AT_ONCE}`
    for (let after = -1; ;) {
      const blocks = await this.#db.query<{ number: number; bytes: Buffer }>(text, [key, after])
      if (blocks.length > 0) yield blocks
      if (blocks.length < BLOCKS_AT_ONCE) return
      after = blocks[blocks.length - 1].number
    }
  }

  write({ expected, head, states }: StateChange): Promise<void> {
    const s = this.#schema
    return this.#db.transaction(async () => {
      const held = await this.#head(' FOR UPDATE')
      if (held?.owner !== expected?.owner || held?.position !== expected?.position || (held !== null && held.position > head.position)) {
        throw new SlipwayError('conflict', `The online state of this home in PostgreSQL at ${this.#db.server} is not as it was left: another process has written it.`)
      }
      for (const { key, header, replaceAll, removes, blocks } of states) {
        await this.#db.query(`INSERT INTO ${s}.state (key, header) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET header = excluded.header`, [key, header])
        if (replaceAll) await this.#db.query(`DELETE FROM ${s}.block WHERE state = $1`, [key])
        if (removes.length > 0) await this.#db.query(`DELETE FROM ${s}.block WHERE state = $1 AND number = ANY($2)`, [key, removes])
        await sendEach(portionsOf(blocks, PORTION), portion => this.#db.query(
          `INSERT INTO ${s}.block (state, number, bytes) VALUES ${portion.map((_, i) => `($1, $${i * 2 + 2}, $${i * 2 + 3})`).join(', ')} ON CONFLICT (state, number) DO UPDATE SET bytes = excluded.bytes`,
          [key, ...portion.flatMap(b => [b.number, Buffer.from(b.bytes.buffer, b.bytes.byteOffset, b.bytes.byteLength)])],
        ))
      }
      const keys = states.map(u => u.key)
      await this.#db.query(`DELETE FROM ${s}.block WHERE NOT state = ANY($1)`, [keys])
      await this.#db.query(`DELETE FROM ${s}.state WHERE NOT key = ANY($1)`, [keys])
      // Where nothing was, the second of two that come at once is refused.
      if (held === null) await this.#db.query(`INSERT INTO ${s}.head (only_one, position, owner) VALUES (1, $1, $2)`, [head.position, head.owner])
      else await this.#db.query(`UPDATE ${s}.head SET position = $1, owner = $2`, [head.position, head.owner])
    })
  }

  clear(): Promise<void> {
    return this.#db.transaction(async () => { await this.#db.query(`TRUNCATE ${this.#schema}.head, ${this.#schema}.state, ${this.#schema}.block`) })
  }

  async size(): Promise<number> {
    const [{ bytes }] = await this.#db.query<{ bytes: string }>(`SELECT pg_total_relation_size('${this.#schema}.block') + pg_total_relation_size('${this.#schema}.state') + pg_total_relation_size('${this.#schema}.head') AS bytes`)
    return Number(bytes)
  }

  close(): Promise<void> { return this.#db.close() }

  async #head(lock: string): Promise<StateHead | null> {
    const [found] = await this.#db.query<{ position: string; owner: string }>(`SELECT position, owner FROM ${this.#schema}.head${lock}`)
    return found === undefined ? null : { position: Number(found.position), owner: found.owner }
  }
}
