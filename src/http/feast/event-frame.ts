// The `df` of a push or write, column by column, as events of a source.
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { PushedEvent } from '../../core/ports/features.ts'
import type { ColumnType, Row } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { readColumns } from './entity-rows.ts'
import { readValue } from './wire-values.ts'

/** Where a column of the frame goes: a column of the source, or the time at which the event became known. */
interface Place { from: string; to: string | null; type: ColumnType }

/** Feast's names of event time and known-at, whatever the source calls them. */
const EVENT_TIME = 'event_timestamp'
const CREATED = 'created'

/**
 * `names`: what a column of the frame is called in the source, where it is called otherwise (the features of a view); null takes the source's own names.
 * @throws SlipwayError `invalid_request`, `unknown_feature`, `wrong_type`, naming the column and row.
 */
export function readFrame(df: unknown, source: SourceDefinition, names: ReadonlyMap<string, string> | null): PushedEvent[] {
  const { columns, rows } = readColumns(df, 'df')
  const places = placesOf(Object.keys(columns), source, names)
  const events: PushedEvent[] = []
  for (let i = 0; i < rows; i++) {
    const values: Row = {}
    let knownAt: Micros | undefined
    for (const { from, to, type } of places) {
      const value = readValue(columns[from][i], type, `df.${from}[${i}]`)
      if (to !== null) values[to] = value
      else if (value !== null) knownAt = value as Micros
    }
    events.push(knownAt === undefined ? { values } : { values, knownAt })
  }
  return events
}

function placesOf(given: readonly string[], source: SourceDefinition, names: ReadonlyMap<string, string> | null): Place[] {
  const types = new Map(source.columns.map(c => [c.name, c.type]))
  const places: Place[] = []
  for (const from of given) {
    const to = target(from, given, source, names, types)
    if (to === undefined) throw unknownColumn(from, source, names)
    const other = places.find(p => p.to === to)
    if (other !== undefined) throw new SlipwayError('invalid_request', `df.${from} and df.${other.from} are both ${to ?? 'the time at which the row became known'}.`, { remedy: 'Send one of them.', faults: [{ path: `df.${from}`, message: 'is there twice' }] })
    places.push({ from, to, type: to === null ? 'timestamp' : types.get(to) as ColumnType })
  }
  return places
}

/** The source's column, null for known-at where the source has no column of it, undefined for what is not known. */
function target(from: string, given: readonly string[], source: SourceDefinition, names: ReadonlyMap<string, string> | null, types: ReadonlyMap<string, ColumnType>): string | null | undefined {
  // A source may call its event time `created`; beside event_timestamp it is Feast's word.
  if (from === CREATED && source.eventTime === CREATED && given.includes(EVENT_TIME) && !types.has(EVENT_TIME)) return source.knownAt ?? null
  const mapped = names === null ? (types.has(from) ? from : undefined) : names.get(from)
  if (mapped !== undefined) return mapped
  if (from === EVENT_TIME) return source.eventTime
  if (from === CREATED) return source.knownAt ?? null
  return undefined
}

function unknownColumn(from: string, source: SourceDefinition, names: ReadonlyMap<string, string> | null): SlipwayError {
  const known = names === null ? source.columns.map(c => c.name) : [...names.keys()]
  return new SlipwayError('unknown_feature', `df.${from} is no column of ${names === null ? `source ${source.name}` : 'the view'}.${suggest(from, known)} It has ${known.join(', ')}, besides ${EVENT_TIME} and ${CREATED}.`, { faults: [{ path: `df.${from}`, message: 'is not known' }] })
}
