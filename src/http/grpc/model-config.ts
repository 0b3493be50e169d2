// What Triton's tools read of a model's configuration before they ask it.
import type { EndpointDescription } from '../../production/index.ts'
import { outputTensors } from '../open-inference/inference.ts'
import { inputTensors } from '../open-inference/request-tensors.ts'

/** Numbers of the enumeration DataType. */
const TYPES: Record<string, number> = { BOOL: 1, UINT8: 2, UINT16: 3, UINT32: 4, UINT64: 5, INT8: 6, INT16: 7, INT32: 8, INT64: 9, FP16: 10, FP32: 11, FP64: 12, BYTES: 13, BF16: 14 }

interface ConfigTensor { name: string; data_type: number; dims: number[]; optional?: boolean }

/** The batch is a dimension of the tensors themselves: `max_batch_size` 0 says so. */
export function modelConfig(endpoint: EndpointDescription): { name: string; platform: string; backend: string; max_batch_size: number; input: ConfigTensor[]; output: ConfigTensor[] } {
  const { request, entities, labelEntity } = endpoint
  const optional = new Set(request.filter(r => r.optional === true).map(r => r.name))
  if (labelEntity !== null && !entities.some(e => e.name === labelEntity.name)) optional.add(labelEntity.name)
  return {
    name: endpoint.endpoint, platform: 'slipway', backend: 'slipway', max_batch_size: 0,
    input: inputTensors(endpoint).map(({ name, datatype, shape }) => ({ name, data_type: TYPES[datatype], dims: shape, ...(optional.has(name) ? { optional: true } : {}) })),
    output: outputTensors(endpoint).map(({ name, datatype, shape }) => ({ name, data_type: TYPES[datatype], dims: shape })),
  }
}
