// Who may call a route. Deny by default: a route that declares no access does not start.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { formatActor, type Role } from '../core/actor.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Principal } from '../metadata/index.ts'

/**
 * `public`: anybody, also while not ready. `predict` and `read`: any principal, and without a token too, as only loopback is bound.
 * A role: a token whose principal has it; `admin` has them all.
 */
export type Access = 'public' | 'predict' | 'read' | { write: Role }

/** Who a token speaks for, or what may be done without one. @throws SlipwayError `unauthenticated` when it is not known. */
export type Authenticate = (token: string | null) => Promise<Principal>

declare module 'fastify' {
  interface FastifyContextConfig { access?: Access }
  interface FastifyRequest { principal: Principal }
}

/** Requires an access of every route, and holds each request to it. */
export function guardRoutes(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('principal', undefined as unknown as Principal)
  app.addHook('onRoute', route => {
    if (route.config?.access === undefined) throw new Error(`${String(route.method)} ${route.url} declares no access.`)
  })
  app.addHook('onRequest', async request => {
    const access = request.routeOptions.config.access
    request.principal = await authenticate(bearerToken(request.headers.authorization))
    if (access !== undefined) checkAccess(access, request.principal, `${request.method} ${request.routeOptions.url}`)
  })
}

/** The token of an authorization header. @throws SlipwayError `unauthenticated` for another form. */
export function bearerToken(header: string | undefined): string | null {
  if (header === undefined) return null
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1]
  if (token === undefined) throw new SlipwayError('unauthenticated', 'The authorization header is not of the form "Bearer TOKEN".')
  return token
}

/** @throws SlipwayError `unauthenticated` without a token, `forbidden` with one whose roles do not suffice. */
export function checkAccess(access: Access, principal: Principal, what: string): void {
  if (access === 'predict' && !principal.mayPredict) throw new SlipwayError('forbidden', `${formatActor(principal.actor)} may not predict.`)
  if (typeof access === 'string') return
  if (principal.actor.kind === 'anonymous') throw new SlipwayError('unauthenticated', `${what} changes something, and came without a token.`)
  if (principal.role === 'admin' || principal.role === access.write) return
  throw new SlipwayError('forbidden', `${what} needs the role ${access.write}, and ${formatActor(principal.actor)} has ${principal.role}.`)
}

/** Names by which a browser reaches this server. Others are a page of somebody else that points its name here. */
export function checkOrigin(request: FastifyRequest, authorities: ReadonlySet<string>): void {
  const host = request.headers.host?.toLowerCase()
  if (host === undefined || !authorities.has(host)) {
    throw new SlipwayError('forbidden', `The Host header ${JSON.stringify(host ?? '')} is not a name of this server.`, { remedy: `Use one of ${[...authorities].join(', ')}.` })
  }
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin } = request.headers
  const foreign = origin !== undefined ? !authorities.has(origin.replace(/^http:\/\//, '').toLowerCase()) : request.headers['sec-fetch-site'] === 'cross-site'
  if (foreign) throw new SlipwayError('forbidden', `A page of ${JSON.stringify(origin ?? 'another site')} may not send ${request.method} here.`, { remedy: 'Send it from this server\'s own pages, or from a program.' })
}
