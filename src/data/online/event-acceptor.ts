// The door of pushed events: what gets in can be stored, summed and found again exactly.
import type { SourceDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { PushedEvent } from '../../core/ports/features.ts'
import { coerceValue, type Value } from '../../core/schema.ts'
import { emptyColumn, setValue, type Table } from '../../core/table.ts'
import { formatDuration, formatTime, type Micros } from '../../core/time.ts'
import type { Stream } from '../../store/index.ts'
import { checkExactRange } from '../exact-sum.ts'
import { suggest } from '../../core/nearest-name.ts'
import { FUTURE_TOLERANCE } from './event-state.ts'
import { eventStream, idIndexes, idText } from './event-stream.ts'
import { stateKey } from './state-spec.ts'

/** An event as it is journaled; `values` in the order of the source's columns. */
export interface AcceptedEvent { id: string; eventTime: Micros; knownAt: Micros; values: Value[] }

export class EventAcceptor {
  readonly source: SourceDefinition
  /** Of the state that this source fills. */
  readonly key: string
  readonly stream: Stream
  readonly #ids: number[]
  readonly #time: number
  readonly #known: number

  /** @throws SlipwayError `invalid_request` for a static source. */
  constructor(source: SourceDefinition) {
    if (source.eventTime === undefined) throw new SlipwayError('invalid_request', `Source ${source.name} is static and takes no events. Import a dataset version and materialize it.`)
    this.source = source
    this.key = stateKey(source)
    this.stream = eventStream(source)
    this.#ids = idIndexes(source)
    this.#time = source.columns.findIndex(c => c.name === source.eventTime)
    this.#known = source.columns.findIndex(c => c.name === source.knownAt)
  }

  /**
   * Checks one event; it becomes known at the later of what it declares and `now`.
   * @throws SlipwayError `unknown_feature`, `wrong_type`, `value_out_of_range`, `invalid_request` (id or event time missing), `event_time_out_of_range` (ahead of the clock).
   */
  accept(event: PushedEvent, now: Micros, path: string): AcceptedEvent {
    const { source } = this
    const { columns } = source
    const given = event.values as unknown
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new SlipwayError('invalid_request', `${path}.values must be an object of the columns of source ${source.name}.`)
    const row = given as Record<string, unknown>
    const values: Value[] = []
    let found = 0
    for (let c = 0; c < columns.length; c++) {
      const { name, type } = columns[c]
      if (!Object.hasOwn(row, name)) { values.push(null); continue }
      found++
      const raw = row[name]
      const value = coerceValue(raw, type, `${path}.values.${name}`)
      values.push(type === 'float64' && value !== null ? checkExactRange(value as number, `${path}.values.${name}`) : value)
    }
    if (found !== Object.keys(row).length) this.#refuseUnknown(row, path)
    const id = idText(this.#ids, values)
    if (id === null) throw missing(path, source.id.find(name => (row[name] ?? null) === null) ?? source.id[0], `part of the id of source ${source.name}`)
    const eventTime = values[this.#time] as Micros | null
    if (eventTime === null) throw missing(path, source.columns[this.#time].name, `the event time of source ${source.name}`)
    if (eventTime > now + FUTURE_TOLERANCE) {
      throw new SlipwayError('event_time_out_of_range', `${path}: the event time ${showTime(eventTime)} is more than ${formatDuration(FUTURE_TOLERANCE)} ahead of the clock, ${showTime(now)}.`, { remedy: 'Correct the clock of the sender, or push the event when it has happened.' })
    }
    const declared = coerceValue(event.knownAt, 'timestamp', `${path}.knownAt`) as Micros | null
    const inRow = this.#known < 0 ? null : values[this.#known] as Micros | null
    return { id, eventTime, knownAt: Math.max(now, declared ?? now, inRow ?? now), values }
  }

  /** The journal's rows. */
  table(events: readonly AcceptedEvent[]): Table {
    const { columns: schema } = this.stream
    const columns = schema.map(c => emptyColumn(c.type, events.length))
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      columns[0].values[i] = event.id
      columns[1].values[i] = event.eventTime
      columns[2].values[i] = event.knownAt
      for (let c = 0; c < event.values.length; c++) setValue(columns[c + 3], i, event.values[c])
    }
    return { rows: events.length, schema, columns }
  }

  #refuseUnknown(row: Record<string, unknown>, path: string): void {
    const known = this.source.columns.map(c => c.name)
    for (const name of Object.keys(row)) {
      if (known.includes(name)) continue
      throw new SlipwayError('unknown_feature', `${path}.values.${name} is no column of source ${this.source.name}.${suggest(name, known)} It has ${known.join(', ')}.`, { faults: [{ path: `${path}.values.${name}`, message: 'is no column of the source' }] })
    }
  }
}

function missing(path: string, name: string, what: string): SlipwayError {
  return new SlipwayError('invalid_request', `${path}.values.${name} is ${what} and is missing.`, { faults: [{ path: `${path}.values.${name}`, message: 'is missing' }] })
}

/** Times beyond the calendar are shown as the number they are. */
export function showTime(time: Micros): string { return Math.abs(time) <= 8.64e18 && Number.isSafeInteger(time) ? formatTime(time) : String(time) }
