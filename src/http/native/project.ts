import { isAbsolute } from 'node:path'
import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'

const Body = Type.Object({
  project: Type.Unknown({ description: 'What slipway.ts exports by default, as JSON' }),
  bundles: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'On-demand module, as the project names it → its bundle' })),
  projectDir: Type.String({ maxLength: 4_096, description: 'Absolute folder of the datasets\' files, on the server\'s machine' }),
}, { additionalProperties: false })

/** What a project declares, against what is registered. */
export function projectRoutes(app: App, { platform }: NativeParts): void {
  const read = (body: { project: unknown; bundles?: Record<string, string>; projectDir: string }): { project: unknown; bundles: Record<string, string>; projectDir: string } => {
    if (!isAbsolute(body.projectDir)) throw new SlipwayError('invalid_request', 'projectDir must be an absolute path.', { faults: [{ path: 'projectDir', message: 'must be absolute' }] })
    return { project: body.project, bundles: body.bundles ?? {}, projectDir: body.projectDir }
  }
  const config = { access: { write: 'scientist' as const } }

  app.post('/api/v1/project/plan', { config, schema: { tags: ['project'], summary: 'The difference to what is registered; nothing changes', body: Body } },
    request => platform.applyProject({ ...read(request.body), actor: request.principal.actor, dryRun: true }))

  app.post('/api/v1/project/apply', { config, schema: { tags: ['project'], summary: 'Import its datasets, register what differs', body: Body } },
    request => platform.applyProject({ ...read(request.body), actor: request.principal.actor }))
}
