import { entitiesOf, type ViewDefinition } from '../../../core/definition.ts'
import { aggregateText } from '../../../core/feature-text.ts'
import { parseDuration } from '../../../core/time.ts'
import { elementType, featureTypes } from '../view-types.ts'
import { call, described, list, literal } from './python.ts'
import { field } from './types.ts'
import type { Writing } from './writing.ts'

/** A view with the types and meanings of its features. */
export function viewText(w: Writing, view: ViewDefinition): string {
  const id = w.ids.take(view.name, '_view')
  w.views.set(view.name, id)
  const fields = featureTypes(w.definitions, view.name).map(({ name, type }) => {
    const element = elementType(w.definitions, view.name, name)
    const aggregate = view.kind === 'aggregate' ? view.features.find(f => f.name === name) : undefined
    return field(name, element ?? type, element !== null, aggregate === undefined ? undefined : `${aggregateText(aggregate)}${aggregate.column === undefined ? '' : ` of ${aggregate.column}`}`)
  })
  const ttl = view.kind === 'latest' && view.ttl !== undefined ? [`ttl=timedelta(microseconds=${parseDuration(view.ttl) ?? 0})`.replace(/microseconds=(\d+)000000\)/, 'seconds=$1)')] : []
  return `${id} = ${call('FeatureView', [
    `name=${literal(view.name)}`, `entities=[${entitiesOf(view).map(e => w.entities.get(e)).join(', ')}]`, ...ttl, `source=${w.files.get(view.source)}`, `schema=${list(fields)}`,
    ...described(view.description), ...(view.owner === undefined ? [] : [`owner=${literal(view.owner)}`]),
  ])}`
}
