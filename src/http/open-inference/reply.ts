// An answer of the protocol as REST sends it: JSON, or JSON with binary tensors behind it.
import type { InferenceAnswer } from './inference.ts'
import type { RequestedOutput } from './message.ts'
import { writeRaw } from './raw-elements.ts'
import type { Tensor } from './tensor.ts'

export interface InferReply { body: Buffer; type: string; /** Bytes of JSON, where binary tensors follow it. */ headerLength: number | null }

/** An output's own `binary_data` wins over the request's `binary_data_output`. */
export function writeReply(answer: InferenceAnswer, asked: readonly RequestedOutput[] | undefined, binaryOutput: boolean): InferReply {
  const tails: Uint8Array[] = []
  const outputs = answer.outputs.map(tensor => {
    const { name, datatype, shape } = tensor
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`
    if (!(asked?.find(o => o.name === name)?.binary ?? binaryOutput)) return `${head},"data":${dataText(tensor)}}`
    const raw = writeRaw(datatype, tensor.elements)
    tails.push(raw)
    return `${head},"parameters":{"binary_data_size":${raw.length}}}`
  })
  const json = Buffer.from(`{"model_name":${JSON.stringify(answer.model)},"model_version":${JSON.stringify(answer.version)},"id":${JSON.stringify(answer.id)},"parameters":${JSON.stringify(answer.parameters)},"outputs":[${outputs.join(',')}]}`)
  if (tails.length === 0) return { body: json, type: 'application/json', headerLength: null }
  return { body: Buffer.concat([json, ...tails]), type: 'application/octet-stream', headerLength: json.length }
}

/** Numbers that JSON cannot write are null. */
function dataText({ elements }: Tensor): string {
  return JSON.stringify(elements instanceof Float64Array ? Array.from(elements) : elements)
}
