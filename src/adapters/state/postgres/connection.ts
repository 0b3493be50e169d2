import type { Client, QueryResultRow } from 'pg'
import { loadPackage } from '../optional-package.ts'
import { postgresError } from './postgres-error.ts'

const CONNECT_MS = 5_000
/** A server that does not answer for so long is taken for gone. */
const QUERY_MS = 120_000

/** One connection, made when it is needed and again after it broke. */
export class PostgresConnection {
  readonly server: string
  readonly #url: string
  #client: Client | null = null

  constructor(url: string) {
    const { hostname, port, pathname } = new URL(url)
    this.#url = url
    this.server = `${hostname}:${port === '' ? 5432 : port}${pathname}`
  }

  /** @throws SlipwayError `unreachable`, `invalid_config`, `storage_full`, `conflict`. */
  async query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]> {
    try { return (await (this.#client ??= await this.#connect()).query<R>(sql, values)).rows } catch (error) {
      throw postgresError(error, this.server)
    }
  }

  /** All or nothing. After an error the connection is given up: what it was told may or may not be done. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.query('BEGIN')
      const result = await work()
      await this.query('COMMIT')
      return result
    } catch (error) {
      this.drop()
      throw postgresError(error, this.server)
    }
  }

  /** Without waiting for the server, which rolls back. */
  drop(): void {
    const client = this.#client
    this.#client = null
    if (client === null) return
    // A server that hangs would never answer to an orderly end.
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => {})
  }

  async #connect(): Promise<Client> {
    const { default: pg } = await loadPackage('pg', 'npm install pg@8', () => import('pg'))
    const client = new pg.Client({ connectionString: this.#url, application_name: 'slipway', connectionTimeoutMillis: CONNECT_MS, query_timeout: QUERY_MS, keepAlive: true })
    const gone = (): void => { if (this.#client === client) this.#client = null }
    client.on('error', gone)
    client.on('end', gone)
    await client.connect()
    return client
  }
}
