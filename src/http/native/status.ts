import { formatActor } from '../../core/actor.ts'
import { formatTime } from '../../core/time.ts'
import type { App } from '../server-state.ts'
import { VERSION } from '../version.ts'
import type { NativeParts } from './parts.ts'
import { withTimes } from './times.ts'

/** The state of the whole home, and its verification. */
export function statusRoutes(app: App, { platform, state, log }: NativeParts): void {
  const { metadata, journal, production, data, clock } = platform
  const startedAt = Date.now() * 1_000

  app.get('/api/v1/status', { config: { access: 'read' }, schema: { tags: ['server'], summary: 'Journal, ledger, definitions, deployments, online state, and who is asking' } }, async request => {
    const kinds = ['entity', 'dataset', 'source', 'view', 'service', 'model', 'endpoint', 'monitor', 'run', 'modelVersion', 'segment'] as const
    const counts = await Promise.all(kinds.map(async kind => [kind, (await metadata.list(kind)).length] as const))
    const endpoints = await Promise.all((await metadata.list('endpoint')).map(async ({ id }) => {
      const last = (await production.getDeployment(id))?.revisions.at(-1)
      return { name: id, release: last?.routes[0]?.release ?? null, since: last === undefined ? null : formatTime(last.at), predictions: (await production.counts(id)).predictions }
    }))
    return {
      version: VERSION, home: platform.home.dir, ready: platform.ready && !state.stopping, startedAt: formatTime(startedAt), now: formatTime(clock.now()),
      you: { actor: formatActor(request.principal.actor), role: request.principal.role },
      journal: { position: journal.position, durable: journal.durable }, ledger: { size: metadata.ledger.size },
      counts: Object.fromEntries(counts), endpoints, online: withTimes(await data.status()),
    }
  })

  app.post('/api/v1/verify', { config: { access: { write: 'auditor' } }, schema: { tags: ['ledger'], summary: 'Check ledger, checkpoints, segments, open journal, documents, blobs and releases' } }, request =>
    metadata.verify(step => { log.debug('verify', { step, request: request.id }) }))
}
