// Tensors by column name, to rows and back.
import { SlipwayError } from '../../core/errors.ts'
import type { ColumnType } from '../../core/schema.ts'
import type { EndpointDescription, PredictionRow } from '../../production/index.ts'

export interface Tensor { name: string; datatype: string; shape: number[]; data: unknown[] }
export interface InferRequest { id?: string; inputs: Tensor[] }

const MOST_ROWS = 10_000
const TIME_INPUT = 'eventTime'
const DATATYPES: Record<ColumnType, string> = { float64: 'FP64', int64: 'INT64', boolean: 'BOOL', string: 'BYTES', timestamp: 'BYTES' }
const KNOWN = new Set(['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64', 'BYTES'])

/** Entities first, then request features; an input name that is both is sent once and used for both. */
export function inputTensors({ entities, request, labelEntity }: EndpointDescription): { name: string; datatype: string; shape: number[] }[] {
  const columns = new Map<string, ColumnType>()
  for (const { name, type } of [...entities, ...request, ...(labelEntity === null ? [] : [labelEntity])]) if (!columns.has(name)) columns.set(name, type)
  return [...columns].map(([name, type]) => ({ name, datatype: DATATYPES[type], shape: [-1] }))
}

export function outputTensors({ threshold }: EndpointDescription): { name: string; datatype: string; shape: number[] }[] {
  return [{ name: 'output', datatype: 'FP64', shape: [-1] }, ...(threshold === null ? [] : [{ name: 'decision', datatype: 'BOOL', shape: [-1] }])]
}

/** @throws SlipwayError `invalid_request`, `unknown_feature`, naming the input. Missing columns and values are told by the prediction itself. */
export function readRows(endpoint: EndpointDescription, { inputs }: InferRequest): PredictionRow[] {
  if (inputs.length === 0) throw refuse('inputs', 'must have one tensor a column')
  const entityNames = new Set([...endpoint.entities, ...(endpoint.labelEntity === null ? [] : [endpoint.labelEntity])].map(e => e.name))
  const requestNames = new Map(endpoint.request.map(r => [r.name, r.type]))
  const rows = inputs[0].shape[0] ?? 0
  if (rows < 1 || rows > MOST_ROWS) throw refuse(`inputs.${inputs[0].name}`, `must have 1 to ${MOST_ROWS} rows, and its shape is [${inputs[0].shape.join(', ')}]`)
  const out: { entities: Record<string, unknown>; request: Record<string, unknown>; eventTime?: string | number | null }[] = Array.from({ length: rows }, () => ({ entities: {}, request: {} }))
  const seen = new Set<string>()
  for (const tensor of inputs) {
    const path = `inputs.${tensor.name}`
    if (seen.has(tensor.name)) throw refuse(path, 'came twice')
    seen.add(tensor.name)
    const data = readColumn(tensor, path, rows)
    const isEntity = entityNames.has(tensor.name)
    const type = requestNames.get(tensor.name)
    if (!isEntity && type === undefined && tensor.name !== TIME_INPUT) {
      throw new SlipwayError('unknown_feature', `${path} is neither an entity nor a request feature of ${endpoint.endpoint}; those are ${[...new Set([...entityNames, ...requestNames.keys()])].join(', ')}.`)
    }
    for (let i = 0; i < rows; i++) {
      if (isEntity) out[i].entities[tensor.name] = data[i]
      if (type !== undefined) out[i].request[tensor.name] = data[i]
      if (!isEntity && type === undefined) out[i].eventTime = data[i] as string
    }
  }
  return out
}

function readColumn({ datatype, shape, data }: Tensor, path: string, rows: number): unknown[] {
  if (!KNOWN.has(datatype)) throw refuse(path, `has the datatype ${datatype.slice(0, 20)}; there are ${[...KNOWN].join(', ')}`)
  const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
  if (!isColumn || shape[0] !== rows) throw refuse(path, `must be of shape [${rows}] or [${rows}, 1], and is [${shape.join(', ')}]`)
  const flat = data.length === rows && Array.isArray(data[0]) ? data.flat() : data
  if (flat.length !== rows) throw refuse(path, `must have ${rows} values, and has ${flat.length}`)
  return flat
}

function refuse(path: string, message: string): SlipwayError {
  return new SlipwayError('invalid_request', `${path} ${message}.`, { faults: [{ path, message }] })
}
