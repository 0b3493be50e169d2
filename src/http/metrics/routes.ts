import type { App } from '../server-state.ts'
import type { Metrics } from './metrics.ts'

/** Prometheus' text format. */
export function metricsRoutes(app: App, metrics: Metrics): void {
  app.get('/metrics', { config: { access: 'public' }, schema: { tags: ['server'], summary: 'Metrics for Prometheus' } },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()))
}
