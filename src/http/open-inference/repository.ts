// The repository extension: which models there are. Load and unload change what is in memory, never what is deployed.
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import { parseJson } from '../json.ts'
import type { App } from '../server-state.ts'
import type { OpenInferenceParts } from './parts.ts'

const ModelPath = Type.Object({ model: Type.String({ maxLength: 200 }) })

export function repositoryRoutes(app: App, { platform, face }: OpenInferenceParts): void {
  const tags = ['open-inference']
  const documents = { validatorCompiler: () => () => true }

  app.post('/v2/repository/index', {
    config: { access: 'read' }, ...documents,
    schema: { tags, summary: 'Every model with its state; {"ready": true} gives those that answer', body: Type.Object({ ready: Type.Optional(Type.Boolean()) }) },
  }, async request => {
    const { ready } = readOptions(request.body)
    const all = await Promise.all((await platform.metadata.list('endpoint')).map(async ({ id }) => {
      try { return { name: id, version: String((await face.describe(id)).release.number), state: 'READY', reason: '' } } catch (error) {
        if (!(error instanceof SlipwayError)) throw error
        return { name: id, version: '', state: 'UNAVAILABLE', reason: error.message }
      }
    }))
    return ready === true ? all.filter(m => m.state === 'READY') : all
  })

  app.post('/v2/repository/models/:model/load', {
    config: { access: 'predict' }, ...documents,
    schema: { tags, summary: 'Take the model into memory', params: ModelPath, body: Type.Object({ parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }) },
  }, async (request, reply) => {
    readOptions(request.body)
    await face.describe((request.params as { model: string }).model)
    return reply.send()
  })
}

/** Clients send no body, or an object. @throws SlipwayError `invalid_json`, `wrong_type` */
export function readOptions(body: unknown): { ready?: unknown; parameters?: unknown } {
  if (body === undefined || body === null || (body as Buffer).length === 0) return {}
  const value = parseJson(body as Buffer)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SlipwayError('wrong_type', 'The body must be an object, or nothing.', { faults: [{ path: '', message: 'must be an object' }] })
  return value
}
