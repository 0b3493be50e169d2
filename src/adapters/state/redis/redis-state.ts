import { randomBytes } from 'node:crypto'
import type { ChainableCommander, Redis } from 'ioredis'
import { SlipwayError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { KeptState, StateBackend, StateBlock, StateChange, StateHead } from '../../../core/ports/state-backend.ts'
import { cut, portionsOf, sendEach } from '../portions.ts'
import { RedisConnection } from './connection.ts'

const BLOCKS_AT_ONCE = 64
const NAMES_AT_ONCE = 1_000
const PORTION = { bytes: 4 << 20, blocks: 256 }

/** The value of the key `head`: all that is there hangs on it. */
interface Head extends StateHead { states: KeptState[] }

/** Online state under keys of the home's own. @throws SlipwayError `unreachable`, `invalid_config`. */
export async function openRedisState(url: string, homeId: string, log: Log): Promise<StateBackend> {
  const state = new RedisState(new RedisConnection(url), `slipway:{${homeId}}:state:`)
  try { await state.prepare(log) } catch (error) { await state.close(); throw error }
  return state
}

/**
 * `head`, for each state a hash `index:<key>` from number to the name of a block, and `block:<name>`. A block is never changed: a write first brings its new
 * blocks, in portions and under new names, which are listed in the set `written`; then one transaction, of names only, puts them in the place of the old ones,
 * which it lists in the set `old`; then the old ones are dropped. Whatever is in `written` or `old` when a process starts, one that was killed left behind.
 */
class RedisState implements StateBackend {
  readonly kind = 'redis'
  readonly #db: RedisConnection
  readonly #prefix: string

  constructor(db: RedisConnection, prefix: string) {
    this.#db = db
    this.#prefix = prefix
  }

  async prepare(log: Log): Promise<void> {
    await this.#db.run(async redis => {
      await this.#drop(redis, 'written')
      await this.#drop(redis, 'old')
      // Not every server tells.
      const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory').catch(() => ''))?.[1] ?? ''
      if (policy.startsWith('allkeys')) log.warn('Redis may drop keys of online state when its memory is full (maxmemory-policy). A start that misses one makes the state anew from the journal, which takes longer.', { server: this.#db.server, policy, remedy: 'Set maxmemory-policy noeviction there.' })
    })
  }

  async head(): Promise<StateHead | null> {
    const head = await this.#db.run(redis => this.#head(redis))
    return head === null ? null : { position: head.position, owner: head.owner }
  }

  async list(): Promise<KeptState[]> { return (await this.#db.run(redis => this.#head(redis)))?.states ?? [] }

  async *blocks(key: string): AsyncIterable<StateBlock[]> {
    const names = Object.entries(await this.#db.run(redis => redis.hgetall(this.#at(`index:${key}`)))).map(([number, name]) => ({ number: Number(number), name })).sort((a, b) => a.number - b.number)
    for (const some of cut(names, BLOCKS_AT_ONCE)) {
      const found = await this.#db.run(redis => redis.mgetBuffer(some.map(b => this.#at(`block:${b.name}`))))
      yield some.map(({ number }, i) => {
        const bytes = found[i]
        if (bytes === null) throw new SlipwayError('corrupt', `Redis at ${this.#db.server} has dropped a part of the online state.`)
        return { number, bytes }
      })
    }
  }

  write({ expected, head, states }: StateChange): Promise<void> {
    const attempt = randomBytes(9).toString('base64url')
    return this.#db.run(async redis => {
      await this.#drop(redis, 'written')
      const written = new Map<string, Map<number, string>>()
      for (const [i, { key, blocks }] of states.entries()) {
        const names = new Map<number, string>()
        written.set(key, names)
        await sendEach(portionsOf(blocks, PORTION), async portion => {
          const step = redis.pipeline()
          for (const { number } of portion) names.set(number, `${attempt}.${i}.${number}`)
          step.sadd(this.#at('written'), ...portion.map(b => names.get(b.number) as string))
          for (const { number, bytes } of portion) step.set(this.#at(`block:${names.get(number)}`), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
          await executed(step)
        })
      }
      // A copy of this home that starts meanwhile drops what it takes for left behind.
      await redis.watch(this.#at('head'), this.#at('written'))
      if (await redis.scard(this.#at('written')) !== [...written.values()].reduce((n, names) => n + names.size, 0)) throw this.#conflict()
      const held = await this.#head(redis)
      if (held?.owner !== expected?.owner || held?.position !== expected?.position || (held !== null && held.position > head.position)) throw this.#conflict()
      const step = redis.multi()
      const old: string[] = []
      const kept: KeptState[] = []
      for (const { key, header, replaceAll, removes } of states) {
        const index = this.#at(`index:${key}`)
        const names = written.get(key) as Map<number, string>
        const before = new Map(Object.entries(await redis.hgetall(index)).map(([number, name]) => [Number(number), name]))
        const gone = replaceAll ? [...before.keys()] : removes.filter(n => before.has(n))
        for (const number of gone) { old.push(before.get(number) as string); before.delete(number) }
        for (const number of names.keys()) { const name = before.get(number); if (name !== undefined) old.push(name); before.set(number, '') }
        if (replaceAll) step.del(index)
        else for (const some of cut(gone, NAMES_AT_ONCE)) step.hdel(index, ...some.map(String))
        for (const some of cut([...names], NAMES_AT_ONCE)) step.hset(index, ...some.flatMap(([number, name]) => [String(number), name]))
        kept.push({ key, header, blocks: before.size })
      }
      for (const { key } of held?.states ?? []) {
        if (written.has(key)) continue
        old.push(...Object.values(await redis.hgetall(this.#at(`index:${key}`))))
        step.del(this.#at(`index:${key}`))
      }
      for (const some of cut(old, NAMES_AT_ONCE)) step.sadd(this.#at('old'), ...some)
      step.del(this.#at('written'))
      step.set(this.#at('head'), JSON.stringify({ ...head, states: kept } satisfies Head))
      if (await executed(step) === null) throw this.#conflict()
      await this.#drop(redis, 'old').catch(() => { /* What is left is dropped by the next write or start. */ })
    }).catch(async (error: unknown) => {
      // What was brought must not fill a server that is full already.
      await this.#db.run(redis => this.#drop(redis, 'written')).catch(() => {})
      throw error
    })
  }

  /** Also what nothing leads to any more. */
  async clear(): Promise<void> {
    await this.#db.run(async redis => {
      await redis.del(this.#at('head'))
      const pattern = `${this.#prefix.replace(/[[\]*?\\]/g, c => `\\${c}`)}*`
      for (let cursor = '0'; ;) {
        const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 10_000)
        if (keys.length > 0) await redis.unlink(...keys)
        if (next === '0') return
        cursor = next
      }
    })
  }

  size(): Promise<number> {
    return this.#db.run(async redis => {
      let bytes = 0
      const head = await this.#head(redis)
      for (const { key } of head?.states ?? []) {
        const index = this.#at(`index:${key}`)
        const names = Object.values(await redis.hgetall(index))
        for (const some of cut([index, ...names.map(name => this.#at(`block:${name}`))], NAMES_AT_ONCE)) {
          const step = redis.pipeline()
          for (const name of some) step.memory('USAGE', name)
          for (const [, n] of await executed(step) ?? []) bytes += Number(n ?? 0)
        }
      }
      return bytes + Number(await redis.memory('USAGE', this.#at('head')) ?? 0)
    })
  }

  close(): Promise<void> { return this.#db.close() }

  /** Drops the blocks that a set lists, then the set. */
  async #drop(redis: Redis, set: string): Promise<void> {
    const names = await redis.smembers(this.#at(set))
    for (const some of cut(names, NAMES_AT_ONCE)) await redis.unlink(...some.map(name => this.#at(`block:${name}`)))
    if (names.length > 0) await redis.del(this.#at(set))
  }

  async #head(redis: Redis): Promise<Head | null> {
    const text = await redis.get(this.#at('head'))
    if (text === null) return null
    try { return JSON.parse(text) as Head } catch (cause) { throw new SlipwayError('corrupt', `What Redis at ${this.#db.server} has of online state is not what was written.`, { cause }) }
  }

  #conflict(): SlipwayError { return new SlipwayError('conflict', `The online state of this home in Redis at ${this.#db.server} is not as it was left: another process has written it.`) }

  #at(name: string): string { return this.#prefix + name }
}

/** The answers of a pipeline or transaction; throws the first error among them. Null: what was watched has changed. */
async function executed(step: ChainableCommander): Promise<[Error | null, unknown][] | null> {
  const answers = await step.exec()
  for (const [error] of answers ?? []) if (error !== null) throw error
  return answers
}
