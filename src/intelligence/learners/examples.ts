// Labelled rows in the form that learners read: numbers with NaN, categories as codes.
import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import { columnOf, toFloats, type ColumnData, type Table } from '../../core/table.ts'
import { inputOfColumn } from '../../models/index.ts'

export interface NumberFeature { name: string; type: 'float64'; /** NaN is missing. */ values: Float64Array }
export interface CategoryFeature {
  name: string
  type: 'category'
  /** Every category of the column, in code-unit order. */
  categories: string[]
  /** Place in `categories`, or −1 for missing. */
  codes: Int32Array
}
export type Feature = NumberFeature | CategoryFeature

/** Rows are in order of time: validation takes the last ones. */
export interface Examples {
  rows: number
  features: Feature[]
  /** 0 or 1 a row. */
  label: Uint8Array
}

/**
 * Takes features and label out of a table, by copy.
 * @throws SlipwayError `invalid_definition` for a feature that the table lacks or that is a timestamp, `invalid_request` for a label
 * that is missing, not boolean or has only one outcome.
 */
export function examplesOf(table: Table, features: readonly Column[], label: string): Examples {
  if (features.length === 0) throw new SlipwayError('invalid_definition', 'A model needs at least one feature.')
  return { rows: table.rows, features: features.map(f => featureOf(table, f)), label: labelOf(table, label) }
}

function featureOf(table: Table, column: Column): Feature {
  const { name, type } = inputOfColumn(column)
  const data = columnOf(table, name)
  if (data === undefined) throw new SlipwayError('invalid_definition', `The table has no column ${name}; it has ${table.schema.map(c => c.name).join(', ')}.`)
  if (data.type !== column.type) throw new SlipwayError('invalid_definition', `The column ${name} is ${data.type} in the table, and ${column.type} as a feature.`)
  if (data.type === 'string') return { name, type: 'category', ...encodeCategories(data) }
  const values = toFloats(data)
  const infinite = values.findIndex(v => v === Number.POSITIVE_INFINITY || v === Number.NEGATIVE_INFINITY)
  if (infinite >= 0) throw new SlipwayError('invalid_request', `The feature ${name} is ${values[infinite]} in row ${infinite}; a number must be finite, or missing.`)
  return { name, type: type as 'float64', values }
}

function encodeCategories(data: ColumnData & { type: 'string' }): { categories: string[]; codes: Int32Array } {
  const codes = new Int32Array(data.values.length)
  const seen = new Map<string, number>()
  for (let i = 0; i < codes.length; i++) {
    if (data.valid !== undefined && data.valid[i] === 0) { codes[i] = -1; continue }
    const value = data.values[i]
    let code = seen.get(value)
    if (code === undefined) seen.set(value, code = seen.size)
    codes[i] = code
  }
  const categories = [...seen.keys()].sort()
  const place = new Int32Array(categories.length)
  categories.forEach((c, i) => { place[seen.get(c) as number] = i })
  for (let i = 0; i < codes.length; i++) if (codes[i] >= 0) codes[i] = place[codes[i]]
  return { categories, codes }
}

function labelOf(table: Table, name: string): Uint8Array {
  const data = columnOf(table, name)
  if (data === undefined) throw new SlipwayError('invalid_request', `The table has no label column ${name}.`)
  if (data.type === 'string' || data.type === 'timestamp') throw new SlipwayError('invalid_request', `The label ${name} must be boolean, and is ${data.type}.`)
  const label = new Uint8Array(table.rows)
  let positives = 0
  let missing = 0
  toFloats(data).forEach((v, i) => {
    if (v !== v) missing++
    else if (v !== 0 && v !== 1) throw new SlipwayError('invalid_request', `The label ${name} must be 0 or 1, and is ${v} in row ${i}.`)
    else positives += label[i] = v
  })
  if (missing > 0) throw new SlipwayError('invalid_request', `The label ${name} is missing in ${missing} of ${table.rows} rows; leave those rows out.`)
  if (positives === 0 || positives === table.rows) throw new SlipwayError('invalid_request', `The label ${name} needs both outcomes, and ${positives} of ${table.rows} rows are true.`)
  return label
}
