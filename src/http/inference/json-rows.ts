// Rows as JSON has them, lists or objects, to named columns.
import type { Value } from '../../core/schema.ts'
import type { EndpointDescription } from '../../production/index.ts'
import type { NamedColumn } from './columns.ts'
import { refuse } from './refusal.ts'

export interface NamedColumns { columns: NamedColumn[]; rows: number }

/**
 * A list whose items are all objects by name, or all lists in the order of `names`; a single name takes plain values too.
 * `names` null: the endpoint is asked by entities, and only objects say which value is which.
 * @throws SlipwayError `invalid_request`, `wrong_type`, naming the place.
 */
export function columnsOfList(list: readonly unknown[], names: readonly string[] | null, path: string): NamedColumns {
  if (list.length === 0) throw refuse(path, 'must have at least one row')
  if (isObject(list[0])) return columnsOfObjects(list, path)
  if (names === null) throw refuse(`${path}[0]`, 'must be an object of names and values: this endpoint is asked by entities')
  if (!Array.isArray(list[0]) && names.length > 1 && list.length === names.length && list.every(v => !Array.isArray(v) && !isObject(v))) throw refuse(path, `must be a list of rows, and is one row of ${list.length} values: put it into a list`)
  return columnsOfRows(list.map(row => (Array.isArray(row) ? row as unknown[] : [row])), names, path)
}

/** Each row holds its values in the order of `names`. */
export function columnsOfRows(rows: readonly unknown[], names: readonly string[], path: string): NamedColumns {
  if (rows.length === 0) throw refuse(path, 'must have at least one row')
  const values = names.map((): Value[] => [])
  rows.forEach((row, i) => {
    if (!Array.isArray(row)) throw refuse(`${path}[${i}]`, 'must be a list of values')
    if (row.length !== names.length) throw refuse(`${path}[${i}]`, `must have ${names.length} values (${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}), and has ${row.length}`)
    for (let k = 0; k < names.length; k++) values[k].push(readCell(row[k], `${path}[${i}]`, names[k]))
  })
  const repeated = names.find((name, k) => names.indexOf(name) !== k)
  if (repeated !== undefined) throw refuse(path, `names the column ${repeated} twice`)
  return { columns: names.map((name, k) => ({ name, elements: values[k], path: `${path}.${name}` })), rows: rows.length }
}

/** Name → list of values, one a row; a plain value is a list of one. */
export function columnsOfNamedLists(given: Record<string, unknown>, path: string): NamedColumns {
  let rows = -1
  const columns = Object.entries(given).map(([name, column]): NamedColumn => {
    const list = Array.isArray(column) ? column as unknown[] : [column]
    if (rows < 0) rows = list.length
    if (list.length !== rows) throw refuse(`${path}.${name}`, `must have ${rows} values, as the column before it, and has ${list.length}`)
    // A column may come as [[1], [2]].
    return { name, elements: list.map((v, i) => readCell(Array.isArray(v) && v.length === 1 ? v[0] : v, `${path}.${name}[${i}]`, '')), path: `${path}.${name}` }
  })
  if (rows < 1) throw refuse(path, 'must have at least one row')
  return { columns, rows }
}

/** What a name's order stands for where rows are lists; null where there are entities. */
export function positionalNames({ entities, request }: EndpointDescription): string[] | null {
  return entities.length > 0 ? null : request.map(r => r.name)
}

export function isObject(value: unknown): value is Record<string, unknown> { return typeof value === 'object' && value !== null && !Array.isArray(value) }

function columnsOfObjects(list: readonly unknown[], path: string): NamedColumns {
  const values = new Map<string, Value[]>()
  list.forEach((row, i) => {
    if (!isObject(row)) throw refuse(`${path}[${i}]`, 'must be an object of names and values, as the first is')
    for (const name of Object.keys(row)) {
      let column = values.get(name)
      if (column === undefined) values.set(name, column = new Array<Value>(list.length).fill(null))
      column[i] = readCell(row[name], `${path}[${i}]`, name)
    }
  })
  return { columns: [...values].map(([name, elements]) => ({ name, elements, path: `${path}.${name}` })), rows: list.length }
}

function readCell(value: unknown, path: string, name: string): Value {
  if (value === undefined || value === null) return null
  if (typeof value === 'object') throw refuse(name === '' ? path : `${path}.${name}`, `must be a value, and is ${Array.isArray(value) ? 'a list' : 'an object'}`, 'wrong_type')
  return value as Value
}
