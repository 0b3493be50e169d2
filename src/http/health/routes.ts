// Whether it lives and whether it takes work: for supervisors, load balancers and people.
import { Type } from 'typebox'
import type { Platform } from '../../platform.ts'
import type { App, ServerState } from '../server-state.ts'
import { VERSION } from '../version.ts'

const Ready = Type.Object({ ready: Type.Boolean(), reason: Type.Optional(Type.String()) })

/** Public: they tell nothing but that. */
export function healthRoutes(app: App, platform: Platform, state: ServerState): void {
  const config = { access: 'public' as const }
  const reason = (): string | null => (state.stopping ? 'stopping' : platform.ready ? null : 'starting')

  app.get('/health/live', { config, schema: { tags: ['server'], summary: 'The process answers', response: { 200: Type.Object({ live: Type.Boolean() }) } } }, () => ({ live: true }))

  app.get('/health/ready', { config, schema: { tags: ['server'], summary: 'It takes requests: 200, or 503 while it starts or stops', response: { 200: Ready, 503: Ready } } }, (_request, reply) => {
    const why = reason()
    if (why === null) return { ready: true }
    void reply.status(503)
    return { ready: false, reason: why }
  })

  app.get('/health', { config, schema: { tags: ['server'], summary: 'Both, and the version', response: { 200: Type.Object({ status: Type.String(), live: Type.Boolean(), ready: Type.Boolean(), version: Type.String() }) } } }, () => {
    const why = reason()
    return { status: why ?? 'ok', live: true, ready: why === null, version: VERSION }
  })

  app.get('/ping', { config, schema: { tags: ['server'], summary: 'For health checks that know this name' } }, (_request, reply) => reply.type('text/plain; charset=utf-8').send('pong\n'))

  app.get('/version', { config, schema: { tags: ['server'], summary: 'Version of Slipway and of what runs it', response: { 200: Type.Object({ name: Type.String(), version: Type.String(), node: Type.String() }) } } },
    () => ({ name: 'slipway', version: VERSION, node: process.versions.node }))
}
