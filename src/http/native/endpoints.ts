import { Type } from 'typebox'
import type { StoredEndpoint } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import { formatTime, type Micros } from '../../core/time.ts'
import type { Platform } from '../../platform.ts'
import type { App } from '../server-state.ts'
import type { NativeParts } from './parts.ts'
import { NamedPath, QueryTime, readOptionalTime } from './schemas.ts'
import { withTimes } from './times.ts'

const FAR: Micros = 9_000_000_000_000_000

/** An endpoint as it is listed: what it takes, and a body to try. */
export interface EndpointView {
  name: string
  description?: string
  model: string
  threshold: number | null
  /** Served straight from a file: nothing judged its model. */
  unmanaged: boolean
  /** Null while nothing is deployed. */
  release: { id: string; number: number; model: string; version: number; contentDigest: string } | null
  predictions: number
  entities: Column[]
  request: { name: string; type: string; optional?: boolean }[]
  labelEntity: Column | null
  features: Column[]
  example: { entities: Record<string, unknown>; request: Record<string, unknown> } | null
}

const EXAMPLES = { string: 'text', float64: 1.5, int64: 1, boolean: true, timestamp: '2026-01-01T12:00:00Z' } as const

/** @throws SlipwayError `unknown_endpoint`. */
export async function viewEndpoint(platform: Platform, name: string): Promise<EndpointView> {
  const found = await platform.metadata.get('endpoint', name)
  if (found === null) {
    const known = (await platform.metadata.list('endpoint')).map(d => d.id)
    throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(name)}; there ${known.length === 0 ? 'is none yet' : `are ${known.join(', ')}`}.`)
  }
  const definition = found.body as unknown as StoredEndpoint
  const base = { name, description: definition.description, model: definition.model, unmanaged: definition.unmanaged === true, predictions: (await platform.production.counts(name)).predictions }
  if (await platform.production.getDeployment(name) === null) return { ...base, threshold: definition.threshold ?? null, release: null, entities: [], request: [], labelEntity: null, features: [], example: null }
  const { release, entities, request, labelEntity, outputs, threshold } = await platform.production.describeEndpoint(name)
  return {
    ...base, threshold, entities, request, labelEntity, features: outputs,
    release: { id: release.id, number: release.number, model: release.model, version: release.modelVersion, contentDigest: release.contentDigest },
    example: await exampleBody(platform, name, entities, request),
  }
}

/** The newest prediction's own body where there is one, else one made from the types. */
async function exampleBody(platform: Platform, endpoint: string, entities: Column[], request: { name: string; type: Column['type'] }[]): Promise<EndpointView['example']> {
  const [newest] = await platform.production.listPredictions({ endpoint, limit: 1 })
  const typed = (c: { name: string; type: Column['type'] }): [string, unknown] => {
    const seen = newest?.request[c.name]
    return [c.name, typeof seen === 'number' && c.type === 'timestamp' ? formatTime(seen) : seen ?? EXAMPLES[c.type]]
  }
  return { entities: Object.fromEntries(entities.map(e => [e.name, newest?.entities[e.name] ?? EXAMPLES[e.type]])), request: Object.fromEntries(request.map(typed)) }
}

export function endpointRoutes(app: App, { platform }: NativeParts): void {
  app.get('/api/v1/endpoints', { config: { access: 'read' }, schema: { tags: ['endpoints'], summary: 'Every endpoint, what it reads, and a body to try' } }, async () => {
    const names = (await platform.metadata.list('endpoint')).map(d => d.id)
    return { endpoints: await Promise.all(names.map(name => viewEndpoint(platform, name))) }
  })

  app.get('/api/v1/endpoints/:name', { config: { access: 'read' }, schema: { tags: ['endpoints'], summary: 'One endpoint', params: NamedPath } }, request => viewEndpoint(platform, request.params.name))

  app.get('/api/v1/endpoints/:name/performance', {
    config: { access: 'read' },
    schema: {
      tags: ['endpoints'], summary: 'Predictions against the truth that has come, by period, with counts and intervals', params: NamedPath,
      querystring: Type.Object({
        from: Type.Optional(QueryTime), to: Type.Optional(QueryTime), knownBy: Type.Optional(QueryTime),
        by: Type.Optional(Type.Union([Type.Literal('day'), Type.Literal('week'), Type.Literal('month')], { default: 'week' })),
        label: Type.Optional(Type.String({ description: 'Default: the label that the model learnt' })),
      }, { additionalProperties: false }),
    },
  }, async request => {
    const { from, to, knownBy, by = 'week', label } = request.query
    return withTimes(await platform.monitoring.performance({
      endpoint: request.params.name, label, by,
      from: readOptionalTime(from, 'from') ?? 0, to: readOptionalTime(to, 'to') ?? FAR, knownBy: readOptionalTime(knownBy, 'knownBy'),
    }))
  })
}
