// From feature values to the tensors that an ONNX model takes.
import { SlipwayError } from '../../core/errors.ts'
import { createEncoder, type EncodedInput } from '../inputs.ts'
import type { ModelInput, Vector } from '../model.ts'
import { refuse } from '../reading.ts'
import type { Runtime, Tensor, TensorData, ValueMetadata } from './runtime.ts'

export interface OnnxInputs {
  inputs: ModelInput[]
  /** @throws SlipwayError as `Model.predict` does. */
  feeds(vectors: readonly Vector[]): Record<string, Tensor>
}

const NUMBERS: Record<string, ((length: number) => Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array) | undefined> = {
  float32: n => new Float32Array(n), float64: n => new Float64Array(n), int32: n => new Int32Array(n), int64: n => new BigInt64Array(n), bool: n => new Uint8Array(n),
}

/** One tensor of numbers [rows, inputs], or one tensor [rows, 1] for each input. */
export function readInputs(metadata: readonly ValueMetadata[], runtime: Runtime): OnnxInputs {
  if (metadata.length === 0) refuse('inputs', 'must not be empty')
  metadata.forEach(m => { if (!m.isTensor || m.type === undefined || (NUMBERS[m.type] === undefined && m.type !== 'string')) refuse(`inputs.${m.name}`, `must be a tensor of float32, float64, int32, int64, bool or string, and is ${m.type ?? 'no tensor'}`) })
  const widths = metadata.map(widthOf)
  const matrix = metadata.length === 1 && widths[0] !== 1
  const [first] = metadata
  if (matrix && first.type === 'string') refuse(`inputs.${first.name}`, 'must have one column where it is text: convert with one input a column')
  metadata.forEach((m, i) => { if (!matrix && widths[i] !== 1) refuse(`inputs.${m.name}`, `must have one column, for there are ${metadata.length} inputs, and has ${widths[i]}`) })
  const inputs: ModelInput[] = matrix
    ? Array.from({ length: widths[0] }, (_, i) => ({ name: `${first.name}_${i}`, type: 'float64' }))
    : metadata.map(({ name, type }) => ({ name, type: type === 'string' ? 'category' : 'float64' }))
  // Text is passed on as it is: the encoder checks its type and counts it as unknown.
  const encode = createEncoder(inputs.map((input): EncodedInput => (input.type === 'category' ? { ...input, categories: [] } : input)))
  const size = inputs.length
  return {
    inputs,
    feeds(vectors) {
      const rows = new Float64Array(vectors.length * size)
      vectors.forEach((vector, i) => { encode(vector, rows, i * size) })
      if (matrix) return { [first.name]: new runtime.Tensor(first.type!, fill(first, rows, 0, 1), [vectors.length, size]) }
      return Object.fromEntries(metadata.map((m, c) => {
        const data = m.type === 'string' ? vectors.map(v => (v[c] as string | null) ?? '') : fill(m, rows, c, size)
        return [m.name, new runtime.Tensor(m.type!, data, m.shape?.length === 1 ? [vectors.length] : [vectors.length, 1])]
      }))
    },
  }
}

function widthOf({ name, shape = [] }: ValueMetadata): number {
  if (shape.length === 1) return 1
  if (shape.length !== 2) refuse(`inputs.${name}`, `must have the shape [rows, columns], and has ${shape.length} dimensions`)
  const [rows, width] = shape
  if (typeof rows === 'number' && rows >= 0) refuse(`inputs.${name}`, `must take any number of rows, and takes ${rows}: convert with a free first dimension`)
  if (typeof width !== 'number' || width < 1 || width > 1 << 20) refuse(`inputs.${name}`, 'does not say how many columns it has: convert with a fixed second dimension')
  return width
}

/** Every `step`-th number from `from` on, in the type of the tensor. */
function fill({ name, type }: ValueMetadata, rows: Float64Array, from: number, step: number): TensorData {
  const data = NUMBERS[type!]!((rows.length - from + step - 1) / step | 0)
  for (let i = 0; i < data.length; i++) {
    const v = rows[from + i * step]
    if (type === 'float32' || type === 'float64') (data as Float64Array)[i] = v
    else if (!Number.isSafeInteger(v)) throw new SlipwayError('wrong_type', `The model input ${name} must be a whole number (${type}), and is ${v !== v ? 'missing' : v}.`, { faults: [{ path: name, message: 'must be a whole number' }] })
    else if (type === 'int64') (data as BigInt64Array)[i] = BigInt(v)
    else (data as Int32Array)[i] = v
  }
  return data
}
