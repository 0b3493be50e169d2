// A request of the protocol as REST sends it: JSON, or JSON with the bytes of binary tensors behind it.
import { isUtf8 } from 'node:buffer'
import { SlipwayError } from '../../core/errors.ts'
import { refuse } from '../inference/refusal.ts'
import { parseJsonTensors } from '../json.ts'
import { DATATYPES } from './datatypes.ts'
import { mayBeInexact, readElements } from './elements.ts'
import { readRaw } from './raw-elements.ts'
import { countElements, readDatatype, type Tensor } from './tensor.ts'

/** An output that was asked for. */
export interface RequestedOutput { name: string; binary: boolean | undefined }

export interface InferMessage {
  id: string | undefined
  inputs: Tensor[]
  /** Undefined: all of them. */
  outputs: RequestedOutput[] | undefined
  /** Outputs as binary unless one says otherwise. */
  binaryOutput: boolean
  idempotencyKey: string | undefined
}

type Members = Record<string, unknown>

/**
 * Reads a body, not compressed any more. `headerLength`: bytes of JSON before the binary tensors, as Inference-Header-Content-Length has it.
 * @throws SlipwayError `invalid_json`, `invalid_request`, `wrong_type`, naming the member or input. Members that are not known are left alone.
 */
export function readMessage(body: Buffer, headerLength: string | undefined): InferMessage {
  const length = readLength(headerLength, body.length)
  const head = body.subarray(0, length)
  if (head.length === 0) throw new SlipwayError('invalid_json', 'The body is empty.')
  if (!isUtf8(head)) throw new SlipwayError('invalid_json', headerLength === undefined ? 'The body is not UTF-8.' : 'The JSON before the binary tensors is not UTF-8.')
  const { value, exact } = parseJsonTensors(head.toString('utf8'))
  const { id, parameters, inputs, outputs } = membersOf(value, 'The body')
  if (id !== undefined && id !== null && (typeof id !== 'string' || id.length > 1_000)) throw refuse('id', 'must be text of 1,000 characters at most', 'wrong_type')
  const own = parameters === undefined || parameters === null ? {} : membersOf(parameters, 'parameters')
  const key = own.idempotency_key
  if (key !== undefined && typeof key !== 'string') throw refuse('parameters.idempotency_key', 'must be text', 'wrong_type')
  return {
    id: typeof id === 'string' && id !== '' ? id : undefined,
    inputs: readInputs(inputs, body.subarray(length), exact),
    outputs: outputs === undefined || outputs === null ? undefined : readOutputs(outputs),
    binaryOutput: own.binary_data_output === true,
    idempotencyKey: key,
  }
}

function readLength(header: string | undefined, bytes: number): number {
  if (header === undefined) return bytes
  const length = /^\d{1,15}$/.test(header.trim()) ? Number(header) : Number.NaN
  if (!(length <= bytes)) throw new SlipwayError('invalid_request', `Inference-Header-Content-Length is ${JSON.stringify(header.slice(0, 30))}, and the body has ${bytes} bytes.`, { remedy: 'Send the length of the JSON, in bytes, before compression.' })
  return length
}

function readInputs(inputs: unknown, tail: Buffer, exact: () => unknown): Tensor[] {
  if (!Array.isArray(inputs)) throw refuse('inputs', 'must be a list of tensors')
  let at = 0
  let reread: unknown
  const tensors = inputs.map((input: unknown, i): Tensor => {
    const { name, datatype: type, shape, data, parameters } = membersOf(input, `inputs[${i}]`)
    if (typeof name !== 'string' || name === '') throw refuse(`inputs[${i}].name`, 'must be text', 'wrong_type')
    const path = `inputs.${name.slice(0, 100)}`
    const datatype = readDatatype(type, path)
    countElements(shape, path)
    const dims = shape as number[]
    const size = binarySize(parameters, path)
    if (size !== undefined) {
      if (data !== undefined) throw refuse(path, 'has both data and binary_data_size; one of them holds its elements')
      if (at + size > tail.length) throw refuse(path, `says binary_data_size ${size}, and ${tail.length - at} bytes are left after the JSON${tail.length === 0 ? ' (is Inference-Header-Content-Length missing?)' : ''}`)
      at += size
      return { name, datatype, shape: dims, elements: readRaw(datatype, dims, tail.subarray(at - size, at), path) }
    }
    const isLong = DATATYPES[datatype].bytes === 8 && DATATYPES[datatype].kind === 'integer'
    const given = isLong && mayBeInexact(data) ? ((reread ??= exact()) as { inputs: { data: unknown }[] }).inputs[i].data : data
    return { name, datatype, shape: dims, elements: decodeTexts(parameters, readElements(datatype, dims, given, path), path) }
  })
  if (at !== tail.length) throw refuse('inputs', `take ${at} bytes after the JSON by their binary_data_size, and ${tail.length} came`)
  return tensors
}

function binarySize(parameters: unknown, path: string): number | undefined {
  if (parameters === undefined || parameters === null) return undefined
  const { binary_data_size: size } = membersOf(parameters, `${path}.parameters`)
  if (size === undefined || size === null) return undefined
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw refuse(`${path}.parameters.binary_data_size`, 'must be a whole number', 'wrong_type')
  return size as number
}

/** MLServer's base64 codec packs text in text. */
function decodeTexts(parameters: unknown, elements: Tensor['elements'], path: string): Tensor['elements'] {
  if (elements instanceof Float64Array || (parameters as Members | undefined)?.content_type !== 'base64') return elements
  return elements.map((v, i) => {
    if (typeof v !== 'string') return v
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(v)) throw refuse(`${path}[${i}]`, 'is not base64, as its content_type says', 'wrong_type')
    const bytes = Buffer.from(v, 'base64')
    if (!isUtf8(bytes)) throw refuse(`${path}[${i}]`, 'is not UTF-8', 'wrong_type')
    return bytes.toString('utf8')
  })
}

function readOutputs(outputs: unknown): RequestedOutput[] | undefined {
  if (!Array.isArray(outputs)) throw refuse('outputs', 'must be a list of outputs')
  if (outputs.length === 0) return undefined
  return outputs.map((output: unknown, i) => {
    const { name, parameters } = membersOf(output, `outputs[${i}]`)
    if (typeof name !== 'string') throw refuse(`outputs[${i}].name`, 'must be text', 'wrong_type')
    const binary = parameters === undefined || parameters === null ? undefined : membersOf(parameters, `outputs[${i}].parameters`).binary_data
    return { name, binary: typeof binary === 'boolean' ? binary : undefined }
  })
}

function membersOf(value: unknown, path: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw refuse(path, 'must be an object', 'wrong_type')
}
