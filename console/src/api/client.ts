// The native API as functions. Every failure is an ApiError with the server's own words and remedy.
import { getToken, setToken } from './token.ts'

export interface Fault { path: string; message: string }

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly remedy: string
  readonly faults: Fault[]

  constructor(status: number, body: { code?: string; title?: string; detail?: string; remedy?: string; faults?: Fault[] }) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`)
    this.status = status
    this.code = body.code ?? 'unknown'
    this.title = body.title ?? 'This did not work'
    this.remedy = body.remedy ?? ''
    this.faults = body.faults ?? []
  }
}

export type Params = Record<string, string | number | boolean | null | undefined>

export function toUrl(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  return query.size === 0 ? `/api/v1${path}` : `/api/v1${path}?${query}`
}

/** A read. A token that is no longer known is forgotten: reads need none. */
export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  try { return await ask<T>('GET', toUrl(path, params), undefined, signal) } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || getToken() === null) throw error
    setToken(null)
    return ask<T>('GET', toUrl(path, params), undefined, signal)
  }
}

/** A write, or a computation that takes a body. */
export function send<T>(method: 'POST' | 'DELETE', path: string, body: unknown = {}, params: Params = {}): Promise<T> {
  return ask<T>(method, toUrl(path, params), method === 'DELETE' ? undefined : body)
}

async function ask<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return await (await request(method, url, body, signal)).json() as T
}

async function request(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const token = getToken()
  let reply: Response
  try {
    reply = await fetch(url, {
      method, signal, credentials: 'omit',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new ApiError(0, { code: 'unreachable', title: 'The server does not answer', detail: 'The server does not answer: it is stopped, or starts again.', remedy: 'Nothing is lost. This page goes on by itself when it answers again.' })
  }
  if (reply.ok) return reply
  const problem = reply.headers.get('content-type')?.includes('json') ? await reply.json().catch(() => ({})) as object : {}
  throw new ApiError(reply.status, problem)
}
