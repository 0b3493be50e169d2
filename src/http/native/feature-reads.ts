import { Type } from 'typebox'
import { entitiesOf, type EndpointDefinition, type EntityDefinition, type ModelDefinition, type ServiceDefinition, type SourceDefinition, type ViewDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import { aggregateText, conditionsText } from '../../core/feature-text.ts'
import { suggest } from '../../core/nearest-name.ts'
import type { Row } from '../../core/schema.ts'
import { DAY } from '../../core/time.ts'
import { readPurpose, type DatasetProfile } from '../../data/index.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { remember } from './remembered.ts'
import { NOT_STATED } from './recorded-reads.ts'
import { Name, NamedPath, Purpose, readOptionalTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

interface MadeSet { version: string; name: string; rows: number; derivation?: { service?: string; from?: number; to?: number } | null }

/** What a person asks about one feature view, one dataset version, one entity's values. */
export function featureReads(app: App, { platform, reads }: NativeParts): void {
  const { metadata, data, clock } = platform
  const config = { access: 'read' as const }
  // A version never changes: what was measured once holds.
  const profiles = remember<DatasetProfile>(24 * 3_600_000, 20)
  const all = async <T>(kind: string): Promise<T[]> => (await metadata.list<T>(kind)).map(d => d.body)

  const viewNamed = async (name: string): Promise<ViewDefinition> => {
    const found = (await metadata.get<ViewDefinition>('view', name))?.body
    if (found === undefined) throw new SlipwayError('not_found', `There is no feature view ${name}.${suggest(name, (await metadata.list('view')).map(d => d.id))}`)
    return found
  }

  app.get('/api/v1/features/views/:name', {
    config, schema: { tags: ['data'], summary: 'One feature view: what it means, its source and freshness, who uses it, how its values lie in the newest training set', params: NamedPath },
  }, async request => {
    const view = await viewNamed(request.params.name)
    const source = (await metadata.get<SourceDefinition>('source', view.source))?.body
    const services = (await all<ServiceDefinition>('service')).filter(s => s.features.some(f => f.startsWith(`${view.name}.`)))
    const names = new Set(services.map(s => s.name))
    const models = (await all<ModelDefinition>('model')).filter(m => names.has(m.service))
    const endpoints = (await all<EndpointDefinition>('endpoint')).filter(e => models.some(m => m.name === e.model))
    const lookedUpBy = (await all<ViewDefinition>('view')).filter(v => v.kind === 'aggregate' && (v.lookups ?? []).some(l => l.feature.startsWith(`${view.name}.`)))
    const sets = (await metadata.list<MadeSet>('datasetVersion')).filter(d => names.has(d.body.derivation?.service ?? '')).sort((a, b) => b.updatedAt - a.updatedAt)
    const newest = sets[0]?.body
    const wanted = view.features.map(f => `${view.name}.${f.name}`)
    const profile = newest === undefined ? null : await profiles(`${newest.version} ${view.name}`, '', () => data.profile(newest.version, wanted))
    const status = await data.status()
    return {
      view, entities: entitiesOf(view), keyTypes: Object.fromEntries((await all<EntityDefinition>('entity')).filter(e => entitiesOf(view).includes(e.name)).map(e => [e.name, e.type])), source: source ?? null, where: view.where === undefined ? null : conditionsText(view.where),
      meaning: view.features.map(f => ({ name: f.name, text: view.kind === 'latest' || !('aggregate' in f) ? `latest ${f.column ?? ''}${view.kind === 'latest' && view.ttl !== undefined ? ` within ${view.ttl}` : ''}` : `${aggregateText(f)}${f.column === undefined ? '' : ` of ${f.column}`}` })),
      ...withTimes({ online: status.sources.filter(s => s.source === view.source), now: clock.now() }) as object,
      usedBy: { services: [...names], models: models.map(m => m.name), endpoints: endpoints.map(e => e.name), views: lookedUpBy.map(v => v.name) },
      // Its bounds are numbers, called from and to.
      distribution: profile === null || newest === undefined ? null : { version: newest.version, name: newest.name, rows: profile.rows, sampled: profile.sampled, columns: profile.columns.map(c => ({ ...c, name: c.name.slice(view.name.length + 1) })) },
    }
  })

  app.post('/api/v1/features/views/:name/values', {
    config,
    schema: {
      tags: ['data'], summary: 'How the features of one entity went, and the rows behind them', params: NamedPath,
      description: 'Recomputed from the journal as of now. Default range: the last seven days of the home\'s time. A read of history: recorded as `features.read`, once an hour for the same entity and purpose.',
      body: Type.Object({
        entities: Type.Record(Type.String(), Type.Unknown(), { description: 'Entity name → key' }), features: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 100, description: 'Names within the view; default all' })),
        from: Type.Optional(Type.Union([Time, Type.Null()])), to: Type.Optional(Type.Union([Time, Type.Null()])), points: Type.Optional(Type.Integer({ minimum: 2, maximum: 500 })),
        purpose: Type.Optional(Purpose),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const view = await viewNamed(request.params.name)
    const { entities, features = view.features.map(f => f.name), points, purpose } = request.body
    const { actor } = request.principal
    const to = readOptionalTime(request.body.to, 'to') ?? clock.now()
    const from = readOptionalTime(request.body.from, 'from') ?? to - 7 * DAY
    const found = await data.valueHistory(features.map(f => `${view.name}.${f}`), { entities: entities as Row, from, to, points, reader: { actor, purpose: readPurpose(purpose, NOT_STATED) } })
    // Whose values they are is not in the ledger, which forgets nothing.
    await reads.record({ actor, purpose, action: 'features.read', subject: `view/${view.name}`, details: { features, versions: found.versions, rows: found.rows.length, from, to }, part: JSON.stringify([entities, features]) })
    return { ...withTimes({ from, to, now: clock.now(), rows: found.rows }) as object, asOf: found.asOf, features: found.features, times: found.times, points: found.values }
  })

  app.get('/api/v1/datasets/versions/:version/profile', {
    config, schema: { tags: ['data'], summary: 'What the columns of a dataset version hold: missing, range, quantiles, histogram or most frequent values', params: Type.Object({ version: Name }) },
  }, request => profiles(request.params.version, '', () => data.profile(request.params.version)))
}
