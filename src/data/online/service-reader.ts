// One prepared service: from requests to their vectors, synchronously.
import type { EntityDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { FeatureOrigin, FeatureRead, FeatureRequest } from '../../core/ports/features.ts'
import { coerceValue, type Value } from '../../core/schema.ts'
import { formatDuration, type Micros } from '../../core/time.ts'
import type { CompiledService } from '../compiled-service.ts'
import { suggest } from '../../core/nearest-name.ts'
import { keyOf } from '../entity-key.ts'
import type { OnDemandRunner } from '../on-demand/on-demand.ts'
import { showTime } from './event-acceptor.ts'
import type { EventState } from './event-state.ts'
import { openView, statesOf } from './open-view.ts'
import type { StateSet } from './state-set.ts'
import type { ViewReader } from './view-reader.ts'

interface BoundView { /** Where its entities stand among those of the service. */ entities: number[]; reader: ViewReader }

export class ServiceReader {
  readonly service: CompiledService
  readonly #onDemand: OnDemandRunner
  readonly #requestNames: Set<string>
  /** Those that a request names: entities of views that are only looked up are found in rows. */
  readonly #entities: readonly EntityDefinition[]
  readonly #keyPaths: readonly string[]
  readonly #requestPaths: readonly string[]
  /** The outputs are what is looked up, in its order. */
  readonly #asLooked: boolean
  #views: BoundView[] = []
  #states: EventState[] = []

  constructor(service: CompiledService, onDemand: OnDemandRunner) {
    this.service = service
    this.#onDemand = onDemand
    this.#requestNames = new Set(service.request.map(r => r.name))
    const named = new Set([...service.content.service.entities, ...service.views.flatMap(v => v.entities.map(e => e.name))])
    this.#entities = service.content.entities.filter(e => named.has(e.name))
    this.#keyPaths = this.#entities.map(e => `entities.${e.name}`)
    this.#requestPaths = service.request.map(r => `request.${r.name}`)
    this.#asLooked = service.outputs.length === service.lookups.length && service.outputs.every(({ from, index }, i) => from === 'lookup' && index === i)
  }

  /** Reads from these states from now on; they cover what the service needs. */
  bind(states: StateSet): void {
    const { views } = this.service
    this.#views = views.map(view => ({ entities: view.entities.map(own => this.#entities.findIndex(e => e.name === own.name)), reader: openView(view, states) }))
    this.#states = [...new Set(views.flatMap(v => statesOf(v, states)))]
  }

  /** All rows, as `read` does each. */
  readAll(rows: readonly FeatureRequest[], { origins = false } = {}): Pick<FeatureRead, 'vectors' | 'origins'> {
    const vectors = new Array<Value[]>(rows.length)
    const found = new Array<(FeatureOrigin | null)[]>(origins ? rows.length : 0)
    for (let i = 0; i < rows.length; i++) {
      try { vectors[i] = this.read(rows[i], '', origins ? found[i] = [] : undefined) } catch (error) {
        // The same again, with the place of the row.
        if (rows.length > 1) this.read(rows[i], `rows[${i}].`)
        throw error
      }
    }
    return origins ? { vectors, origins: found } : { vectors }
  }

  /**
   * One value an output, in order, and where it came from in `origins`, when that is given. A null key, or one never seen, is a key without rows.
   * @param path where the row stands in the request: '' or `rows[3].`
   * @throws SlipwayError `missing_entity`, `missing_request_field`, `unknown_feature`, `wrong_type`, `event_time_out_of_range`
   */
  read(row: FeatureRequest, path: string, origins?: (FeatureOrigin | null)[]): Value[] {
    const { at } = row
    if (!Number.isSafeInteger(at)) throw new SlipwayError('wrong_type', `${path}at must be a time in whole microseconds, and is ${String(at)}.`)
    for (const state of this.#states) if (at < state.oldestRead) this.#refuseTime(state, at, path)
    const keys = this.#keys(row, path)
    const request = this.#request(row, path)
    const { lookups, outputs } = this.service
    const looked = new Array<Value>(lookups.length).fill(null)
    const found = origins === undefined || this.#asLooked ? origins : new Array<FeatureOrigin | null>(lookups.length).fill(null)
    const views = this.#views
    for (let i = 0; i < views.length; i++) {
      const { entities, reader } = views[i]
      const key = entities.length === 1 ? keys[entities[0]] : keyOf(entities.map(e => keys[e]))
      if (found === undefined) reader.read(key, at, at, looked)
      else reader.trace(key, at, looked, found)
    }
    if (this.#asLooked) return looked
    const computed = this.#onDemand.compute(request, looked)
    const vector = new Array<Value>(outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      const { from, index } = outputs[i]
      vector[i] = (from === 'lookup' ? looked : from === 'request' ? request : computed)[index]
    }
    if (origins !== undefined && found !== undefined) for (const { from, index } of outputs) origins.push(from === 'lookup' ? found[index] : null)
    return vector
  }

  #keys(row: FeatureRequest, path: string): Value[] {
    const entities = this.#entities
    const keys: Value[] = []
    for (const { name, type } of entities) {
      if (!Object.hasOwn(row.entities, name) || row.entities[name] === undefined) {
        throw new SlipwayError('missing_entity', `${path}entities.${name} is missing: service ${this.service.content.service.name} reads ${entities.map(e => e.name).join(', ')}. Send null where the key is not known.`, { faults: [{ path: `${path}entities.${name}`, message: 'is missing' }] })
      }
      keys.push(coerceValue(row.entities[name], type, path === '' ? this.#keyPaths[keys.length] : `${path}entities.${name}`))
    }
    return keys
  }

  #request(row: FeatureRequest, path: string): Value[] {
    const { request } = this.service
    const values: Value[] = []
    let found = 0
    for (const { name, type, optional } of request) {
      const given = Object.hasOwn(row.request, name) ? row.request[name] : undefined
      if (given !== undefined) found++
      else if (!optional) throw new SlipwayError('missing_request_field', `${path}request.${name} is missing: it must be ${type}, or null where it is not known.`, { faults: [{ path: `${path}request.${name}`, message: 'is missing' }] })
      values.push(coerceValue(given, type, path === '' ? this.#requestPaths[values.length] : `${path}request.${name}`))
    }
    if (found !== countKeys(row.request)) {
      const known = [...this.#requestNames]
      const unknown = Object.keys(row.request).find(name => !this.#requestNames.has(name))
      if (unknown !== undefined) throw new SlipwayError('unknown_feature', `${path}request.${unknown} is no request feature of service ${this.service.content.service.name}.${suggest(unknown, known)} It has ${known.join(', ') || 'none'}.`, { faults: [{ path: `${path}request.${unknown}`, message: 'is not known' }] })
    }
    return values
  }

  #refuseTime(state: EventState, at: Micros, path: string): never {
    throw new SlipwayError('event_time_out_of_range', `${path}at is ${showTime(at)}: source ${state.source.name} has events up to ${showTime(state.watermark)} and answers exactly from ${showTime(state.oldestRead)} on (features.lateness is ${formatDuration(state.spec.lateness)}).`)
  }
}

function countKeys(row: object): number {
  let n = 0
  for (const name in row) if (Object.hasOwn(row, name)) n++
  return n
}
