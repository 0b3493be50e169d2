// The four JSON forms of MLflow's scoring protocol, of which a request has exactly one.
import { SlipwayError } from '../../core/errors.ts'
import type { EndpointDescription } from '../../production/index.ts'
import { columnsOfList, columnsOfNamedLists, columnsOfRows, isObject, positionalNames, type NamedColumns } from '../inference/json-rows.ts'

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const

export interface Scoring extends NamedColumns { params: Record<string, unknown> }

/** @throws SlipwayError `wrong_type`, `invalid_request`, naming the member. */
export function readForm(body: unknown, endpoint: EndpointDescription): Scoring {
  if (!isObject(body)) throw refuse(`The body must be an object with one of ${FORMS.join(', ')}.`, '')
  const given = FORMS.filter(form => Object.hasOwn(body, form))
  if (given.length !== 1) throw refuse(`The body must have exactly one of ${FORMS.join(', ')}, and has ${given.length === 0 ? 'none' : given.join(' and ')}.`, given[1] ?? '')
  const { params } = body
  if (params !== undefined && params !== null && !isObject(params)) throw refuse('params must be an object.', 'params')
  return { ...readColumns(given[0], body[given[0]], positionalNames(endpoint)), params: isObject(params) ? params : {} }
}

function readColumns(form: typeof FORMS[number], value: unknown, names: readonly string[] | null): NamedColumns {
  if (form === 'dataframe_split') return readSplit(value, names)
  if (form === 'inputs' && isObject(value)) return columnsOfNamedLists(value, form)
  if (!Array.isArray(value)) throw refuse(`${form} must be a list of rows${form === 'inputs' ? ', or an object of columns' : ''}.`, form)
  if (form === 'dataframe_records' && !value.every(isObject)) throw refuse('dataframe_records must be a list of objects by column name.', form)
  return columnsOfList(value, names, form)
}

/** Without columns, the values stand in the order of the inputs. */
function readSplit(value: unknown, names: readonly string[] | null): NamedColumns {
  if (!isObject(value) || !Array.isArray(value.data)) throw refuse('dataframe_split must be an object with columns and data, a list of rows.', 'dataframe_split.data')
  const { columns = names, data } = value as { columns?: unknown; data: unknown[] }
  if (!Array.isArray(columns) || !columns.every(c => typeof c === 'string')) throw refuse('dataframe_split.columns must be a list of names.', 'dataframe_split.columns')
  return columnsOfRows(data, columns, 'dataframe_split.data')
}

function refuse(message: string, path: string): SlipwayError {
  return new SlipwayError('invalid_request', message, { remedy: 'Send {"dataframe_split": {"columns": [NAME, …], "data": [ROW, …]}}, or another form of MLflow\'s scoring protocol.', faults: [{ path, message }] })
}
