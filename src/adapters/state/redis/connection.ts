import type { Redis } from 'ioredis'
import { loadPackage } from '../optional-package.ts'
import { redisError } from './redis-error.ts'

const CONNECT_MS = 5_000
/** A server that does not answer for so long is taken for gone. */
const COMMAND_MS = 60_000

/** One connection, made when it is needed and again after it broke. */
export class RedisConnection {
  readonly server: string
  readonly #url: string
  #redis: Redis | null = null

  constructor(url: string) {
    const { hostname, port, pathname } = new URL(url)
    this.#url = url
    this.server = `${hostname}:${port === '' ? 6379 : port}${pathname === '/' ? '' : pathname}`
  }

  /** @throws SlipwayError `unreachable`, `invalid_config`, `storage_full`. After an error the connection is given up, with all that was begun on it. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    try { return await work(await this.#connect()) } catch (error) {
      this.drop()
      throw redisError(error, this.server)
    }
  }

  drop(): void {
    this.#redis?.disconnect()
    this.#redis = null
  }

  async close(): Promise<void> {
    const redis = this.#redis
    this.#redis = null
    await redis?.quit().catch(() => {})
    redis?.disconnect()
  }

  async #connect(): Promise<Redis> {
    if (this.#redis !== null && this.#redis.status === 'ready') return this.#redis
    this.drop()
    const { Redis: Client } = await loadPackage('ioredis', 'npm install ioredis@6', () => import('ioredis'))
    const redis = new Client(this.#url, {
      lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: CONNECT_MS, commandTimeout: COMMAND_MS, connectionName: 'slipway',
    })
    // What is wrong with the connection is said here; `connect` only says that it is closed.
    let fault: Error | null = null
    redis.on('error', error => { fault = error })
    try { await redis.connect() } catch (error) { redis.disconnect(); throw fault ?? error }
    return this.#redis = redis
  }
}
