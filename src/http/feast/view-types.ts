import type { AggregateView } from '../../core/definition.ts'
import type { ColumnType } from '../../core/schema.ts'
import { buildFeatureContent, type Definitions } from '../../data/index.ts'

/** The type of each feature of a view, in order. */
export function featureTypes(definitions: Definitions, view: string): { name: string; type: ColumnType }[] {
  const found = definitions.views.find(v => v.name === view)
  if (found === undefined) return []
  const features = found.features.map(f => `${view}.${f.name}`)
  return buildFeatureContent({ name: 'features', entities: [], request: [], features }, definitions, null).outputs.map((o, i) => ({ name: found.features[i].name, type: o.type }))
}

/** What a list of last values holds; null for every other feature. */
export function elementType(definitions: Definitions, view: string, feature: string): ColumnType | null {
  const found = definitions.views.find(v => v.name === view)
  if (found?.kind !== 'aggregate') return null
  const wanted = found.features.find(f => f.name === feature)
  return wanted?.aggregate === 'lastN' && wanted.column !== undefined ? columnType(definitions, found, wanted.column) : null
}

function columnType(definitions: Definitions, view: AggregateView, column: string): ColumnType {
  const own = definitions.sources.find(s => s.name === view.source)?.columns.find(c => c.name === column)
  if (own !== undefined) return own.type
  const lookup = (view.lookups ?? []).find(l => l.name === column)?.feature ?? ''
  const [inner, name] = [lookup.slice(0, lookup.indexOf('.')), lookup.slice(lookup.indexOf('.') + 1)]
  return featureTypes(definitions, inner).find(f => f.name === name)?.type ?? 'string'
}
