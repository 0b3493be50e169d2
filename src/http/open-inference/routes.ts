// Open Inference Protocol V2 over REST. An endpoint is a model, the numbers of its releases are the versions.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formatActor } from '../../core/actor.ts'
import { encodeBody } from '../encoding/content-encoding.ts'
import { bodyOf, DOCUMENTED_ONLY, headerOf, takeAnyBody } from '../inference/message-body.ts'
import { handleErrors } from '../problems.ts'
import type { App } from '../server-state.ts'
import { VERSION } from '../version.ts'
import { readMessage } from './message.ts'
import { modelMetadata, EXTENSIONS } from './metadata.ts'
import type { OpenInferenceParts } from './parts.ts'
import { inferenceProblem } from './problem.ts'
import { writeReply, type InferReply } from './reply.ts'
import { repositoryRoutes } from './repository.ts'

const ModelPath = Type.Object({ model: Type.String({ maxLength: 200 }), version: Type.Optional(Type.String({ maxLength: 20 })) })
interface ModelParams { model: string; version?: string }
const Parameters = Type.Optional(Type.Record(Type.String(), Type.Unknown()))
const InferBody = Type.Object({
  id: Type.Optional(Type.String()), parameters: Parameters,
  inputs: Type.Array(Type.Object({ name: Type.String(), shape: Type.Array(Type.Integer({ minimum: 0 })), datatype: Type.String(), data: Type.Optional(Type.Array(Type.Unknown())), parameters: Parameters })),
  outputs: Type.Optional(Type.Array(Type.Object({ name: Type.String(), parameters: Parameters }))),
})

export function openInferenceRoutes(app: App, parts: OpenInferenceParts): void {
  const { platform, log, face, inference, statistics } = parts
  handleErrors(app as unknown as FastifyInstance, log, inferenceProblem)
  takeAnyBody(app)
  const tags = ['open-inference']
  const read = { access: 'read' as const }
  const open = { access: 'public' as const }

  app.get('/v2/health/live', { config: open, schema: { tags, summary: 'The process answers' } }, () => ({ live: true }))
  app.get('/v2/health/ready', { config: open, schema: { tags, summary: 'It takes requests' } }, (_request, reply) => reply.status(platform.ready ? 200 : 503).send({ ready: platform.ready }))
  app.get('/v2', { config: read, schema: { tags, summary: 'Name, version, extensions' } }, () => ({ name: 'slipway', version: VERSION, extensions: EXTENSIONS }))

  app.get('/v2/models/stats', { config: read, schema: { tags, summary: 'Counts and times of every model since the start' } }, async () => {
    const found = await Promise.all((await platform.metadata.list('endpoint')).map(async ({ id }) => face.describe(id).catch(() => null)))
    return { model_stats: found.filter(f => f !== null).map(f => statistics.of(f.endpoint, String(f.release.number))) }
  })

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get(path, { config: read, schema: { tags, summary: 'What the model takes and gives', params: ModelPath } }, async request => {
      const { model, version } = request.params as ModelParams
      return modelMetadata(await face.describe(model, version))
    })

    app.get(`${path}/ready`, { config: read, schema: { tags, summary: 'The model answers', params: ModelPath } }, async request => {
      const { model, version } = request.params as ModelParams
      await face.requireReady(model, version)
      return { name: model, ready: true }
    })

    app.get(`${path}/stats`, { config: read, schema: { tags, summary: 'Counts and times since the start', params: ModelPath } }, async request => {
      const { model, version } = request.params as ModelParams
      const { release } = await face.describe(model, version)
      return { model_stats: [statistics.of(model, String(release.number))] }
    })

    app.post(`${path}/infer`, {
      config: { access: 'predict' }, ...DOCUMENTED_ONLY,
      schema: {
        tags, summary: 'Predict: one tensor a column by name, or one matrix', params: ModelPath, body: InferBody,
        description: 'A column is [n] or [n, 1]: entities, request features, and if you like eventTime and idempotencyKey. A model without entities also takes one matrix [n, inputs] of any name, its columns in the order of the model\'s inputs. '
          + 'Data may be flat, nested or binary (binary_data_size with Inference-Header-Content-Length; binary_data_output for the answer). NaN and null are missing values. The answer has `output`, and `decision` where the endpoint has a threshold; the prediction ids are in parameters.prediction_ids.',
      },
    }, async (request, reply) => {
      const { model, version } = request.params as ModelParams
      const body = await face.counted(model, async () => bodyOf(request, platform.config.server.bodyLimit))
      const message = readMessage(body, headerOf(request, 'inference-header-content-length'))
      const answer = await inference.infer({
        model, version, id: message.id, inputs: message.inputs, outputs: message.outputs?.map(o => o.name),
        caller: formatActor(request.principal.actor), idempotencyKey: message.idempotencyKey ?? headerOf(request, 'idempotency-key'),
      })
      return sendReply(request, reply, writeReply(answer, message.outputs, message.binaryOutput))
    })
  }
  repositoryRoutes(app, parts)
}

async function sendReply(request: FastifyRequest, reply: FastifyReply, { body, type, headerLength }: InferReply): Promise<FastifyReply> {
  reply.header('content-type', type)
  if (headerLength !== null) reply.header('inference-header-content-length', String(headerLength))
  const encoded = await encodeBody(body, headerOf(request, 'accept-encoding'))
  if (encoded === null) return reply.send(body)
  return reply.header('content-encoding', encoded.encoding).header('vary', 'accept-encoding').send(encoded.body)
}
