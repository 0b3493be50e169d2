import { entitiesOf, type AggregateView, type EntityDefinition, type FeatureContent, type ServiceDefinition, type SourceDefinition, type ViewDefinition, type ViewLookup } from '../core/definition.ts'
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
  const want = (reference: string): void => {
    const [view, feature] = splitReference(reference)
    names.set(view, (names.get(view) ?? new Set()).add(feature))
  }
  for (const reference of service.features) want(reference)
  const chosen = new Map<string, ViewDefinition>()
  // Views that are looked up come after those that look them up, and may be read themselves.
  for (let name = [...names.keys()].find(n => !chosen.has(n)); name !== undefined; name = [...names.keys()].find(n => !chosen.has(n))) {
    const view = find(definitions.views, name, 'view', service.name)
    chosen.set(name, view)
    if (view.kind === 'aggregate') for (const l of usedLookups(view, names.get(name) as Set<string>)) {
      if (splitReference(l.feature)[0] === name) throw new SlipwayError('invalid_definition', `View ${name} looks itself up.`)
      want(l.feature)
    }
  }
  const views = [...chosen.values()].map(view => {
    const wanted = (f: { name: string }): boolean => names.get(view.name)?.has(f.name) === true
    if (view.kind === 'latest') return withoutProse({ ...view, features: view.features.filter(wanted) })
    const lookups = usedLookups(view, names.get(view.name) as Set<string>)
    const { lookups: _, ...rest } = view
    return withoutProse({ ...rest, features: view.features.filter(wanted), ...(lookups.length > 0 ? { lookups } : {}) })
  })
  const entityNames = new Set([...service.entities, ...views.flatMap(v => entitiesOf(v))])
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

/** The look-ups that the wanted features of a view stand on. */
function usedLookups(view: AggregateView, wanted: ReadonlySet<string>): ViewLookup[] {
  const columns = new Set([...(view.where ?? []).map(c => c.column), ...view.features.filter(f => wanted.has(f.name)).flatMap(f => [f.column, ...[...(f.where ?? []), ...(f.of ?? [])].map(c => c.column)])])
  return (view.lookups ?? []).filter(l => columns.has(l.name))
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
