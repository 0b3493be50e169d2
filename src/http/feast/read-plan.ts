// What one list of features, or one service, needs and gives: resolved once, then only looked up.
import { entitiesOf, type FeatureContent, type ServiceDefinition, type ViewDefinition } from '../../core/definition.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { ColumnType } from '../../core/schema.ts'
import { buildFeatureContent, type Definitions } from '../../data/index.ts'
import { feastError } from './errors.ts'
import { onDemandViewOf } from './names.ts'
import { elementType } from './view-types.ts'

/** A feature of the answer; `list`: its text is a JSON array of `type`. */
export interface OutputPlan { view: string; name: string; type: ColumnType; list: boolean }

export interface ReadPlan {
  content: FeatureContent
  /** Entities that are read, by their join keys. */
  keys: { column: string; entity: string; type: ColumnType }[]
  /** What on-demand features take from the request. */
  request: { name: string; type: ColumnType; optional: boolean }[]
  /** In the order of `content.outputs`. */
  outputs: OutputPlan[]
}

/** @throws SlipwayError as `FeatureServiceNotFoundException` */
export function planService(definitions: Definitions, name: string): ReadPlan {
  const found = definitions.services.find(s => s.definition.name === name)
  if (found === undefined) throw feastError('FeatureServiceNotFoundException', 'not_found', `Feature service ${name} does not exist.${suggest(name, definitions.services.map(s => s.definition.name))}`)
  const service = found.definition
  const view = onDemandViewOf(service, definitions)
  const outputs = [...service.features.map(f => ({ reference: f, view: f.slice(0, f.indexOf('.')), name: f.slice(f.indexOf('.') + 1) })), ...(service.onDemand?.functions ?? []).map(f => ({ reference: f.name, view, name: f.name }))]
  return plan(definitions, service, found.onDemandDigest, outputs)
}

/**
 * `view:feature` names, on-demand features of one service among them.
 * @throws SlipwayError as `FeatureViewNotFoundException`, `FeastObjectNotFoundException` (a feature), `FeastError` (no such form).
 */
export function planFeatures(definitions: Definitions, references: readonly string[]): ReadPlan {
  if (references.length === 0) throw feastError('FeastError', 'invalid_request', 'No features are asked for.', 'Send "features": ["view:feature", …], or "feature_service".')
  let onDemand: Definitions['services'][number] | null = null
  const outputs: { reference: string; view: string; name: string }[] = []
  for (const reference of references) {
    const [name, feature] = splitFeastReference(reference)
    const view = definitions.views.find(v => v.name === name)
    if (view !== undefined) {
      if (!view.features.some(f => f.name === feature)) throw noFeature(name, feature, view.features.map(f => f.name))
      outputs.push({ reference: `${name}.${feature}`, view: name, name: feature })
      continue
    }
    const owner = definitions.services.find(s => s.definition.onDemand !== undefined && onDemandViewOf(s.definition, definitions) === name)
    if (owner === undefined) throw noView(definitions, name)
    const functions = owner.definition.onDemand?.functions ?? []
    if (!functions.some(f => f.name === feature)) throw noFeature(name, feature, functions.map(f => f.name))
    if (onDemand !== null && onDemand !== owner) throw feastError('FeastError', 'invalid_request', `${reference} and on-demand features of service ${onDemand.definition.name} are computed by two modules.`, 'Ask for the on-demand features of one service at a time.')
    onDemand = owner
    outputs.push({ reference: feature, view: name, name: feature })
  }
  const asked = new Set(outputs.map(o => o.reference))
  const functions = (onDemand?.definition.onDemand?.functions ?? []).filter(f => asked.has(f.name))
  const requested = onDemand?.definition.request ?? []
  const inputs = functions.flatMap(f => f.inputs).filter(i => !requested.some(r => r.name === i))
  const service: ServiceDefinition = {
    name: 'features', entities: [], request: requested, features: [...new Set([...outputs.map(o => o.reference).filter(r => !functions.some(f => f.name === r)), ...inputs])],
    ...(onDemand?.definition.onDemand === undefined ? {} : { onDemand: { module: onDemand.definition.onDemand.module, functions } }),
  }
  return plan(definitions, service, onDemand?.onDemandDigest ?? null, outputs)
}

function plan(definitions: Definitions, service: ServiceDefinition, onDemandDigest: string | null, outputs: readonly { reference: string; view: string; name: string }[]): ReadPlan {
  const needed = new Set((service.onDemand?.functions ?? []).flatMap(f => f.inputs))
  const views = [...new Set(service.features.map(f => f.slice(0, f.indexOf('.'))))].map(name => definitions.views.find(v => v.name === name) as ViewDefinition)
  // Request features that only the model reads are not asked for; entities are those of the views.
  const request = service.request.filter(r => needed.has(r.name)).map(r => ({ ...r, model: false }))
  const entities = [...new Set(views.flatMap(v => entitiesOf(v)))]
  const content = buildFeatureContent({ ...service, entities, request }, definitions, onDemandDigest)
  const types = new Map(content.outputs.map(o => [o.name, o.type]))
  content.outputs = outputs.map(o => ({ name: o.reference, type: types.get(o.reference) as ColumnType }))
  return {
    content,
    keys: entities.map(name => {
      const entity = content.entities.find(e => e.name === name) as FeatureContent['entities'][number]
      return { column: entity.key, entity: name, type: entity.type }
    }),
    request: request.map(r => ({ name: r.name, type: r.type, optional: r.optional === true })),
    outputs: outputs.map(({ reference, view, name }) => {
      const element = elementType(definitions, view, name)
      return { view, name, type: element ?? types.get(reference) as ColumnType, list: element !== null }
    }),
  }
}

/** `view:feature`; of a version only `@latest`. */
function splitFeastReference(reference: string): [view: string, feature: string] {
  const match = /^([^:@]+)(?:@([^:]*))?:([^:]+)$/.exec(reference)
  if (match === null) throw feastError('FeastError', 'invalid_request', `Invalid feature reference ${JSON.stringify(reference.slice(0, 200))}.`, 'Write "<feature_view>:<feature>".')
  if (match[2] !== undefined && match[2] !== 'latest') throw feastError('FeastError', 'invalid_request', `${reference} asks for version ${match[2]} of a view, and views are served as they are registered now.`, 'Leave the version out.')
  return [match[1], match[3]]
}

function noFeature(view: string, feature: string, known: readonly string[]): Error {
  return feastError('FeastObjectNotFoundException', 'not_found', `Feature view ${view} has no feature ${feature}.${suggest(feature, known)}`, `It has ${known.join(', ')}.`)
}

export function noView(definitions: Definitions, name: string): Error {
  const source = definitions.sources.some(s => s.name === name)
  const readers = definitions.views.filter(v => v.source === name).map(v => v.name)
  if (source) return feastError('FeatureViewNotFoundException', 'not_found', `Feature view ${name} does not exist: ${name} is a source, which is pushed to.`, `Read the views over it: ${readers.join(', ') || 'there is none yet'}.`)
  return feastError('FeatureViewNotFoundException', 'not_found', `Feature view ${name} does not exist.${suggest(name, definitions.views.map(v => v.name))}`)
}
