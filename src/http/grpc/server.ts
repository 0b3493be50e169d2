// The gRPC server: the services, their limits, and an end that lets what is in flight finish.
import { isIPv6 } from 'node:net'
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { SlipwayError } from '../../core/errors.ts'
import type { OpenInferenceParts } from '../open-inference/parts.ts'
import { handlerOf } from './calls.ts'
import { correctCalls } from './base-call.ts'
import { limitSlowCalls } from './deadlines.ts'
import type { Service } from './method.ts'
import { openServices } from './services.ts'

/** A server that listens. `close` takes no new calls, lets those in flight finish, and ends streams after what came. */
export interface GrpcServer { /** Host:port, as clients of gRPC take it. */ address: string; services: readonly Service[]; close(): Promise<void> }

const MOST_STREAMS = 1_000

/**
 * Serves gRPC without TLS. Port 0 takes a free one; the host is loopback, which the HTTP server has checked.
 * @throws SlipwayError `invalid_config` for a port that is taken or not allowed.
 */
export async function openGrpcServer(parts: OpenInferenceParts, options: { host: string; port: number }): Promise<GrpcServer> {
  const { platform, log } = parts
  const { bodyLimit, requestTimeout, stopTimeout } = platform.config.server
  const { host, port } = options
  // It would write lines of its own to stderr; what is wrong is told by our errors.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE)
  let stopping = false
  const lasting = new Set<AbortController>()
  const services = openServices(parts, () => platform.ready && !stopping)
  const slow = limitSlowCalls(requestTimeout)
  const server = new Server({
    'grpc.max_receive_message_length': bodyLimit, 'grpc.max_send_message_length': -1, 'grpc.max_concurrent_streams': MOST_STREAMS, 'grpc.enable_channelz': 0,
    interceptors: [correctCalls(bodyLimit), slow.interceptor],
  })
  const call = { authenticate: (token: string | null) => platform.metadata.authenticate(token), log, stopping: () => stopping, lasting }
  for (const { name, methods } of services) {
    const definition = Object.fromEntries(Object.entries(methods).map(([method, { kind }]) => [method, { path: `/${name}/${method}`, requestStream: kind === 'stream', responseStream: kind !== 'unary', ...BYTES }]))
    server.addService(definition, Object.fromEntries(Object.entries(methods).map(([method, m]) => [method, handlerOf(`/${name}/${method}`, m, call)])))
  }
  const named = isIPv6(host) ? `[${host}]` : host
  let bound
  try { bound = await bind(server, named, port) } catch (error) {
    slow.stop()
    server.forceShutdown()
    throw error
  }
  const stop = async (): Promise<void> => {
    stopping = true
    for (const controller of lasting) controller.abort()
    const late = setTimeout(() => {
      log.warn('gRPC calls in flight were cut off', { seconds: stopTimeout })
      server.forceShutdown()
    }, stopTimeout * 1_000)
    try { await new Promise<void>(resolve => { server.tryShutdown(() => { resolve() }) }) } finally { clearTimeout(late) }
    slow.stop()
  }
  let closing: Promise<void> | undefined
  return { address: `${named}:${bound}`, services, close: () => (closing ??= stop()) }
}

/** Methods read and write their messages themselves: what cannot be read is the client's fault, and grpc-js would call it ours. */
const asIs = (bytes: Buffer): Buffer => bytes
const BYTES = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs }

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) { resolve(bound); return }
      const taken = error.message.includes('EADDRINUSE')
      if (taken || error.message.includes('EACCES')) {
        reject(new SlipwayError('invalid_config', taken ? `Port ${port} of ${host} is taken by another program; gRPC was to have it.` : `Port ${port} may not be opened by this user; gRPC was to have it.`, { remedy: 'Use another with --grpc-port, or 0 for a free one.', cause: error, faults: [{ path: 'server.grpcPort', message: taken ? 'is taken' : 'may not be opened' }] }))
      } else reject(error)
    })
  })
}
