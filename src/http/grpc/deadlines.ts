// Requests that come too slowly: a unary call must be there within the time that HTTP has for a body.
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { SlipwayError } from '../../core/errors.ts'
import { toStatus } from './status.ts'

const SWEEP_MS = 1_000

/** Ends calls whose request has not arrived within `seconds`; streams may last. `stop` ends its timer. */
export function limitSlowCalls(seconds: number): { interceptor: ServerInterceptor; stop(): void } {
  const waiting = new Map<ServerInterceptingCall, number>()
  const sweep = setInterval(() => {
    const now = Date.now()
    for (const [call, deadline] of waiting) {
      if (deadline > now) break
      waiting.delete(call)
      call.sendStatus(toStatus(new SlipwayError('request_timeout', `The request did not arrive within ${seconds} s.`)))
    }
  }, SWEEP_MS)
  sweep.unref()
  const interceptor: ServerInterceptor = (method, inner) => {
    if (method.requestStream) return new ServerInterceptingCall(inner)
    const call: ServerInterceptingCall = new ServerInterceptingCall(inner, {
      start(next) {
        waiting.set(call, Date.now() + seconds * 1_000)
        next({
          onReceiveHalfClose(pass) { waiting.delete(call); pass() },
          onCancel() { waiting.delete(call) },
        })
      },
    })
    return call
  }
  return { interceptor, stop: () => { clearInterval(sweep) } }
}
