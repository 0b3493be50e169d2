import { Type } from 'typebox'
import { SlipwayError } from '../../../core/errors.ts'
import { RegisteredFeatures } from '../../../data/index.ts'
import type { Platform } from '../../../platform.ts'
import type { App, ServerState } from '../../server-state.ts'
import { featureRepo, projectName } from './feature-repo.ts'

/** The repository that a Feast user applies, as text. */
export function exportFeastRoute(app: App, { platform, state }: { platform: Platform; state: ServerState }): void {
  const registered = new RegisteredFeatures(platform.metadata)

  app.get('/api/v1/export/feast', {
    config: { access: 'read' },
    schema: {
      tags: ['data'], summary: 'A repository for Feast\'s stock client: feature_store.yaml and features.py',
      querystring: Type.Object({ url: Type.Optional(Type.String({ maxLength: 500, description: 'Where clients reach this server' })) }, { additionalProperties: false }),
    },
  }, async request => {
    const { url = state.url } = request.query
    if (!/^https?:\/\/[^\s#'"]+$/.test(url)) throw new SlipwayError('invalid_request', `${JSON.stringify(url)} is no address of a server.`, { remedy: 'Give one such as http://127.0.0.1:4777.', faults: [{ path: 'url', message: 'must be http:// or https://' }] })
    const definitions = await registered.current()
    if (definitions.views.length === 0) throw new SlipwayError('not_found', 'No feature views are registered.', { remedy: 'Register a project\'s with `slipway apply`.' })
    const projects = await platform.metadata.list('project')
    return featureRepo(definitions, { project: projectName(projects.length === 1 ? projects[0].id : 'slipway'), url: url.replace(/\/+$/, '') })
  })
}
