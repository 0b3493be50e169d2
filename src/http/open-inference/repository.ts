// The repository extension: which models there are. Load and unload change what is in memory, never what is deployed.
import { Type } from 'typebox'
import type { Actor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import { DOCUMENTED_ONLY } from '../inference/message-body.ts'
import { parseJson } from '../json.ts'
import type { App } from '../server-state.ts'
import { indexModels } from './model-index.ts'
import type { OpenInferenceParts } from './parts.ts'

const ModelPath = Type.Object({ model: Type.String({ maxLength: 200 }) })

export function repositoryRoutes(app: App, { platform }: OpenInferenceParts): void {
  const tags = ['open-inference']

  app.post('/v2/repository/index', {
    config: { access: 'read' }, ...DOCUMENTED_ONLY,
    schema: { tags, summary: 'Every model with its state; {"ready": true} gives those that answer', body: Type.Object({ ready: Type.Optional(Type.Boolean()) }) },
  }, async request => {
    const { ready } = readOptions(request.body)
    return indexModels(platform, ready === true)
  })

  const change = (path: string, summary: string, work: (request: { endpoint: string; actor: Actor }) => Promise<unknown>): void => {
    app.post(path, {
      config: { access: 'predict' }, ...DOCUMENTED_ONLY,
      schema: { tags, summary, params: ModelPath, body: Type.Object({ parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }) },
    }, async (request, reply) => {
      readOptions(request.body)
      await work({ endpoint: (request.params as { model: string }).model, actor: request.principal.actor })
      return reply.send()
    })
  }
  change('/v2/repository/models/:model/load', 'Read the model into memory; of a model served from a file, the file again', request => platform.production.loadModel(request))
  change('/v2/repository/models/:model/unload', 'Take the model out of memory: it answers 503 until it is loaded. What is deployed stays', request => platform.production.unloadModel(request))
}

/** Clients send no body, or an object. @throws SlipwayError `invalid_json`, `wrong_type` */
export function readOptions(body: unknown): { ready?: unknown; parameters?: unknown } {
  if (body === undefined || body === null || (body as Buffer).length === 0) return {}
  const value = parseJson(body as Buffer)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SlipwayError('wrong_type', 'The body must be an object, or nothing.', { faults: [{ path: '', message: 'must be an object' }] })
  return value
}
