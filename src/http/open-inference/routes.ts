// Open Inference Protocol V2 over REST. An endpoint is a model, the numbers of its releases are the versions.
import { Type } from 'typebox'
import { formatActor } from '../../core/actor.ts'
import { SlipwayError, type SlipwayError as KnownError } from '../../core/errors.ts'
import { newId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { Platform } from '../../platform.ts'
import type { EndpointDescription } from '../../production/index.ts'
import type { App } from '../server-state.ts'
import { parseJson } from '../json.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { handleErrors, toSlipwayError, type WriteProblem } from '../problems.ts'
import { VERSION } from '../version.ts'
import { inputTensors, outputTensors, readRows, type InferRequest } from './tensors.ts'

const errorBody: WriteProblem = (error: KnownError) => ({ type: 'application/json; charset=utf-8', body: { error: `${error.message} ${error.remedy}` } })

const ModelPath = Type.Object({ model: Type.String({ maxLength: 200 }), version: Type.Optional(Type.String({ maxLength: 20 })) })

export function openInferenceRoutes(app: App, { platform, metrics, log }: { platform: Platform; metrics: Metrics; log: Log }): void {
  handleErrors(app as never, log, errorBody)
  // Stock clients send no content type at all.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => { try { done(null, parseJson(body as Buffer)) } catch (error) { done(error as Error) } })
  const tags = ['open-inference']
  const read = { access: 'read' as const }
  const open = { access: 'public' as const }

  app.get('/v2/health/live', { config: open, schema: { tags, summary: 'The process answers' } }, () => ({ live: true }))
  app.get('/v2/health/ready', { config: open, schema: { tags, summary: 'It takes requests' } }, (_request, reply) => reply.status(platform.ready ? 200 : 503).send({ ready: platform.ready }))
  app.get('/v2', { config: read, schema: { tags, summary: 'Name, version, extensions' } }, () => ({ name: 'slipway', version: VERSION, extensions: [] }))

  const describe = async (model: string, version: string | undefined): Promise<EndpointDescription> => {
    const found = await platform.production.describeEndpoint(model)
    if (version !== undefined && version !== '' && version !== String(found.release.number)) {
      throw new SlipwayError('not_found', `${model} answers with version ${found.release.number}, not ${version}.`, { remedy: 'Leave the version out, or use the deployed one.' })
    }
    return found
  }

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get(path, { config: read, schema: { tags, summary: 'What the model takes and gives', params: ModelPath } }, async request => {
      const { model, version } = request.params as { model: string; version?: string }
      const found = await describe(model, version)
      return { name: model, versions: [String(found.release.number)], platform: 'slipway', inputs: inputTensors(found), outputs: outputTensors(found) }
    })

    app.get(`${path}/ready`, { config: read, schema: { tags, summary: 'The model answers', params: ModelPath } }, async request => {
      const { model, version } = request.params as { model: string; version?: string }
      await describe(model, version)
      return { name: model, ready: true }
    })

    app.post(`${path}/infer`, {
      config: { access: 'predict' },
      schema: {
        tags, summary: 'Predict: one tensor a column, by name; entities and request features', params: ModelPath,
        description: 'Each input is [n] or [n, 1]. `eventTime` may come as an input too. The answer has `output`, and `decision` where the endpoint has a threshold; the prediction ids are in parameters.prediction_ids.',
        body: Type.Object({
          id: Type.Optional(Type.String()), parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())), outputs: Type.Optional(Type.Array(Type.Unknown())),
          inputs: Type.Array(Type.Object({ name: Type.String(), shape: Type.Array(Type.Integer({ minimum: 0 })), datatype: Type.String(), data: Type.Array(Type.Unknown()), parameters: Type.Optional(Type.Unknown()) })),
        }),
      },
    }, async request => {
      const started = performance.now()
      const { model, version } = request.params as { model: string; version?: string }
      try {
        const found = await describe(model, version)
        const body = request.body as InferRequest
        const result = await platform.production.predict({ endpoint: model, rows: readRows(found, body), caller: formatActor(request.principal.actor) })
        await result.waitDurable()
        metrics.predicted(model, result.predictions, (performance.now() - started) / 1_000)
        const n = result.predictions.length
        const parameters: Record<string, string> = { prediction_ids: result.predictions.map(p => p.id).join(',') }
        // One version stands for all rows; where they differ, each says its own.
        const versions = result.predictions.map(p => String(Number(p.release.slice(-6))))
        if (versions.some(v => v !== versions[0])) parameters.versions = versions.join(',')
        if (result.predictions.some(p => p.fallback !== undefined)) parameters.fallbacks = result.predictions.map(p => p.fallback ?? '').join(',')
        const outputs: unknown[] = [{ name: 'output', shape: [n], datatype: 'FP64', data: result.predictions.map(p => p.output) }]
        if (found.threshold !== null) outputs.push({ name: 'decision', shape: [n], datatype: 'BOOL', data: result.predictions.map(p => p.decision) })
        return { model_name: model, model_version: versions[0], id: body.id ?? newId('req'), parameters, outputs }
      } catch (error) {
        const known = toSlipwayError(error)
        metrics.refused(known.code === 'unknown_endpoint' ? '' : model, known.code)
        throw error
      }
    })
  }
}
