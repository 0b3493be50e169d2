import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { DryRun, Name, NamedPath, readOptionalTime, readTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

/** Failures that are practised. */
export function drillRoutes(app: App, { platform }: NativeParts): void {
  const { production } = platform
  const config = { access: { write: 'approver' as const } }
  const tags = ['deployments']

  app.get('/api/v1/endpoints/:name/drills', { config: { access: 'read' }, schema: { tags, summary: 'Failures that were practised, are, or will be; the newest first', params: NamedPath } },
    async request => ({ drills: withTimes(await production.listDrills(request.params.name)) }))

  app.post('/api/v1/endpoints/:name/drills', {
    config,
    schema: {
      tags, summary: 'Make the model or the features fail for a while, to practise it: the fallback answers', params: NamedPath, querystring: DryRun,
      body: Type.Object({
        fault: Type.Union([Type.Literal('model'), Type.Literal('features')], { description: 'model: champion and challenger cannot score; features: nothing can be read' }),
        from: Type.Optional(Type.Union([Time, Type.Null()], { description: 'By the home\'s clock; default: now' })), until: Time,
        reason: Type.String({ minLength: 1, maxLength: 2_000 }),
        force: Type.Optional(Type.Boolean({ description: 'Also where no fallback is declared: callers get errors' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { from, until, ...rest } = request.body
    return withTimes(await production.startDrill({
      ...rest, endpoint: request.params.name, from: readOptionalTime(from, 'from'), until: readTime(until, 'until'), actor: request.principal.actor, dryRun: request.query.dryRun === true,
    }))
  })

  app.delete('/api/v1/endpoints/:name/drills/:id', { config, schema: { tags, summary: 'End a drill now', params: Type.Object({ name: Name, id: Name }), querystring: DryRun } }, async request => {
    const { name, id } = request.params
    if (!(await production.listDrills(name)).some(d => d.id === id)) throw new SlipwayError('not_found', `${name} has no drill ${JSON.stringify(id)}.`)
    return withTimes(await production.endDrill({ id, actor: request.principal.actor, dryRun: request.query.dryRun === true }))
  })
}
