// Every failure becomes a code of the one table. Each protocol face writes it in its own body.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SlipwayError, toProblem } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { stringifyJson } from './json.ts'

/** Body and content type of a failure in one protocol; its status is that of the table, unless the protocol has another. `path`: what was asked. */
export type WriteProblem = (error: SlipwayError, path: string) => { type: string; body: unknown; status?: number }

/** RFC 9457, for the native routes. */
export const nativeProblem: WriteProblem = error => ({ type: 'application/problem+json', body: toProblem(error) })

/** Refusals that somebody asked for, or that pass: no news for the log. */
const MEANT: ReadonlySet<string> = new Set(['stopping', 'overloaded', 'model_not_ready'])

/** Sends every error of `app`'s routes through `write`. */
export function handleErrors(app: FastifyInstance, log: Log, write: WriteProblem): void {
  app.setErrorHandler((error: unknown, request, reply) => sendError(toSlipwayError(error), error, request, reply, log, write))
}

/** Whether an error is news for the log: one of the server itself, that nobody asked for. */
export function isNews({ status, code }: SlipwayError): boolean { return status >= 500 && !MEANT.has(code) }

function sendError(known: SlipwayError, cause: unknown, request: FastifyRequest, reply: FastifyReply, log: Log, write: WriteProblem): FastifyReply {
  if (isNews(known)) log.error(known.message, { request: request.id, method: request.method, route: request.routeOptions.url, code: known.code, error: cause })
  if (MEANT.has(known.code)) reply.header('retry-after', '1')
  if (known.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="slipway"')
  if (known.code === 'body_too_large' || known.code === 'stopping') reply.header('connection', 'close')
  const { type, body, status = known.status } = write(known, request.url.split('?', 1)[0])
  return reply.status(status).header('content-type', type).header('x-request-id', request.id).serializer((b: unknown) => stringifyJson(b)).send(body)
}

/** Fastify's own errors in our table; what is unknown becomes `internal` and tells nothing. */
export function toSlipwayError(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error
  const { code, statusCode = 500, message } = error as Partial<FastifyError> & { message: string }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return new SlipwayError('body_too_large', 'The body is larger than this server takes.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': return new SlipwayError('unsupported_media_type', 'The content type of the body is not one that this route takes.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH': return new SlipwayError('invalid_request', 'The body is not as long as its Content-Length says.')
    case 'FST_ERR_BAD_URL': return new SlipwayError('invalid_request', 'The address is not a valid URL.')
    case 'FST_ERR_MAX_PARAM_LENGTH': return new SlipwayError('not_found', 'A name in the address is longer than any that exists.')
  }
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode >= 400 && statusCode < 500) return new SlipwayError('invalid_request', message)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new SlipwayError('storage_full', 'The disk of the home is full.', { cause: error })
  return new SlipwayError('internal', 'An unexpected error was logged.', { cause: error })
}

/** Answers what no route does: 405 with Allow where another method would do, else 404. */
export function handleUnknownRoutes(app: FastifyInstance): void {
  const routes: { pattern: RegExp; methods: Set<string> }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+').replace(/\*$/, '.*')}/?$`)
    let route = routes.find(r => r.pattern.source === pattern.source)
    if (route === undefined) routes.push(route = { pattern, methods: new Set() })
    for (const m of Array.isArray(method) ? method : [method]) route.methods.add(m)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]
    const allowed = new Set(routes.filter(r => r.pattern.test(path)).flatMap(r => [...r.methods]))
    if (allowed.size > 0) {
      const allow = [...allowed].sort().join(', ')
      reply.header('allow', allow)
      throw new SlipwayError('method_not_allowed', `${path} does not take ${request.method}.`, { remedy: `Use ${allow}.` })
    }
    throw new SlipwayError('not_found', `There is nothing at ${path.slice(0, 200)}.`, { remedy: 'GET /docs shows every route.' })
  })
}

/** What is wrong before there is a request, on the socket itself. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: NodeJS.WritableStream & { writable: boolean; destroy(error?: Error): void }): void {
  if (error.code === 'ECONNRESET' || !socket.writable) { socket.destroy(); return }
  const known = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? new SlipwayError('request_timeout', 'The request did not arrive in time.')
    : error.code === 'HPE_HEADER_OVERFLOW' ? new SlipwayError('invalid_request', 'The headers are too large.', { remedy: 'Send fewer or shorter headers; 16 KiB is the limit.' })
      : new SlipwayError('invalid_request', 'The request is not valid HTTP/1.1.', { remedy: 'Send one length, one Host, and chunks as RFC 9112 has them.' })
  socket.end(rawResponse(known))
}

/** A whole response as text, for sockets that no reply object stands for. */
export function rawResponse(error: SlipwayError, write = nativeProblem, path = ''): string {
  const { type, body: problem } = write(error, path)
  const body = stringifyJson(problem)
  const reason = { 400: 'Bad Request', 408: 'Request Timeout' }[error.status] ?? 'Error'
  return `HTTP/1.1 ${error.status} ${reason}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
