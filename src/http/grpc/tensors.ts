// Tensors of a gRPC message, as raw bytes or typed contents, to those that all faces share, and back.
import { refuse } from '../inference/refusal.ts'
import { DATATYPES, type Datatype } from '../open-inference/datatypes.ts'
import { readElements } from '../open-inference/elements.ts'
import { readRaw, writeRaw } from '../open-inference/raw-elements.ts'
import { countElements, readDatatype, type Tensor } from '../open-inference/tensor.ts'
import type { InferTensor, InferTensorContents, Long, ModelInferRequest, ModelInferResponse } from './messages.ts'

type Field = keyof InferTensorContents

/** Where typed contents have the elements of a datatype. Half floats have no place: they come raw. */
const FIELDS: Record<Datatype, Field | null> = {
  BOOL: 'bool_contents', INT8: 'int_contents', INT16: 'int_contents', INT32: 'int_contents', INT64: 'int64_contents', UINT8: 'uint_contents', UINT16: 'uint_contents', UINT32: 'uint_contents',
  UINT64: 'uint64_contents', FP16: null, BF16: null, FP32: 'fp32_contents', FP64: 'fp64_contents', BYTES: 'bytes_contents',
}

/** @throws SlipwayError `invalid_request`, `wrong_type`, naming the input. */
export function readInputs({ inputs, raw_input_contents: raw }: Pick<ModelInferRequest, 'inputs' | 'raw_input_contents'>): Tensor[] {
  if (raw.length > 0 && raw.length !== inputs.length) throw refuse('raw_input_contents', `must have one entry for each of the ${inputs.length} inputs, and ${raw.length} came`)
  return inputs.map((input, i): Tensor => {
    const { name, contents } = input
    if (name === '') throw refuse(`inputs[${i}].name`, 'must be text')
    const path = `inputs.${name.slice(0, 100)}`
    const datatype = readDatatype(input.datatype, path)
    const shape = input.shape.map(toNumber)
    countElements(shape, path)
    const filled = filledFields(contents)
    if (raw.length === 0) return { name, datatype, shape, elements: readElements(datatype, shape, typedElements(datatype, filled, contents, path), path) }
    if (filled.length > 0) throw refuse(path, 'has contents, and the request has raw_input_contents; one of them holds the elements of all inputs')
    return { name, datatype, shape, elements: readRaw(datatype, shape, raw[i], path) }
  })
}

/** Outputs as they were asked for: raw where the inputs were. */
export function writeOutputs(outputs: readonly Tensor[], raw: boolean): Pick<ModelInferResponse, 'outputs' | 'raw_output_contents'> {
  const described = outputs.map(({ name, datatype, shape }): InferTensor => ({ name, datatype, shape: [...shape] }))
  if (raw) return { outputs: described, raw_output_contents: outputs.map(({ datatype, elements }) => writeRaw(datatype, elements)) }
  return { outputs: described.map((output, i) => ({ ...output, contents: writeContents(outputs[i]) })), raw_output_contents: [] }
}

function filledFields(contents: InferTensorContents | null | undefined): Field[] {
  if (contents === null || contents === undefined) return []
  return (Object.keys(contents) as Field[]).filter(f => (contents[f]?.length ?? 0) > 0)
}

function typedElements(datatype: Datatype, filled: readonly Field[], contents: InferTensorContents | null | undefined, path: string): unknown[] {
  const field = FIELDS[datatype]
  if (field === null) throw refuse(path, `is ${datatype}, which has no typed contents: send it in raw_input_contents`)
  const other = filled.find(f => f !== field)
  if (other !== undefined) throw refuse(path, `is ${datatype} and must have its elements in contents.${field}, and has some in contents.${other}`)
  const values = contents?.[field] ?? []
  return DATATYPES[datatype].bytes === 8 && DATATYPES[datatype].kind === 'integer' ? (values as Long[]).map(toInteger) : values as unknown[]
}

function writeContents({ datatype, elements }: Tensor): InferTensorContents {
  switch (datatype) {
    case 'BOOL': return { bool_contents: Array.from(elements as readonly unknown[], v => v === true) }
    case 'BYTES': return { bytes_contents: Array.from(elements as readonly unknown[], v => Buffer.from(String(v ?? ''))) }
    default: return { [FIELDS[datatype] ?? 'fp32_contents']: Array.from(elements as ArrayLike<number>) }
  }
}

/** The exact integer: a number while it holds it. */
function toInteger(n: Long | number): number | bigint {
  if (typeof n === 'number') return n
  const number = n.toNumber()
  return Number.isSafeInteger(number) ? number : BigInt(n.toString())
}

/** Of a dimension; what is beyond 2^53 is no dimension, and refused as one. */
function toNumber(n: Long | number): number { return typeof n === 'number' ? n : n.toNumber() }
