// Named columns to the rows of an endpoint: what every batch protocol comes down to.
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { ColumnType, Value } from '../../core/schema.ts'
import type { EndpointDescription, PredictionRow } from '../../production/index.ts'

/** Numbers with NaN for missing; or values, where they are text, booleans or integers that a double does not hold. */
export type Elements = Float64Array | readonly Value[]

/** One value a row. `path` names it in messages. */
export interface NamedColumn { name: string; elements: Elements; path: string }

/** Columns that are no features: the event time of a row, and its idempotency key. */
const TIME = { name: 'eventTime', type: 'timestamp' } as const
const KEY = { name: 'idempotencyKey', type: 'string' } as const
export const ROW_COLUMNS = [TIME, KEY] as const

type Taker = Pick<EndpointDescription, 'endpoint' | 'entities' | 'request' | 'labelEntity'>
interface WritableRow { entities: Record<string, unknown>; request: Record<string, unknown>; eventTime?: string | number | null; idempotencyKey?: string | null }

/** What an endpoint is asked with: entities first, then request features; a name that is both is sent once and used for both. */
export function askedColumns({ entities, request, labelEntity }: Taker): { name: string; type: ColumnType }[] {
  const columns = new Map<string, ColumnType>()
  for (const { name, type } of [...entities, ...request, ...(labelEntity === null ? [] : [labelEntity])]) if (!columns.has(name)) columns.set(name, type)
  return [...columns].map(([name, type]) => ({ name, type }))
}

/**
 * Rows of an endpoint. Missing columns and values of a wrong type are told by the prediction itself.
 * @throws SlipwayError `unknown_feature` for a column that it does not take, unless `ignoreOthers`.
 */
export function rowsOfColumns(endpoint: Taker, columns: readonly NamedColumn[], rows: number, options: { ignoreOthers?: boolean; /** 2.5 is taken as the whole number 2, as pandas casts it. */ truncate?: boolean } = {}): PredictionRow[] {
  const entityTypes = new Map([...endpoint.entities, ...(endpoint.labelEntity === null ? [] : [endpoint.labelEntity])].map(e => [e.name, e.type]))
  const requestTypes = new Map(endpoint.request.map(r => [r.name, r.type]))
  const out: WritableRow[] = []
  for (let i = 0; i < rows; i++) out.push({ entities: {}, request: {} })
  for (const { name, elements, path } of columns) {
    const entity = entityTypes.get(name)
    const feature = requestTypes.get(name)
    const given = options.truncate === true && (feature ?? entity) === 'int64' ? truncated(elements) : elements
    if (entity !== undefined) fill(given, entity, (i, v) => { out[i].entities[name] = v })
    if (feature !== undefined) fill(given, feature, (i, v) => { out[i].request[name] = v })
    if (entity !== undefined || feature !== undefined) continue
    if (name === TIME.name) fill(elements, TIME.type, (i, v) => { out[i].eventTime = v as string | number | null })
    else if (name === KEY.name) fill(elements, KEY.type, (i, v) => { out[i].idempotencyKey = v as string | null })
    else if (options.ignoreOthers !== true) throw unknownColumn(endpoint, name, path)
  }
  return out
}

/** One key for a request is one for each of its rows, unless a row has its own. */
export function withKey(rows: PredictionRow[], key: string | undefined): PredictionRow[] {
  if (key === undefined) return rows
  return rows.map((row, i) => (row.idempotencyKey === undefined || row.idempotencyKey === null ? { ...row, idempotencyKey: rows.length === 1 ? key : `${key}#${i}` } : row))
}

/** Widens without loss: 1 and 0 where true and false belong, and the other way round. */
function fill(elements: Elements, type: ColumnType, set: (i: number, value: unknown) => void): void {
  if (elements instanceof Float64Array) {
    const asBoolean = type === 'boolean'
    for (let i = 0; i < elements.length; i++) {
      const v = elements[i]
      set(i, Number.isNaN(v) ? null : asBoolean && (v === 0 || v === 1) ? v === 1 : v)
    }
    return
  }
  for (let i = 0; i < elements.length; i++) {
    const v = elements[i]
    if (typeof v === 'boolean' && (type === 'float64' || type === 'int64')) set(i, v ? 1 : 0)
    else if (type === 'boolean' && (v === 0 || v === 1)) set(i, v === 1)
    else set(i, typeof v === 'number' && Number.isNaN(v) ? null : v)
  }
}

function truncated(elements: Elements): Elements {
  return elements instanceof Float64Array ? elements.map(Math.trunc) : elements.map(v => (typeof v === 'number' ? Math.trunc(v) : v))
}

function unknownColumn(endpoint: Taker, name: string, path: string): SlipwayError {
  const known = askedColumns(endpoint).map(c => c.name)
  return new SlipwayError('unknown_feature', `${path} is neither an entity nor a request feature of ${endpoint.endpoint}.${suggest(name, known)} Those are ${known.join(', ')}.`, { faults: [{ path, message: 'is not known' }] })
}
