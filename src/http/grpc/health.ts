// grpc.health.v1: whether the server and its services take calls, as probes and load balancers ask.
import { SlipwayError } from '../../core/errors.ts'
import type { CallContext, Service } from './method.ts'
import { HEALTH_PROTO } from './protos/health.ts'
import { parseProto, wireType } from './wire-types.ts'

const STATUS = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 }
const LOOK_MS = 1_000

/** `names`: the services that there are; the empty name is the server as a whole. */
export function healthService(names: ReadonlySet<string>, isReady: () => boolean): Service {
  const root = parseProto(HEALTH_PROTO)
  const request = wireType<{ service: string }>(root, 'grpc.health.v1.HealthCheckRequest')
  const response = wireType<{ status: number }>(root, 'grpc.health.v1.HealthCheckResponse')
  const now = (service: string): number => (service !== '' && !names.has(service) ? STATUS.SERVICE_UNKNOWN : isReady() ? STATUS.SERVING : STATUS.NOT_SERVING)
  return {
    name: 'grpc.health.v1.Health',
    methods: {
      Check: {
        kind: 'unary', access: 'public', request, response,
        answer({ service }: { service: string }) {
          const status = now(service)
          if (status === STATUS.SERVICE_UNKNOWN) throw new SlipwayError('not_found', `There is no service ${JSON.stringify(service.slice(0, 100))} here.`, { remedy: `Ask for ${[...names].join(', ')}, or with an empty name for all of it.` })
          return { status }
        },
      },
      Watch: {
        kind: 'watch', access: 'public', request, response,
        async answer({ service }: { service: string }, replies: { send(message: { status: number }): Promise<void> }, { signal }: CallContext) {
          let told = -1
          while (!signal.aborted) {
            const status = now(service)
            if (status !== told) await replies.send({ status })
            told = status
            await pause(signal)
          }
          // A stop is told before the stream ends.
          if (now(service) !== told) await replies.send({ status: now(service) })
        },
      },
    },
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const go = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', go)
      resolve()
    }
    const timer = setTimeout(go, LOOK_MS)
    signal.addEventListener('abort', go)
  })
}
