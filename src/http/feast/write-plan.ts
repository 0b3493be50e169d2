// What a write to a feature view means for the source under it.
import { entitiesOf, type Condition, type LatestView, type SourceDefinition, type ViewDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Definitions } from '../../data/index.ts'
import { feastError } from './errors.ts'
import { rowsViewOf } from './names.ts'

export interface WritePlan {
  source: SourceDefinition
  /** Column of the frame → column of the source; null: they are the source's own. */
  names: ReadonlyMap<string, string> | null
  /** Of the frame, without which a row of the source would not be whole. */
  required: string[]
}

/** Where a write to `name` goes: a source (under its own name, or that of its rows), or a view of latest rows. */
export function planWrite(definitions: Definitions, name: string): WritePlan {
  const view = definitions.views.find(v => v.name === name)
  if (view === undefined) {
    const source = definitions.sources.find(s => rowsViewOf(s, definitions) === name) ?? definitions.sources.find(s => s.name === name)
    if (source !== undefined) return { source, names: null, required: [] }
    throw feastError('FeastObjectNotFoundException', 'not_found', `Can't recognize feast object with a name ${name}.${suggest(name, [...definitions.views, ...definitions.sources].map(d => d.name))}`, 'Name a feature view of latest rows, or a source.')
  }
  const source = definitions.sources.find(s => s.name === view.source) as SourceDefinition
  const rows = rowsViewOf(source, definitions)
  const refuse = (why: string): SlipwayError => new SlipwayError('invalid_request', `Feature view ${name} ${why}`, { remedy: `Write whole rows of source ${source.name}: push("${source.name}", …), or feature_view_name "${rows}".` })
  if (view.kind !== 'latest') throw refuse(`aggregates the events of source ${source.name}: there are events to write, no aggregates.`)
  if (source.eventTime === undefined) throw refuse(`reads the static source ${source.name}, which takes no events.`)
  const names = namesOf(definitions, view)
  const written = new Set([...names.values(), source.eventTime, source.knownAt])
  const id = source.id.filter(c => !written.has(c))
  if (id.length > 0) throw refuse(`does not hold ${id.join(', ')}, by which rows of source ${source.name} are told apart.`)
  for (const other of definitions.views) {
    if (other.source !== source.name) continue
    const lost = [...columnsOf(other)].filter(c => !written.has(c) && source.columns.some(s => s.name === c))
    if (lost.length > 0) throw refuse(`does not hold ${lost.join(', ')}, which ${other === view ? 'its conditions' : `feature view ${other.name}`} read${other === view ? '' : 's'}: a row without would miss it there.`)
  }
  return { source, names, required: [...names.keys()].filter(c => c !== source.eventTime && c !== source.knownAt) }
}

/** Join keys and features; the source's own event time and known-at are taken by their names too. */
function namesOf(definitions: Definitions, view: LatestView): Map<string, string> {
  const names = new Map<string, string>()
  for (const entity of entitiesOf(view)) {
    const key = definitions.entities.find(e => e.name === entity)?.key as string
    names.set(key, key)
  }
  for (const { name, column } of view.features) if (!names.has(name)) names.set(name, column)
  const source = definitions.sources.find(s => s.name === view.source) as SourceDefinition
  for (const time of [source.eventTime, source.knownAt]) if (time !== undefined && !names.has(time)) names.set(time, time)
  return names
}

/** What a view reads of its source, keys aside. */
function columnsOf(view: ViewDefinition): Set<string> {
  const of = (conditions: Condition[] | undefined): string[] => (conditions ?? []).map(c => c.column)
  return new Set([...of(view.where), ...view.features.flatMap(f => ('aggregate' in f ? [...(f.column === undefined ? [] : [f.column]), ...of(f.where), ...of(f.of)] : [f.column]))])
}
