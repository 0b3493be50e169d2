// One process that owns a home and serves it: what `serve` and `start` share.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../core/config.ts'
import { openLog, type Log } from '../core/log.ts'
import { openServer } from '../http/index.ts'
import { openPlatform, type Platform } from '../platform.ts'
import type { CommandContext } from './command.ts'

export interface Serving { url: string; platform: Platform; log: Log; /** Readiness off, requests in flight finish, then the home is closed. */ close(): Promise<void> }

/** Opens home and server, and says in HOME/server.json where it is. @throws SlipwayError `home_in_use`, `invalid_config`. */
export async function openServing(home: string, config: Config): Promise<Serving> {
  const log = openLog({ level: config.log.level })
  const platform = await openPlatform({ home, config, log })
  let server
  try { server = await openServer(platform, { host: config.server.host, port: config.server.port, log }) } catch (error) {
    await platform.close()
    throw error
  }
  const { url, close } = server
  const file = join(home, 'server.json')
  writeFileSync(file, `${JSON.stringify({ url, pid: process.pid })}\n`)
  log.debug('serving', { url, home })
  return {
    url, platform, log,
    async close() {
      log.debug('stopping')
      await close()
      rmSync(file, { force: true })
      await platform.close()
      log.debug('stopped')
    },
  }
}

/** Serves until a signal comes. */
export async function serveUntilStopped(serving: Serving, { terminal, stopped }: Pick<CommandContext, 'terminal' | 'stopped'>): Promise<number> {
  await stopped()
  terminal.note('stopping …')
  await serving.close()
  return 0
}
