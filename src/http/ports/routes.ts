// What the other processes of the home call: for them only, on this machine only.
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { answerCall, ANOTHER, CALL_TYPE, PROCESS_HEADER, type OpenedComponent } from '../../processes/index.ts'
import type { App } from '../server-state.ts'
import { nativeProblem } from '../problems.ts'

/** POST /internal/ports/<port>/<method>: messages in node:v8's structured serialisation, so nobody but a holder of the local token may send any. */
export function portRoutes(app: App, own: OpenedComponent, log: Log): void {
  app.addContentTypeParser(CALL_TYPE, (_request, body, done) => { done(null, body) })

  app.post('/internal/ports/:port/:method', {
    config: { access: { write: 'admin' }, streams: true },
    schema: { hide: true, params: Type.Object({ port: Type.String(), method: Type.String() }) } as never,
  }, async (request, reply) => {
    const { port, method } = request.params as { port: string; method: string }
    // A token that was given to somebody is not enough: only the file of the home says that it is a process of the same user.
    if (request.principal.actor.kind !== 'user') throw new SlipwayError('forbidden', 'Only processes of this home may call its ports.')
    if (request.headers[PROCESS_HEADER] !== own.id) {
      const { type, body } = nativeProblem(new SlipwayError('unreachable', 'Another process was meant, which is no more.'), request.url)
      return reply.status(ANOTHER).type(type).send(body)
    }
    const { body } = request
    if (body === undefined || body === null || typeof (body as Readable)[Symbol.asyncIterator] !== 'function') throw new SlipwayError('unsupported_media_type', `A call is ${CALL_TYPE}.`)
    const answer = await answerCall(Object.hasOwn(own.offers, port) ? own.offers[port] : undefined, { port, method }, body as Readable, { clock: own.platform.clock, log })
    // A body that was not read to its end cannot be followed by another request.
    if (!Buffer.isBuffer(answer)) reply.header('connection', 'close')
    return reply.type(CALL_TYPE).send(answer)
  })
}
