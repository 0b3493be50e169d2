import type { OpenInferenceParts } from '../open-inference/parts.ts'
import { describeFile } from './descriptors.ts'
import { healthService } from './health.ts'
import { inferenceService } from './inference-service.ts'
import type { Service } from './method.ts'
import { HEALTH_PROTO } from './protos/health.ts'
import { INFERENCE_PROTO } from './protos/inference.ts'
import { reflectionProto } from './protos/reflection.ts'
import { reflectionService } from './reflection.ts'
import { parseProto } from './wire-types.ts'

/** All services of the server: the protocol, and what tools ask any gRPC server for. */
export function openServices(parts: OpenInferenceParts, isReady: () => boolean): Service[] {
  const inference = parseProto(INFERENCE_PROTO)
  const names = new Set<string>()
  const files = [
    describeFile(inference, 'inference.proto'), describeFile(parseProto(HEALTH_PROTO), 'grpc/health/v1/health.proto'),
    ...(['v1', 'v1alpha'] as const).map(v => describeFile(parseProto(reflectionProto(v)), `grpc/reflection/${v}/reflection.proto`)),
  ]
  const services = [inferenceService(inference, parts, isReady), healthService(names, isReady), reflectionService('v1', files, names), reflectionService('v1alpha', files, names)]
  for (const { name } of services) names.add(name)
  return services
}
