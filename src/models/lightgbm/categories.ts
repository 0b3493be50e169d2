// Which inputs are categories, and the values that pandas gave codes to.
import type { EncodedInput } from '../inputs.ts'
import { readArray, refuse } from '../reading.ts'
import type { Sections } from './lines.ts'

/** Inputs of a model; text and numbers of pandas' categories become the codes that training had, unknown ones count as missing. */
export function readInputs({ header, parameters, pandasCategories }: Sections, size: number): EncodedInput[] {
  const names = (header.get('feature_names') ?? refuse('feature_names', 'is missing')).split(' ')
  if (names.length !== size) refuse('feature_names', `must have ${size} names, as max_feature_idx says, and has ${names.length}`)
  if (new Set(names).size !== size) refuse('feature_names', 'has a name twice')
  const inputs = names.map((name): EncodedInput => ({ name, type: 'float64' }))
  const dictionaries = pandasCategories === null ? [] : parse(pandasCategories)
  if (dictionaries.length === 0) return inputs
  const columns = categoricalColumns(header.get('feature_infos') ?? '', parameters.get('categorical_feature') ?? '', size)
  if (columns.length !== dictionaries.length) refuse('pandas_categorical', `has the categories of ${dictionaries.length} columns, and ${columns.length} columns are categorical: which ones they belong to is not in the file. Train with categories of pandas alone, or with numbers alone`)
  columns.forEach((column, i) => { inputs[column] = inputOf(inputs[column].name, dictionaries[i], `pandas_categorical[${i}]`) })
  return inputs
}

function parse(text: string): unknown[] {
  let value: unknown
  try { value = JSON.parse(text) } catch { refuse('pandas_categorical', 'is not JSON') }
  return value === null ? [] : readArray(value, 'pandas_categorical')
}

/** By the parameter, or else by the form of `feature_infos`: `[least:most]` for numbers, `1:2:0` for categories. */
function categoricalColumns(infos: string, parameter: string, size: number): number[] {
  if (/^\d+(?:,\d+)*$/.test(parameter)) {
    const columns = [...new Set(parameter.split(',').map(Number))].sort((a, b) => a - b)
    if (columns.at(-1)! >= size) refuse('parameters.categorical_feature', `must be below ${size}`)
    return columns
  }
  return infos.split(' ').flatMap((info, i) => (i < size && /^-?\d+(?::-?\d+)*$/.test(info) ? [i] : []))
}

function inputOf(name: string, value: unknown, path: string): EncodedInput {
  const values = readArray(value, path)
  if (new Set(values).size !== values.length) refuse(path, 'has a category twice')
  if (values.every(v => typeof v === 'string')) return { name, type: 'category', categories: values as string[], unknownMissing: true }
  if (values.every(v => typeof v === 'number' || typeof v === 'boolean')) return { name, type: 'float64', numbers: values.map(Number) }
  return refuse(path, 'must be text only or numbers only')
}
