// How a command reaches the native API: over HTTP where a server runs, else through the same routes in this process.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ERRORS, SlipwayError, type ErrorCode, type Fault } from '../core/errors.ts'
import { openLog } from '../core/log.ts'
import { openInProcess, parseJsonText, stringifyJson } from '../http/index.ts'
import { openPlatform } from '../platform.ts'
import { connectPlatform, runsInProcesses } from '../processes/index.ts'
import type { CommandContext } from './command.ts'
import { homeFolder, loadConfig, requireHome } from './settings.ts'

export interface Connection {
  /** Null when the home was opened in this process. */
  readonly url: string | null
  /** The JSON of the reply. @throws SlipwayError as the server says, `unreachable` when it does not answer. */
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<T>
  /** A reply that is text, such as a page. */
  text(path: string): Promise<string>
  /** A reply that is a file: its headers, and its bytes as they come. */
  bytes(path: string): Promise<{ headers: Record<string, unknown>; body: Readable }>
  /** The same for a file that is sent. */
  upload(path: string, file: { path: string; type: string }, accept: string): Promise<{ headers: Record<string, unknown>; body: Readable }>
  /** The lines of an NDJSON reply; a line with `error` is thrown. */
  lines<T = unknown>(method: string, path: string, body?: unknown): AsyncIterable<T>
  close(): Promise<void>
}

interface Reply { status: number; headers: Record<string, unknown>; body: Readable }
type Send = (request: { method: string; path: string; headers: Record<string, string>; body?: string | Readable }) => Promise<Reply>

/**
 * Connects to the server that owns the home, or opens the home. `create` makes it where there is none.
 * @throws SlipwayError `not_found` without a home; `home_in_use`, `unreachable`.
 */
export async function connect(args: { home?: string }, context: CommandContext, options: { create?: boolean } = {}): Promise<Connection> {
  const home = homeFolder(args, context)
  if (options.create !== true) requireHome(home)
  const server = await findServer(home)
  if (server !== null) return overHttp(server.url, readToken(home))
  const { config } = loadConfig(home, context.env)
  const log = openLog({ level: config.log.level === 'debug' ? 'debug' : 'error' })
  context.terminal.progress('opening the home …')
  // Where the components run in processes of their own, the routes are here and the work is there.
  const platform = runsInProcesses(home) ? await connectPlatform({ home, config, log, wait: 5_000 }) : await openPlatform({ home, config, log })
  context.terminal.settle()
  const app = await openInProcess(platform, log)
  return connectionOf(null, readToken(home), request => app.request(request), async () => {
    await app.close()
    await platform.close()
  })
}

/** The server that HOME/server.json names, when it lives. A file that a killed server left behind is no server. */
export async function findServer(home: string): Promise<{ url: string; pid: number } | null> {
  const path = join(home, 'server.json')
  if (!existsSync(path)) return null
  let found: { url?: unknown; pid?: unknown }
  try { found = JSON.parse(readFileSync(path, 'utf8')) as typeof found } catch { return null }
  const { url, pid } = found
  if (typeof url !== 'string' || !/^http:\/\/[^/]+:\d+$/.test(url) || !URL.canParse(url) || typeof pid !== 'number' || !isAlive(pid)) return null
  try {
    const { status } = await sendHttp(url, 'GET', '/health/live', {}, undefined, 3_000)
    return status === 200 ? { url, pid } : null
  } catch (error) {
    // The process id may have been given to somebody else since; then nobody listens.
    if (error instanceof SlipwayError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED') return null
    throw error
  }
}

function overHttp(url: string, token: string | null): Connection {
  return connectionOf(url, token, ({ method, path, headers, body }) => sendHttp(url, method, path, headers, body), async () => {})
}

function connectionOf(url: string | null, token: string | null, send: Send, close: () => Promise<void>): Connection {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const ask = async (method: string, path: string, body: unknown, accept: string): Promise<Reply> => {
    const headers: Record<string, string> = { accept, ...authorization }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const reply = await send({ method, path, headers, body: body === undefined ? undefined : stringifyJson(body) })
    if (reply.status >= 400) throw errorFrom(await text(reply.body), reply.status)
    return reply
  }
  return {
    url, close,
    async upload(path, file, accept) {
      const { size } = statSync(file.path)
      const reply = await send({ method: 'POST', path, headers: { ...authorization, accept, 'content-type': file.type, 'content-length': String(size) }, body: createReadStream(file.path) })
      if (reply.status >= 400) throw errorFrom(await text(reply.body), reply.status)
      return reply
    },
    async call<T>(method: string, path: string, body?: unknown) {
      const reply = await ask(method, path, body, 'application/json')
      return JSON.parse(await text(reply.body)) as T
    },
    bytes: async path => ask('GET', path, undefined, '*/*'),
    text: async path => text((await ask('GET', path, undefined, 'text/html')).body),
    async *lines<T>(method: string, path: string, body?: unknown) {
      const reply = await ask(method, path, body, 'application/x-ndjson')
      for await (const line of createInterface({ input: reply.body, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line === '') continue
        const value = JSON.parse(line) as { error?: unknown }
        if (value.error !== undefined) throw errorFrom(JSON.stringify(value.error), 500)
        yield value as T
      }
    },
  }
}

/** A problem of the wire as the error that it was. */
function errorFrom(body: string, status: number): SlipwayError {
  let problem: { code?: string; detail?: string; remedy?: string; faults?: Fault[] }
  try { problem = parseJsonText(body) as typeof problem } catch { problem = {} }
  const code: ErrorCode = problem.code !== undefined && Object.hasOwn(ERRORS, problem.code) ? problem.code as ErrorCode : 'internal'
  return new SlipwayError(code, problem.detail ?? `The server answered ${status}.`, { remedy: problem.remedy, faults: problem.faults })
}

function sendHttp(url: string, method: string, path: string, headers: Record<string, string>, body: string | Readable | undefined, timeout = 0): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length: Record<string, number> = typeof body !== 'string' ? {} : { 'content-length': Buffer.byteLength(body) }
    const request = httpRequest(new URL(path, url), { method, headers: { ...headers, ...length }, timeout, agent: false }, reply => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: reply }))
    request.on('timeout', () => { request.destroy(new Error(`no answer within ${timeout / 1_000} s`)) })
    request.on('error', cause => { reject(new SlipwayError('unreachable', `The server at ${url} does not answer: ${cause.message}.`, { cause })) })
    if (typeof body === 'object') pipeline(body, request).catch(() => {})
    else request.end(body)
  })
}

function readToken(home: string): string | null {
  try { return readFileSync(join(home, 'local.token'), 'utf8').trim() } catch { return null }
}

function isAlive(pid: number): boolean {
  try { process.kill(pid, 0); return true } catch (error) { return (error as NodeJS.ErrnoException).code === 'EPERM' }
}

/** Runs `work` over a connection and closes it, whatever happens. */
export async function withConnection<T>(args: { home?: string }, context: CommandContext, work: (connection: Connection) => Promise<T>, options: { create?: boolean } = {}): Promise<T> {
  const connection = await connect(args, context, options)
  try { return await work(connection) } finally {
    context.terminal.settle()
    await connection.close()
  }
}
