// Tensors of a request to rows: one tensor a column, by name; or one matrix, for an endpoint without entities.
import { MOST_ROWS, type EndpointDescription } from '../../production/index.ts'
import { askedColumns, type Elements, type NamedColumn } from '../inference/columns.ts'
import { refuse } from '../inference/refusal.ts'
import { datatypeOf } from './datatypes.ts'
import type { Tensor } from './tensor.ts'

/** What a model is asked with: one tensor a column, in any order. */
export function inputTensors(endpoint: EndpointDescription): { name: string; datatype: string; shape: number[] }[] {
  return askedColumns(endpoint).map(({ name, type }) => ({ name, datatype: datatypeOf(type), shape: [-1] }))
}

/** @throws SlipwayError `invalid_request`, `unknown_feature`, naming the input. Missing columns and values are told by the prediction itself. */
export function columnsOfTensors(endpoint: EndpointDescription, inputs: readonly Tensor[]): { columns: NamedColumn[]; rows: number } {
  if (inputs.length === 0) throw refuse('inputs', 'must have one tensor a column, or one matrix of them')
  const [{ name, shape }] = inputs
  const rows = shape[0]
  if (rows < 1 || rows > MOST_ROWS) throw refuse(`inputs.${name}`, `must have 1 to ${MOST_ROWS} rows, and its shape is [${shape.join(', ')}]`)
  return { columns: isMatrix(endpoint, inputs) ? columnsOfMatrix(endpoint, inputs[0]) : columnsOf(inputs, rows), rows }
}

/** By name, where all of them are numbers; else null. */
export function numbersOf(columns: readonly NamedColumn[]): Map<string, Float64Array> | null {
  const numbers = new Map<string, Float64Array>()
  for (const { name, elements } of columns) if (elements instanceof Float64Array) numbers.set(name, elements)
  return numbers.size === columns.length ? numbers : null
}

/** One tensor of any name, where there are no entities that it would have to name. */
function isMatrix(endpoint: EndpointDescription, inputs: readonly Tensor[]): boolean {
  if (inputs.length !== 1 || endpoint.entities.length > 0) return false
  const [{ name, shape }] = inputs
  const isKnown = endpoint.request.some(r => r.name === name)
  return shape.length === 2 ? !isKnown || shape[1] > 1 : shape.length === 1 && !isKnown && endpoint.request.length === 1
}

function columnsOfMatrix({ endpoint, request }: EndpointDescription, { name, shape, elements }: Tensor): NamedColumn[] {
  const [rows, width = 1] = shape
  if (width !== request.length) throw refuse(`inputs.${name}`, `must have ${request.length} columns, which are the inputs of ${endpoint} in their order (${shortList(request.map(r => r.name))}), and its shape is [${shape.join(', ')}]`)
  return request.map((column, k) => ({ name: column.name, elements: takeColumn(elements, k, width, rows), path: `inputs.${name}[:, ${k}]` }))
}

function takeColumn(elements: Elements, k: number, width: number, rows: number): Elements {
  if (width === 1) return elements
  if (!(elements instanceof Float64Array)) return Array.from({ length: rows }, (_, i) => elements[i * width + k])
  const out = new Float64Array(rows)
  for (let i = 0; i < rows; i++) out[i] = elements[i * width + k]
  return out
}

function columnsOf(inputs: readonly Tensor[], rows: number): NamedColumn[] {
  const seen = new Set<string>()
  return inputs.map(({ name, shape, elements }) => {
    const path = `inputs.${name}`
    if (seen.has(name)) throw refuse(path, 'came twice')
    seen.add(name)
    const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
    if (!isColumn || shape[0] !== rows) throw refuse(path, `must be of shape [${rows}] or [${rows}, 1], and is [${shape.join(', ')}]`)
    return { name, elements, path }
  })
}

function shortList(names: readonly string[]): string { return names.length <= 12 ? names.join(', ') : `${names.slice(0, 10).join(', ')}, … ${names.at(-1)}` }
