import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'

/** The application with the type provider of its schemas. */
export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

/** What the server knows and the routes ask. */
export interface ServerState {
  /** Host:port names under which requests may come; grows when the port is known. */
  authorities: Set<string>
  /** Where it is reached, for pages and lines to copy. */
  url: string
  stopping: boolean
}
