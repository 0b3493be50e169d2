import { Readable } from 'node:stream'
import type { Log } from '../core/log.ts'
import type { Platform } from '../platform.ts'
import { buildApp } from './app.ts'

/** The same routes without a socket: what a command speaks to when no server runs. */
export interface InProcessServer {
  request(request: { method: string; path: string; headers: Record<string, string>; body?: string | Readable }): Promise<{ status: number; headers: Record<string, unknown>; body: Readable }>
  close(): Promise<void>
}

const AUTHORITY = 'in-process'

/** Builds the routes over a platform. `close` leaves the platform open. */
export async function openInProcess(platform: Platform, log: Log): Promise<InProcessServer> {
  const app = await buildApp(platform, { log, state: { authorities: new Set([AUTHORITY]), url: 'http://127.0.0.1', stopping: false } })
  return {
    async request({ method, path, headers, body }) {
      const reply = await app.inject({ method: method as 'GET', url: path, headers: { ...headers, host: AUTHORITY }, payload: body, payloadAsStream: true })
      return { status: reply.statusCode, headers: reply.headers, body: reply.stream() }
    },
    close: () => app.close(),
  }
}
