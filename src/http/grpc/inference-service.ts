// GRPCInferenceService: the Open Inference Protocol V2 as gRPC has it. An endpoint is a model, the numbers of its releases are the versions.
import type { Actor } from '../../core/actor.ts'
import type { EndpointDescription } from '../../production/index.ts'
import { EXTENSIONS, modelMetadata } from '../open-inference/metadata.ts'
import { indexModels } from '../open-inference/model-index.ts'
import type { OpenInferenceParts } from '../open-inference/parts.ts'
import { VERSION } from '../version.ts'
import { inferModel, inferStream } from './infer.ts'
import type { ModelInferRequest, ModelInferResponse, ModelRequest, ModelStreamInferResponse } from './messages.ts'
import type { CallContext, Incoming, Replies, Service, UnaryMethod } from './method.ts'
import type { Access } from '../access.ts'
import { modelConfig } from './model-config.ts'
import { wireType } from './wire-types.ts'
import type protobuf from 'protobufjs'

type Answer<Q, A> = UnaryMethod<Q, A>['answer']
interface RepositoryRequest { model_name: string }

/** Every method that is served; shared memory, traces and log settings are UNIMPLEMENTED. */
export function inferenceService(root: protobuf.Root, parts: OpenInferenceParts, isReady: () => boolean): Service {
  const { platform, face, inference, statistics } = parts
  const types = (name: string, answerName = name): { request: ReturnType<typeof wireType<never>>; response: ReturnType<typeof wireType<never>> } =>
    ({ request: wireType<never>(root, `inference.${name}Request`), response: wireType<never>(root, `inference.${answerName}Response`) })
  const unary = <Q, A>(name: string, access: Access, answer: Answer<Q, A>): UnaryMethod<Q, A> => ({ kind: 'unary', access, answer, ...types(name) } as unknown as UnaryMethod<Q, A>)
  const change = (name: string, work: (request: { endpoint: string; actor: Actor }) => Promise<unknown>): UnaryMethod<RepositoryRequest, object> =>
    unary(name, 'predict', async ({ model_name: endpoint }: RepositoryRequest, { principal }: CallContext) => { await work({ endpoint, actor: principal.actor }); return {} })
  const describe = ({ name, version }: ModelRequest): Promise<EndpointDescription> => face.describe(name, version)

  return {
    name: 'inference.GRPCInferenceService',
    methods: {
      ServerLive: unary('ServerLive', 'public', () => ({ live: true })),
      ServerReady: unary('ServerReady', 'public', () => ({ ready: isReady() })),
      ServerMetadata: unary('ServerMetadata', 'read', () => ({ name: 'slipway', version: VERSION, extensions: EXTENSIONS })),
      ModelReady: unary('ModelReady', 'read', async ({ name, version }: ModelRequest) => { await face.requireReady(name, version); return { ready: true } }),
      ModelMetadata: unary('ModelMetadata', 'read', async (request: ModelRequest) => modelMetadata(await describe(request))),
      ModelConfig: unary('ModelConfig', 'read', async (request: ModelRequest) => ({ config: modelConfig(await describe(request)) })),
      ModelStatistics: unary('ModelStatistics', 'read', async (request: ModelRequest) => {
        const found = request.name === '' ? await indexModels(platform, true) : [{ name: request.name, version: String((await describe(request)).release.number) }]
        return { model_stats: found.map(m => statistics.of(m.name, m.version)) }
      }),
      ModelInfer: unary('ModelInfer', 'predict', (request: ModelInferRequest, call: CallContext): Promise<ModelInferResponse> => inferModel(inference, request, call)),
      ModelStreamInfer: {
        kind: 'stream', access: 'predict', ...types('ModelInfer', 'ModelStreamInfer'),
        answer: (requests: Incoming<ModelInferRequest>, replies: Replies<ModelStreamInferResponse>, call: CallContext) => inferStream(inference, requests, replies, call),
      },
      RepositoryIndex: unary('RepositoryIndex', 'read', async ({ ready }: { ready: boolean }) => ({ models: await indexModels(platform, ready) })),
      RepositoryModelLoad: change('RepositoryModelLoad', request => platform.production.loadModel(request)),
      RepositoryModelUnload: change('RepositoryModelUnload', request => platform.production.unloadModel(request)),
    },
  }
}
