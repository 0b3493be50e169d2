// From which rows a service's entities could have features: every source of events that carries their keys.
import type { EntityDefinition, FeatureContent, SourceDefinition } from '../../core/definition.ts'
import { SlipwayError, type Fault } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Relation } from '../../core/ports/exploration.ts'

export interface FoundRelation { source: SourceDefinition; /** In the order of the service's entities. */ entities: EntityDefinition[] }

interface Definitions { entities: readonly EntityDefinition[]; sources: readonly SourceDefinition[] }

/**
 * Single entities first, then pairs as one key, each source in the order in which it is registered. `wanted.sources` restricts them, `wanted.relations` takes their place.
 * @throws SlipwayError `invalid_request` naming what does not exist or does not fit, or that no source is related.
 */
export function findRelations(content: FeatureContent, definitions: Definitions, wanted: { sources?: readonly string[]; relations?: readonly Relation[] }): FoundRelation[] {
  const { service } = content
  const entities = service.entities.map(name => definitions.entities.find(e => e.name === name)).filter(e => e !== undefined)
  const events = definitions.sources.filter(s => s.eventTime !== undefined)
  const faults: Fault[] = []
  const sourceOf = (name: string, path: string): SourceDefinition | undefined => {
    const found = events.find(s => s.name === name)
    if (found !== undefined) return found
    const isStatic = definitions.sources.some(s => s.name === name)
    faults.push({ path, message: isStatic ? `'${name}' has no event time: windows need a source of events` : `'${name}' is no source of events; there are ${list(events)}.${suggest(name, events.map(s => s.name))}` })
    return undefined
  }
  const chosen = wanted.sources?.map((name, i) => sourceOf(name, `sources[${i}]`))
  const relations = wanted.relations?.flatMap((relation, i): FoundRelation[] => {
    const path = `relations[${i}]`
    const source = sourceOf(relation.source, `${path}.source`)
    const named = relation.entities.map((name, k) => {
      const found = entities.find(e => e.name === name)
      if (found === undefined) faults.push({ path: `${path}.entities[${k}]`, message: `'${name}' is no entity of service ${service.name}, which has ${list(entities)}.${suggest(name, service.entities)}` })
      return found
    }).filter(e => e !== undefined)
    if (new Set(relation.entities).size !== relation.entities.length || relation.entities.length === 0) faults.push({ path: `${path}.entities`, message: 'must name at least one entity, and none twice' })
    for (const entity of named) if (source !== undefined && !carries(source, entity)) faults.push({ path, message: `source ${source.name} has no column '${entity.key}' of type ${entity.type}, the key of ${entity.name}` })
    return source === undefined ? [] : [{ source, entities: named }]
  })
  if (faults.length > 0) throw new SlipwayError('invalid_request', faults.map(f => `${f.path} ${f.message}`).join('; '), { faults })
  if (relations !== undefined) return relations
  const sources = chosen === undefined ? events : events.filter(s => chosen.includes(s))
  const keys = [...entities.map(e => [e]), ...entities.flatMap((e, i) => entities.slice(i + 1).map(other => [e, other]))]
  const found = keys.flatMap(key => sources.filter(s => key.every(e => carries(s, e))).map(source => ({ source, entities: key })))
  if (found.length > 0) return found
  const about = entities.length === 0 ? 'it has no entities' : `no source of events has the key column of one of its entities (${entities.map(e => `${e.name}: ${e.key}`).join(', ')})`
  const looked = sources.length === 0 ? 'there are none at all' : `looked at ${list(sources)}`
  throw new SlipwayError('invalid_request', `Service ${service.name} has nothing to make features of: ${about}; ${looked}.`, { remedy: 'Declare a source with an event time and the key of an entity that the service reads, then `slipway apply`.' })
}

function carries(source: SourceDefinition, entity: EntityDefinition): boolean {
  return source.columns.some(c => c.name === entity.key && c.type === entity.type)
}

function list(all: readonly { name: string }[]): string { return all.map(a => a.name).join(', ') || 'none' }
