// Bodies that come too slowly. node:http has such a limit, but one for all routes, and a stream may last.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { SlipwayError } from '../core/errors.ts'
import { rawResponse, type WriteProblem } from './problems.ts'

const SWEEP_MS = 1_000

declare module 'fastify' {
  interface FastifyContextConfig { /** The body is read by the route itself, for as long as it comes. */ streams?: boolean }
}

/** A request whose body has not arrived within `seconds` gets 408, and its connection is closed. */
export function limitSlowBodies(app: FastifyInstance, seconds: number, write: WriteProblem): void {
  const waiting = new Map<FastifyRequest, number>()
  app.addHook('onRequest', async request => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    if ((length === undefined || length === '0') && encoding === undefined) return
    if (request.routeOptions.config.streams === true) return
    waiting.set(request, Date.now() + seconds * 1_000)
    request.raw.once('close', () => { waiting.delete(request) })
  })
  app.addHook('preValidation', async request => { waiting.delete(request) })
  const sweep = setInterval(() => {
    const now = Date.now()
    for (const [request, deadline] of waiting) {
      if (deadline > now) break
      waiting.delete(request)
      const { socket } = request.raw
      if (socket.writable) socket.end(rawResponse(new SlipwayError('request_timeout', `The body did not arrive within ${seconds} s.`), write, request.url), () => { socket.destroy() })
    }
  }, SWEEP_MS)
  sweep.unref()
  app.addHook('onClose', async () => { clearInterval(sweep) })
}
