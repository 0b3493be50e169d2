// Processes that serve a home: one with all of it, or one of five with a component each.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Component } from '../core/components.ts'
import type { Config } from '../core/config.ts'
import { openLog, type Log } from '../core/log.ts'
import { openServer } from '../http/index.ts'
import { openPlatform, type Platform } from '../platform.ts'
import { connectPlatform, openComponent } from '../processes/index.ts'
import type { CommandContext } from './command.ts'

export interface Serving { url: string; /** Host:port of gRPC, where it is served. */ grpc?: string; platform: Platform; log: Log; /** Readiness off, requests in flight finish, then the home is closed. */ close(): Promise<void> }

/** What is done to a platform before it is served. */
export type Prepare = (platform: Platform) => Promise<unknown>

/** Opens home and server, and says in HOME/server.json where it is. @throws SlipwayError `home_in_use`, `invalid_config`, and what `prepare` throws. */
export async function openServing(home: string, config: Config, prepare?: Prepare): Promise<Serving> {
  const log = openLog({ level: config.log.level })
  return serveWhole(home, config, log, await openPlatform({ home, config, log }), prepare)
}

/** All routes and the console over components that run in processes of their own. @throws SlipwayError `not_found`, `unreachable`. */
export async function openGateway(home: string, config: Config): Promise<Serving> {
  const log = openLog({ level: config.log.level })
  return serveWhole(home, config, log, await connectPlatform({ home, config, log }))
}

/** One component in this process; it says in HOME/processes where it is. @throws SlipwayError `home_in_use`, `unreachable`, `invalid_config`. */
export async function openComponentServing(home: string, component: Component, config: Config, prepare?: Prepare): Promise<Serving> {
  const log = openLog({ level: config.log.level })
  const only = await openComponent({ home, component, config, log })
  let server
  try {
    await prepare?.(only.platform)
    server = await openServer(only.platform, { ...config.server, log, only })
    only.announce(server.url)
  } catch (error) {
    await server?.close()
    await only.close()
    throw error
  }
  const { url, grpc, close } = server
  return {
    url, grpc, platform: only.platform, log,
    async close() {
      await close()
      await only.close()
    },
  }
}

async function serveWhole(home: string, config: Config, log: Log, platform: Platform, prepare?: Prepare): Promise<Serving> {
  let server
  try {
    await prepare?.(platform)
    server = await openServer(platform, { ...config.server, log })
  } catch (error) {
    await platform.close()
    throw error
  }
  const { url, grpc, close } = server
  const file = join(home, 'server.json')
  writeFileSync(file, `${JSON.stringify({ url, grpc, pid: process.pid })}\n`)
  log.debug('serving', { url, grpc, home })
  return {
    url, grpc, platform, log,
    async close() {
      log.debug('stopping')
      await close()
      rmSync(file, { force: true })
      await platform.close()
      log.debug('stopped')
    },
  }
}

/** One line that says where it is. */
export function printReady(what: string, { url, grpc }: Pick<Serving, 'url' | 'grpc'>, { terminal }: Pick<CommandContext, 'terminal'>): void {
  terminal.print(`${what} is ready at ${url}${grpc === undefined ? '' : ` and, for gRPC, at ${grpc}`}`)
}

/**
 * Where people look. A terminal gets a link that carries the local token in its fragment, which browsers send to no server; a file or a pipe
 * gets nothing, as whoever reads it may not be the one who may write.
 */
export function printConsole({ url, platform }: Serving, { terminal }: Pick<CommandContext, 'terminal'>): void {
  if (!terminal.watched) return
  terminal.print(`The console, with the right to change things: ${url}/#token=${readFileSync(platform.home.paths.token, 'utf8').trim()}`)
}

/** Serves until a signal comes. */
export async function serveUntilStopped(serving: Serving, { terminal, stopped }: Pick<CommandContext, 'terminal' | 'stopped'>): Promise<number> {
  await stopped()
  terminal.note('stopping …')
  await serving.close()
  return 0
}
