import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { App } from '../server-state.ts'
import { checkAccess } from '../access.ts'
import type { NativeParts } from './parts.ts'
import { DryRun, Name, NamedPath, readTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

/** Releases, and which of them answers. */
export function deploymentRoutes(app: App, { platform }: NativeParts): void {
  const { production, metadata } = platform
  const read = { access: 'read' as const }
  const approver = { access: { write: 'approver' as const } }
  const requireEndpoint = async (name: string): Promise<void> => {
    if (await metadata.get('endpoint', name) === null) throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(name)}.`)
  }

  app.get('/api/v1/releases', { config: read, schema: { tags: ['deployments'], summary: 'Releases of an endpoint', querystring: Type.Object({ endpoint: Name }, { additionalProperties: false }) } }, async request => {
    await requireEndpoint(request.query.endpoint)
    return { releases: withTimes(await production.listReleases(request.query.endpoint)) }
  })

  app.get('/api/v1/releases/:endpoint/:number', { config: read, schema: { tags: ['deployments'], summary: 'One release: its archive is read and every digest checked', params: Type.Object({ endpoint: Name, number: Type.Integer({ minimum: 1 }) }) } }, async request => {
    const { release, manifest } = await production.readRelease(request.params.endpoint, request.params.number)
    return { release: withTimes(release), manifest: withTimes(manifest) }
  })

  app.post('/api/v1/releases', {
    config: { access: { write: 'scientist' } },
    schema: {
      tags: ['deployments'], summary: 'Package a judged and approved version as the next release; without a gate it takes a waiver, by an admin',
      body: Type.Object({
        endpoint: Name, version: Type.Optional(Type.Integer({ minimum: 1, description: 'Default: the newest' })),
        waiver: Type.Optional(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 2_000 }), until: Time }, { additionalProperties: false })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { endpoint, version, waiver } = request.body
    if (waiver !== undefined) checkAccess({ write: 'admin' }, request.principal, 'A waiver')
    const { release, ledger } = await production.createRelease({ endpoint, version, actor: request.principal.actor, waiver: waiver === undefined ? undefined : { reason: waiver.reason, until: readTime(waiver.until, 'waiver.until') } })
    return { release: withTimes(release), ledger }
  })

  app.get('/api/v1/deployments', { config: read, schema: { tags: ['deployments'], summary: 'What every endpoint runs, and ran' } },
    async () => ({ deployments: (await metadata.list('deployment')).map(d => withTimes(d.body)) }))

  app.get('/api/v1/deployments/:name', { config: read, schema: { tags: ['deployments'], summary: 'The deployment of one endpoint with its history', params: NamedPath } }, async request => {
    const { name } = request.params
    await requireEndpoint(name)
    return withTimes(await production.getDeployment(name) ?? { endpoint: name, revisions: [] })
  })

  app.post('/api/v1/deployments/:name/deploy', {
    config: approver,
    schema: {
      tags: ['deployments'], summary: 'Let a release answer, from the reply on: as champion, or as challenger with a share of the traffic', params: NamedPath, querystring: DryRun,
      body: Type.Object({
        release: Type.Union([Type.Integer({ minimum: 1 }), Name], { description: 'Number or id' }),
        role: Type.Optional(Type.Union([Type.Literal('champion'), Type.Literal('challenger')], { default: 'champion' })),
        share: Type.Optional(Type.Number({ description: 'Of a challenger, in (0, 1); default: what the evaluation policy gives to a trial' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    await requireEndpoint(request.params.name)
    return withTimes(await production.deploy({ ...request.body, endpoint: request.params.name, actor: request.principal.actor, dryRun: request.query.dryRun === true }))
  })

  for (const [action, summary] of [
    ['promote', 'Make the challenger the champion, with all traffic'], ['withdraw', 'End the challenger; the champion gets all traffic'],
    ['rollback', 'Back to the champion before, alone: model, features and code together'], ['undo', 'Take the last change back, a rollback too'],
  ] as const) {
    app.post(`/api/v1/deployments/:name/${action}`, { config: approver, schema: { tags: ['deployments'], summary, params: NamedPath, querystring: DryRun } }, async request => {
      const { name } = request.params as { name: string }
      await requireEndpoint(name)
      const { dryRun } = request.query as { dryRun?: boolean }
      return withTimes(await production[action]({ endpoint: name, actor: request.principal.actor, dryRun: dryRun === true }))
    })
  }
}
