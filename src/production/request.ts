// From what a client sent to what is scored. Every fault is named by its path; nothing here is ever a 5xx.
import { canonicalize, type Json } from '../core/canonical.ts'
import type { RequestFeature } from '../core/definition.ts'
import { sha256 } from '../core/digest.ts'
import { SlipwayError, type ErrorCode, type Fault } from '../core/errors.ts'
import { coerceValue, type Column, type Row, type Value } from '../core/schema.ts'
import { formatTime, type Micros } from '../core/time.ts'
import { suggest } from '../core/nearest-name.ts'

/** One row as a client sends it. `eventTime` is ISO 8601 or microseconds; default: the home's time. */
export interface PredictionRow {
  entities?: Record<string, unknown>
  request?: Record<string, unknown>
  eventTime?: string | number | null
  idempotencyKey?: string | null
}

/** What an endpoint takes: names and types. */
export interface RequestShape {
  endpoint: string
  entities: Column[]
  request: RequestFeature[]
  /** The entity by which labels find their prediction; when the features do not read it, it may be left out. */
  labelEntity: Column | null
}

export interface CheckedRow {
  entities: Record<string, Value>
  request: Row
  at: Micros
  /** The home's time when the row was accepted. */
  acceptedAt: Micros
  labelKey: string | null
  idempotencyKey: string | null
  requestDigest: string | null
}

/** Event times that can be printed and added to: years 1 to 2255. */
const EARLIEST = -62_135_596_800_000_000
const LATEST = 9_000_000_000_000_000
const ROW_FIELDS = ['entities', 'request', 'eventTime', 'idempotencyKey']
const FAULTS_SHOWN = 20

/** Gathers faults; the first one gives the error its code and message. */
export class Faults {
  readonly list: Fault[] = []
  #code: ErrorCode | null = null
  #message = ''

  add(code: ErrorCode, path: string, message: string, full = `${path} ${message}`): void {
    if (this.#code === null) { this.#code = code; this.#message = full }
    if (this.list.length < FAULTS_SHOWN) this.list.push({ path, message })
  }

  /** The value, or null with the fault noted. */
  coerce(value: unknown, type: Column['type'], path: string): Value {
    try { return coerceValue(value, type, path) } catch (error) {
      if (!(error instanceof SlipwayError)) throw error
      this.add(error.code, path, error.faults[0]?.message ?? error.message, error.message)
      return null
    }
  }

  throwIfAny(): void {
    if (this.#code !== null) throw new SlipwayError(this.#code, this.#message, { faults: this.list })
  }
}

export const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/**
 * Checks one row against what the endpoint takes.
 * @throws SlipwayError `missing_entity`, `missing_request_field`, `unknown_feature`, `wrong_type`, `invalid_request`, with a fault for each path.
 */
export function checkRow(shape: RequestShape, row: unknown, path: string, now: Micros): CheckedRow {
  const faults = new Faults()
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (!isObject(row)) throw new SlipwayError('invalid_request', `${path || 'The row'} must be an object with entities and request.`, { faults: [{ path, message: 'must be an object' }] })
  for (const name of Object.keys(row)) {
    if (!ROW_FIELDS.includes(name)) faults.add('unknown_feature', at(name), `is not known.${suggest(name, ROW_FIELDS)}`)
  }
  const sentEntities = part(row.entities, at('entities'), faults)
  const sentRequest = part(row.request, at('request'), faults)

  const entities: Record<string, Value> = {}
  for (const { name, type } of shape.entities) {
    const field = at(`entities.${name}`)
    if (!Object.hasOwn(sentEntities, name)) faults.add('missing_entity', field, 'is missing', `${field} is missing: ${shape.endpoint} looks up features by ${shape.entities.map(e => e.name).join(', ')}.`)
    else entities[name] = faults.coerce(sentEntities[name], type, field)
  }
  const label = shape.labelEntity
  let labelKey: string | null = null
  if (label !== null && Object.hasOwn(sentEntities, label.name)) {
    const key = faults.coerce(sentEntities[label.name], label.type, at(`entities.${label.name}`))
    labelKey = key === null ? null : String(key)
  }
  for (const name of Object.keys(sentEntities)) {
    if (Object.hasOwn(entities, name) || name === label?.name || shape.entities.some(e => e.name === name)) continue
    const known = [...shape.entities.map(e => e.name), ...(label === null ? [] : [label.name])]
    faults.add('unknown_feature', at(`entities.${name}`), `is not an entity of ${shape.endpoint}.${suggest(name, known)}`)
  }

  const request: Row = {}
  for (const { name, type, optional } of shape.request) {
    const field = at(`request.${name}`)
    const sent = Object.hasOwn(sentRequest, name) ? sentRequest[name] : undefined
    if (sent === undefined && optional !== true) faults.add('missing_request_field', field, `is missing (${type})`)
    else if (sent === null && optional !== true) faults.add('wrong_type', field, `must be ${type}, and is null`)
    else request[name] = faults.coerce(sent, type, field)
  }
  for (const name of Object.keys(sentRequest)) {
    if (Object.hasOwn(request, name) || shape.request.some(r => r.name === name)) continue
    faults.add('unknown_feature', at(`request.${name}`), `is not a request feature of ${shape.endpoint}.${suggest(name, shape.request.map(r => r.name))}`)
  }

  const time = row.eventTime === undefined || row.eventTime === null ? now : faults.coerce(row.eventTime, 'timestamp', at('eventTime')) as Micros | null
  if (time !== null && (time < EARLIEST || time > LATEST)) faults.add('wrong_type', at('eventTime'), `must be between ${formatTime(EARLIEST)} and ${formatTime(LATEST)}, in microseconds`)
  const key = row.idempotencyKey ?? null
  if (key !== null && (typeof key !== 'string' || key.length < 1 || key.length > 256 || !key.isWellFormed())) faults.add('wrong_type', at('idempotencyKey'), 'must be text of 1 to 256 characters')
  faults.throwIfAny()
  return {
    entities, request, at: time as Micros, acceptedAt: now, labelKey, idempotencyKey: key as string | null,
    requestDigest: key === null ? null : requestDigest(row),
  }
}

/**
 * Identity of a row's body, before any definition is looked at: the same bytes stay the same request when the endpoint has changed since.
 * Values that are no plain data make it null; `checkRow` names them.
 */
export function requestDigest(row: PredictionRow): string | null {
  if (!isFlat(row.entities) || !isFlat(row.request)) return null
  const { entities = {}, request = {}, eventTime = null } = row
  if (eventTime !== null && typeof eventTime !== 'string' && typeof eventTime !== 'number') return null
  try { return sha256(canonicalize({ entities, request, eventTime } as Json)) } catch { return null }
}

function isFlat(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.values(value).every(v => v === null || typeof v !== 'object'))
}

function part(value: unknown, path: string, faults: Faults): Record<string, unknown> {
  if (value === undefined) return {}
  if (isObject(value)) return value
  faults.add('wrong_type', path, 'must be an object of names and values')
  return {}
}
