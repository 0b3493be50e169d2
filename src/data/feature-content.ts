import type { EntityDefinition, FeatureContent, ServiceDefinition, SourceDefinition, ViewDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { compileService, splitReference } from './compiled-service.ts'

/** The definitions among which a service's names are looked up. */
export interface FeatureDefinitions { entities: readonly EntityDefinition[]; sources: readonly SourceDefinition[]; views: readonly ViewDefinition[] }

/**
 * Everything that computes a service's values, and nothing else: features that it does not read, descriptions and owners are left out, so that
 * changing them does not change the content's digest.
 * @throws SlipwayError `invalid_definition` when a name is not defined.
 */
export function buildFeatureContent(service: ServiceDefinition, definitions: FeatureDefinitions, onDemandDigest: string | null): FeatureContent {
  const names = new Map<string, Set<string>>()
  for (const reference of service.features) {
    const [view, feature] = splitReference(reference)
    names.set(view, (names.get(view) ?? new Set()).add(feature))
  }
  const views = [...names.keys()].map(name => find(definitions.views, name, 'view', service.name)).map(view => {
    const wanted = (f: { name: string }): boolean => names.get(view.name)?.has(f.name) === true
    return withoutProse(view.kind === 'latest' ? { ...view, features: view.features.filter(wanted) } : { ...view, features: view.features.filter(wanted) })
  })
  const entityNames = new Set([...service.entities, ...views.map(v => v.entity)])
  const content: FeatureContent = {
    service: withoutProse(service), views, onDemandDigest,
    sources: [...new Set(views.map(v => v.source))].map(name => withoutProse(find(definitions.sources, name, 'source', service.name))),
    entities: [...entityNames].map(name => withoutProse(find(definitions.entities, name, 'entity', service.name))),
    outputs: [],
  }
  const { request, lookups, onDemand } = compileService(content)
  content.outputs = [...request.filter(r => r.model), ...lookups, ...onDemand].map(({ name, type }) => ({ name, type }))
  return content
}

function withoutProse<T extends { description?: string; owner?: string }>(definition: T): T {
  const { description: _d, owner: _o, ...rest } = definition
  return rest as T
}

function find<T extends { name: string }>(all: readonly T[], name: string, what: string, service: string): T {
  const found = all.find(x => x.name === name)
  if (found === undefined) throw new SlipwayError('invalid_definition', `Service ${service} refers to the ${what} ${name}, which is not defined.`)
  return found
}
