import type { EndpointDescription } from '../../production/index.ts'
import { outputTensors } from './inference.ts'
import { inputTensors } from './request-tensors.ts'

/** What works besides the core of the protocol. */
export const EXTENSIONS = ['binary_tensor_data', 'model_repository', 'statistics']

/** What clients read before they ask. The first dimension is the batch. */
export function modelMetadata(endpoint: EndpointDescription): { name: string; versions: string[]; platform: string; inputs: unknown[]; outputs: unknown[] } {
  return { name: endpoint.endpoint, versions: [String(endpoint.release.number)], platform: 'slipway', inputs: inputTensors(endpoint), outputs: outputTensors(endpoint) }
}
