// Names under which Feast's users find what Slipway has no name for.
import type { ServiceDefinition, SourceDefinition } from '../../core/definition.ts'

interface Named { name: string }

/** The on-demand functions of a service are one on-demand feature view, named like the service. */
export function onDemandViewOf(service: Pick<ServiceDefinition, 'name'>, { views, sources }: { views: readonly Named[]; sources: readonly Named[] }): string {
  return [...views, ...sources].some(v => v.name === service.name) ? `${service.name}_on_demand` : service.name
}

/** The feature view that carries a source's rows as they are, so that they can be pushed. */
export function rowsViewOf(source: Pick<SourceDefinition, 'name'>, { views }: { views: readonly Named[] }): string {
  return views.some(v => v.name === source.name) ? `${source.name}_rows` : source.name
}
