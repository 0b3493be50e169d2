import { Type } from 'typebox'
import type { DatasetDefinition, SourceDefinition, ServiceDefinition, ViewDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { PushedEvent } from '../../core/ports/features.ts'
import type { Row } from '../../core/schema.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { Name, readOptionalTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

const MOST = 10_000
const Event = {
  values: Type.Record(Type.String(), Type.Unknown(), { description: 'The source\'s columns' }),
  knownAt: Type.Optional(Type.Union([Time, Type.Null()])),
}

/** Datasets, sources, features, and events that are pushed. */
export function dataRoutes(app: App, { platform, metrics }: NativeParts): void {
  const { metadata, data } = platform
  const read = { access: 'read' as const }
  const scientist = { access: { write: 'scientist' as const } }

  app.get('/api/v1/datasets', { config: read, schema: { tags: ['data'], summary: 'Datasets with the version that is their head' } }, async () => {
    const heads = new Map((await metadata.list('datasetHead')).map(h => [h.id, h.body]))
    return { datasets: await Promise.all((await metadata.list('dataset')).map(async d => {
      const version = heads.get(d.id)?.version
      const head = typeof version === 'string' ? (await metadata.get('datasetVersion', version))?.body : undefined
      return { ...d.body as unknown as DatasetDefinition, head: head === undefined ? null : { version, rows: head.rows, files: head.files, schema: head.schema } }
    })) }
  })

  app.get('/api/v1/datasets/versions/:version', { config: read, schema: { tags: ['data'], summary: 'One dataset version: schema, files by digest, parents', params: Type.Object({ version: Name }) } }, async request => {
    const found = await metadata.get('datasetVersion', request.params.version)
    if (found === null) throw new SlipwayError('not_found', `There is no dataset version ${request.params.version}.`)
    return withTimes(found.body)
  })

  app.get('/api/v1/sources', { config: read, schema: { tags: ['data'], summary: 'Sources: what is read of which dataset, and what is pushed' } },
    async () => ({ sources: (await metadata.list('source')).map(d => d.body as unknown as SourceDefinition) }))

  app.get('/api/v1/features', { config: read, schema: { tags: ['data'], summary: 'Feature views and services, and what online state holds' } }, async () => ({
    views: (await metadata.list('view')).map(d => d.body as unknown as ViewDefinition),
    services: (await metadata.list('service')).map(d => d.body as unknown as ServiceDefinition),
    online: withTimes(await data.status()),
  }))

  app.post('/api/v1/features/check', {
    config: read,
    schema: {
      tags: ['data'], summary: 'Recompute the logged feature values of an endpoint from history, as of their positions, and compare bits',
      body: Type.Object({ endpoint: Name, from: Type.Optional(Type.Integer({ minimum: 1, description: 'First sequence' })), to: Type.Optional(Type.Integer({ minimum: 1, description: 'Last sequence' })) }, { additionalProperties: false }),
    },
  }, request => platform.checkFeatures(request.body))

  app.post('/api/v1/features/materialize', {
    config: scientist,
    schema: {
      tags: ['data'], summary: 'Make rows of a dataset version part of online state',
      querystring: Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      body: Type.Object({ source: Name, datasetVersion: Type.Optional(Name), upTo: Type.Optional(Type.Union([Time, Type.Null()])) }, { additionalProperties: false }),
    },
  }, async request => {
    const { upTo, ...rest } = request.body
    const wanted = { ...rest, upTo: readOptionalTime(upTo, 'upTo') }
    if (request.query.dryRun === true) return withTimes({ dryRun: true, ...wanted, status: await data.status() })
    return withTimes(await data.materialize({ ...wanted, actor: request.principal.actor }))
  })

  app.post('/api/v1/push/:source', {
    config: scientist,
    schema: {
      tags: ['data'], summary: 'Push events of a source: applied in order, durable when answered', params: Type.Object({ source: Name }),
      description: 'One event, or {"events": [...]}. An event whose id came before corrects it. A push may be repeated: the same event counts once.',
      body: Type.Union([
        Type.Object({ events: Type.Array(Type.Object(Event, { additionalProperties: false }), { minItems: 1, maxItems: MOST }) }, { additionalProperties: false }),
        Type.Object(Event, { additionalProperties: false }),
      ]),
    },
  }, async request => {
    const { source } = request.params
    const sent = 'events' in request.body ? request.body.events : [request.body]
    const events = sent.map((e, i): PushedEvent => ({ values: e.values as Row, knownAt: readOptionalTime(e.knownAt, `events[${i}].knownAt`) }))
    const receipt = await data.push(source, events)
    await platform.journal.waitDurable(receipt.last)
    metrics.pushed(source, events.length - receipt.duplicates)
    return receipt
  })
}
