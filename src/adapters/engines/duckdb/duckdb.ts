// DuckDB behind the engine port. The only folder that knows its API.
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { BIGINT, BOOLEAN, DOUBLE, DuckDBInstance, SQLNULL, VARCHAR, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { SlipwayError } from '../../../core/errors.ts'
import type { Engine, EngineSession } from '../../../core/ports/engine.ts'
import type { Value } from '../../../core/schema.ts'
import type { Table } from '../../../core/table.ts'
import { appendTable, columnSql } from './load.ts'
import { readResult } from './read.ts'

/**
 * Opens an in-memory DuckDB that spills to a folder of its own under the system's temporary folder, removed at `close`.
 * Nothing is installed or loaded from the network. The time zone is UTC.
 * @param options `memory` such as '2GB' (default), `threads` (default 2)
 */
export async function openDuckdb(options: { memory?: string; threads?: number } = {}): Promise<Engine> {
  const spill = join(tmpdir(), `slipway-duckdb-${process.pid}-${randomBytes(4).toString('hex')}`)
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memory ?? '2GB', threads: String(options.threads ?? 2), temp_directory: spill,
    autoinstall_known_extensions: 'false', autoload_known_extensions: 'false', allow_community_extensions: 'false',
  }).catch((cause: unknown) => { throw new SlipwayError('invalid_config', `The analytical engine cannot open with engine.memory ${options.memory} and engine.threads ${options.threads}: ${messageOf(cause)}`, { cause }) })
  const open = new Set<EngineSession>()
  return {
    dialect: 'duckdb',
    async connect() {
      const connection = await instance.connect()
      await connection.run("SET TimeZone = 'UTC'")
      const session = openSession(connection, () => { open.delete(session) })
      open.add(session)
      return session
    },
    async close() {
      for (const session of open) await session.close()
      instance.closeSync()
      await rm(spill, { recursive: true, force: true })
    },
  }
}

function openSession(connection: DuckDBConnection, onClose: () => void): EngineSession {
  // One statement at a time: a connection that is busy would block a thread of the pool for each that waits.
  let last: Promise<unknown> = Promise.resolve()
  let closed = false
  const inTurn = <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    const result = last.then(async () => {
      if (closed) throw new SlipwayError('internal', 'This engine session is closed.')
      try { return await work() } catch (cause) {
        if (cause instanceof SlipwayError) throw cause
        throw engineError(cause, sql)
      }
    })
    last = result.catch(() => {})
    return result
  }
  const execute = (sql: string, params?: Value[]) =>
    params === undefined || params.length === 0 ? connection.run(sql) : connection.run(sql, params as DuckDBValue[] as never, params.map(typeOf) as never)
  return {
    run: (sql, params) => inTurn(sql, async () => { await execute(sql, bindable(params)) }),
    query: (sql, params) => inTurn(sql, async () => readResult(await execute(sql, bindable(params)))),
    load: (name, table: Table) => inTurn(`load ${name}`, async () => {
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${quote(name)} (${table.schema.map(columnSql).join(', ')})`)
      const appender = await connection.createAppender(name)
      try { appendTable(appender, table) } finally { appender.closeSync() }
    }),
    async close() {
      await last
      if (closed) return
      closed = true
      connection.closeSync()
      onClose()
    },
  }
}

function engineError(cause: unknown, sql: string): SlipwayError {
  const message = messageOf(cause)
  const options = { cause: new Error(sql.slice(0, 2_000), { cause }) }
  if (/No space left on device|max_temp_directory_size/i.test(message)) return new SlipwayError('storage_full', 'The disk is full: the analytical engine could not write there.', options)
  // It has put aside to disk what it can before it says so.
  if (message.startsWith('Out of Memory Error')) return new SlipwayError('out_of_memory', `The analytical engine cannot do this within engine.memory: ${message.split('\n')[0].replace('Out of Memory Error: ', '')}.`, options)
  return new SlipwayError('internal', `The engine refused a statement: ${message}`, options)
}

function bindable(params?: Value[]): Value[] | undefined {
  return params?.map(v => (typeof v === 'number' && Number.isSafeInteger(v) ? BigInt(v) : v))
}

function typeOf(value: Value): DuckDBType {
  switch (typeof value) {
    case 'bigint': return BIGINT
    case 'number': return DOUBLE
    case 'boolean': return BOOLEAN
    case 'string': return VARCHAR
    default: return SQLNULL
  }
}

function quote(name: string): string { return `"${name.replaceAll('"', '""')}"` }

function messageOf(cause: unknown): string { return cause instanceof Error ? cause.message : String(cause) }
