// Bodies of protocols whose clients are careless with content types: bytes, and what was said about them.
import type { FastifyRequest } from 'fastify'
import { decodeBody } from '../encoding/content-encoding.ts'
import type { App } from '../server-state.ts'

declare module 'fastify' {
  interface FastifyRequest { /** The content type as it was sent, where the face takes any body. */ sentType?: string }
}

/** For routes whose schema says in the OpenAPI document what they take, and whose reader checks it: the body is bytes, with a message of its own for each fault. */
export const DOCUMENTED_ONLY = { validatorCompiler: () => () => true }

/** Takes every body as bytes, with any content type and with none. */
export function takeAnyBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => { done(null, body) })
  app.decorateRequest('sentType', undefined)
  app.addHook('onRequest', async request => {
    request.sentType = request.raw.headers['content-type']
    request.raw.headers['content-type'] = 'application/octet-stream'
  })
}

export function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The body, not compressed any more. @throws SlipwayError as `decodeBody` */
export async function bodyOf(request: FastifyRequest, limit: number): Promise<Buffer> {
  return decodeBody((request.body ?? Buffer.alloc(0)) as Buffer, headerOf(request, 'content-encoding'), limit)
}
