import type { SourceDefinition } from '../../../core/definition.ts'
import type { ColumnType } from '../../../core/schema.ts'
import { rowsViewOf } from '../names.ts'
import { call, described, list, literal } from './python.ts'
import { field } from './types.ts'
import type { Writing } from './writing.ts'

/** What the client adds to every frame that it sends. */
const RESERVED = ['event_timestamp', 'created']

/** A source's file, and for events the push source with the view that carries its rows. */
export function sourceTexts(w: Writing, source: SourceDefinition): string {
  const file = w.ids.take(source.name, '_file')
  w.files.set(source.name, file)
  const time = [`timestamp_field=${literal(source.eventTime ?? 'event_timestamp')}`, ...(source.knownAt === undefined ? [] : [`created_timestamp_column=${literal(source.knownAt)}`])]
  const lines = [`${file} = ${call('FileSource', [`name=${literal(w.sourceNames.take(source.name, '_file'))}`, `path=${literal(`${source.dataset}.parquet`)}`, ...time, ...described(source.description)])}`]
  const rows = source.eventTime === undefined ? null : rowsText(w, source, file)
  return [...lines, ...rows ?? []].join('\n')
}

/** Null, with a note, where the client could not send the rows whole. */
function rowsText(w: Writing, source: SourceDefinition, file: string): string[] | null {
  const times = [source.eventTime, source.knownAt]
  const reserved = source.columns.find(c => RESERVED.includes(c.name) && !times.includes(c.name))
  const keys = source.columns.filter(c => source.id.includes(c.name) && !times.includes(c.name) && isKey(c.type))
  const features = source.columns.filter(c => !times.includes(c.name) && !keys.includes(c))
  const why = reserved !== undefined ? `its column ${reserved.name} has the name of a column that Feast's client adds` : keys.length === 0 ? 'its id has no column of text or whole numbers, which Feast needs as a join key' : features.length === 0 ? 'it has no columns besides its id and times' : null
  if (why !== null) {
    w.notes.push(`Source ${source.name} cannot be pushed by Feast's client: ${why}. POST /push takes it.`)
    return null
  }
  const push = w.ids.take(source.name, '_push')
  const view = w.ids.take(source.name, '_rows')
  const entities = keys.map(k => entityOf(w, k.name, k.type))
  return [
    ...entities.flatMap(e => e.text),
    `${push} = ${call('PushSource', [`name=${literal(source.name)}`, `batch_source=${file}`])}`,
    `${view} = ${call('FeatureView', [`name=${literal(rowsViewOf(source, w.definitions))}`, `entities=[${entities.map(e => e.id).join(', ')}]`, `source=${push}`, `schema=${list(features.map(f => field(f.name, f.type)))}`, ...described(`Rows of source ${source.name}, to be pushed: models read the views over it`)])}`,
  ]
}

function isKey(type: ColumnType): boolean { return type === 'string' || type === 'int64' }

/** The entity of a key column; one is made where the column only tells rows apart. */
function entityOf(w: Writing, column: string, type: ColumnType): { id: string; text: string[] } {
  const declared = w.definitions.entities.find(e => e.key === column && e.type === type)
  const known = declared === undefined ? w.entities.get(`key ${column} ${type}`) : w.entities.get(declared.name)
  if (known !== undefined) return { id: known, text: [] }
  const names = new Set([...w.definitions.entities.map(e => e.name), ...[...w.entities.keys()].filter(k => k.startsWith('key ')).map(k => k.split(' ')[1])])
  const name = names.has(column) ? `${column}_${type}_key` : column
  const id = w.ids.take(name, '_entity')
  w.entities.set(`key ${column} ${type}`, id)
  return { id, text: [`${id} = ${call('Entity', [`name=${literal(name)}`, `join_keys=[${literal(column)}]`, `value_type=ValueType.${type === 'string' ? 'STRING' : 'INT64'}`, ...described('Tells rows apart')])}`] }
}
