import { isIPv6 } from 'node:net'
import type { AddressInfo } from 'node:net'
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { scheduleEvaluations } from '../monitoring/index.ts'
import type { Platform } from '../platform.ts'
import type { OpenedComponent } from '../processes/index.ts'
import { buildApp } from './app.ts'
import type { GrpcServer } from './grpc/index.ts'
import type { ServerState } from './server-state.ts'
import { loadValidation } from './validation.ts'
import { openServingParts } from './serving-parts.ts'

/** A server that listens. `close` stops taking requests, lets those in flight finish, and returns; the platform stays open. */
export interface Server { url: string; /** Host:port of gRPC, where it is served. */ grpc?: string; close(): Promise<void> }

/** After it is ready: work that need not be done before, ms. */
const LATER_MS = 100

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Serves a platform over HTTP/1.1, and with `grpcPort` over gRPC too. Port 0 takes a free one.
 * @throws SlipwayError `invalid_config` for an address other than loopback (there is no TLS yet) and for a port that is taken.
 */
export async function openServer(platform: Platform, options: { host: string; port: number; grpcPort?: number | null; log: Log; /** This process is that of one component. */ only?: OpenedComponent }): Promise<Server> {
  const { host, port, grpcPort = null, log, only } = options
  if (!LOOPBACK.has(host)) {
    throw new SlipwayError('invalid_config', `server.host is ${JSON.stringify(host)}: without TLS, only loopback is served (127.0.0.1, ::1 or localhost).`, { remedy: 'Use loopback, and a proxy with TLS in front.', faults: [{ path: 'server.host', message: 'must be loopback' }] })
  }
  const state: ServerState = { authorities: new Set(), url: '', stopping: false }
  const serving = openServingParts(platform, log)
  const app = await buildApp(platform, { log, state, only, serving })
  try { await app.listen({ host, port }) } catch (error) {
    await app.close()
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new SlipwayError('invalid_config', `Port ${port} of ${host} is taken by another program.`, { remedy: 'Use another with --port, or 0 for a free one.', cause: error })
    if (code === 'EACCES') throw new SlipwayError('invalid_config', `Port ${port} may not be opened by this user.`, { remedy: 'Use a port from 1024 on.', cause: error })
    throw error
  }
  const bound = (app.server.address() as AddressInfo).port
  state.url = `http://${isIPv6(host) ? `[${host}]` : host}:${bound}`
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
    state.authorities.add(`${name}:${bound}`)
    if (bound === 80) state.authorities.add(name)
  }
  let grpc: GrpcServer | undefined
  if (grpcPort !== null) {
    try { grpc = await (await import('./grpc/index.ts')).openGrpcServer(serving.inference, { host, port: grpcPort }) } catch (error) {
      await app.close()
      throw error
    }
  }
  setTimeout(loadValidation, LATER_MS).unref()
  // Where monitoring has a process of its own, that one looks.
  const stopEvaluations = only !== undefined && only.component !== 'monitoring' ? async () => {} : scheduleEvaluations({ evaluate: () => platform.monitoring.evaluate(), isFrozen: () => platform.clock.frozen, log })
  let closing: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    state.stopping = true
    const late = setTimeout(() => {
      log.warn('requests in flight were cut off', { seconds: platform.config.server.stopTimeout })
      app.server.closeAllConnections()
    }, platform.config.server.stopTimeout * 1_000)
    const grpcClosed = grpc?.close()
    try { await app.close() } finally { clearTimeout(late) }
    await grpcClosed
    await stopEvaluations()
  }
  return { url: state.url, ...(grpc === undefined ? {} : { grpc: grpc.address }), close: () => (closing ??= stop()) }
}
