import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, installed, type StateServer } from './debian-package.ts'

const PASSWORD = 'a-secret-of-redis'

export interface RedisServer extends StateServer { ask(...command: string[]): Promise<unknown> }

/** Redis that keeps what it said it kept (append-only file, synced each time); null where there is none. */
export async function openRedis(): Promise<RedisServer | null> {
  const program = installed(['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'], 'redis-server')
  if (program === null) return null
  const dir = mkdtempSync(join(tmpdir(), 'slipway-redis-'))
  const port = await freePort()
  const url = `redis://:${PASSWORD}@127.0.0.1:${port}/0`
  let child: ChildProcess | null = null
  const ask = async (...[name, ...rest]: string[]): Promise<unknown> => {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => { /* Told by `connect`. */ })
    try { await redis.connect(); return await redis.call(name, ...rest) } finally { redis.disconnect() }
  }
  const server: RedisServer = {
    url, wrongUrl: url.replace(PASSWORD, 'wrong'), ask,
    async start() {
      child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--requirepass', PASSWORD], { stdio: 'ignore' })
      for (let tries = 0; ; tries++) {
        try { await ask('PING'); return } catch (error) { if (tries > 200 || child.exitCode !== null) throw error }
        await new Promise(resolve => { setTimeout(resolve, 50) })
      }
    },
    async kill() {
      if (child === null) return
      const ended = new Promise(resolve => { child?.once('exit', resolve) })
      child.kill('SIGKILL')
      await ended
      child = null
    },
    async close() { await server.kill(); rmSync(dir, { recursive: true, force: true }) },
  }
  await server.start()
  return server
}
