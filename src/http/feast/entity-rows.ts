// The `entities` of a request, column by column, as rows for the features' reader.
import { SlipwayError } from '../../core/errors.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { FeatureRequest } from '../../core/ports/features.ts'
import type { Row, Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'
import { feastError } from './errors.ts'
import type { ReadPlan } from './read-plan.ts'
import { asKey, readValue } from './wire-values.ts'

export interface EntityColumns { columns: Record<string, unknown[]>; rows: number }

/** @throws SlipwayError `invalid_request`: no object of lists, lists of different lengths, no rows. */
export function readColumns(entities: unknown, what = 'entities'): EntityColumns {
  if (typeof entities !== 'object' || entities === null || Array.isArray(entities)) throw refuse(`${what} must be an object of columns, and is missing or something else.`, 'Send one list a column, all of one length.')
  const columns = entities as Record<string, unknown[]>
  let rows = -1
  let first = ''
  for (const name of Object.keys(columns)) {
    const column: unknown = columns[name]
    if (!Array.isArray(column)) throw refuse(`${what}.${name} must be a list.`, 'Send one list a column, all of one length.')
    if (rows < 0) { rows = column.length; first = name }
    if (column.length !== rows) throw refuse(`${what}.${name} has ${column.length} values, and ${what}.${first} has ${rows}.`, 'Send one list a column, all of one length.')
  }
  return { columns, rows: Math.max(0, rows) }
}

/** The same with the join keys in the types of their entities, where they came as text for a number or the other way round. */
export function withKeys(plan: ReadPlan, given: EntityColumns): EntityColumns {
  let { columns } = given
  for (const { column, type } of plan.keys) {
    const values = Object.hasOwn(columns, column) ? columns[column] : []
    if (values.some(v => asKey(v, type) !== v)) columns = { ...columns, [column]: values.map(v => asKey(v, type)) }
  }
  return columns === given.columns ? given : { ...given, columns }
}

/** @throws SlipwayError `missing_entity`, `wrong_type`; as `RequestDataNotFoundInEntityRowsException` without what on-demand features need. */
export function entityRows(plan: ReadPlan, { columns, rows }: EntityColumns, at: Micros): FeatureRequest[] {
  for (const { column, entity } of plan.keys) if (!Object.hasOwn(columns, column)) throw missingKey(plan, columns, column, entity)
  if (rows === 0) throw refuse('There are no entity rows.', 'Send at least one key.')
  const missing = plan.request.filter(r => !r.optional && !Object.hasOwn(columns, r.name)).map(r => r.name)
  if (missing.length > 0) throw feastError('RequestDataNotFoundInEntityRowsException', 'not_found', `Required request data source features ['${missing.join("', '")}'] not found in the entity rows, but required by feature views`, 'Send them as columns beside the keys.')
  const requests: FeatureRequest[] = []
  for (let i = 0; i < rows; i++) {
    const entities: Record<string, Value> = {}
    for (const { column, entity, type } of plan.keys) entities[entity] = readValue(columns[column][i], type, `entities.${column}[${i}]`)
    const request: Row = {}
    for (const { name, type } of plan.request) if (Object.hasOwn(columns, name)) request[name] = readValue(columns[name][i], type, `entities.${name}[${i}]`)
    requests.push({ entities, request, at })
  }
  return requests
}

function missingKey(plan: ReadPlan, columns: Record<string, unknown[]>, column: string, entity: string): SlipwayError {
  const near = suggest(column, Object.keys(columns))
  return new SlipwayError('missing_entity', `entities.${column} is missing: it is the join key of entity ${entity}.${near === '' ? '' : near.replace('Did you mean', 'Is it')}`, {
    remedy: `Send ${plan.keys.map(k => k.column).join(', ')}; null where a key is not known.`, faults: [{ path: `entities.${column}`, message: 'is missing' }],
  })
}

function refuse(message: string, remedy: string): SlipwayError { return new SlipwayError('invalid_request', message, { remedy }) }
