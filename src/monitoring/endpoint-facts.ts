import type { EndpointDefinition, ModelDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Metadata } from '../metadata/index.ts'

/** What is registered about an endpoint and the model that it serves. */
export interface EndpointFacts { endpoint: EndpointDefinition; /** Null for a model that no definition describes. */ model: ModelDefinition | null; /** The outcome that predictions are measured by. */ label: string }

/** @throws SlipwayError `unknown_endpoint`, `not_found` without its model. */
export async function readEndpointFacts(metadata: Pick<Metadata, 'get'>, name: string): Promise<EndpointFacts> {
  const found = await metadata.get('endpoint', name)
  if (found === null) throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(name)}.`)
  const endpoint = found.body as unknown as EndpointDefinition
  const model = ((await metadata.get('model', endpoint.model))?.body ?? null) as unknown as ModelDefinition | null
  const label = endpoint.label ?? model?.examples.label.name
  if (label === undefined) throw new SlipwayError('not_found', `There is no model ${endpoint.model}, which ${name} serves, and the endpoint names no label.`)
  return { endpoint, model, label }
}
