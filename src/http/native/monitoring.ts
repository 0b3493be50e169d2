import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import type { Micros } from '../../core/time.ts'
import { renderReport } from '../../monitoring/index.ts'
import type { App } from '../server-state.ts'
import { rememberDrift } from './drift-memory.ts'
import type { NativeParts } from './parts.ts'
import { Limit, Name, QueryTime, readOptionalTime, Time } from './schemas.ts'
import { withTimes } from './times.ts'

const EndpointPath = Type.Object({ endpoint: Name })
const Range = {
  from: Type.Optional(QueryTime), to: Type.Optional(QueryTime),
  by: Type.Optional(Type.Union([Type.Literal('day'), Type.Literal('week'), Type.Literal('month')], { default: 'week' })),
}
const AlertState = Type.Union([Type.Literal('firing'), Type.Literal('acknowledged'), Type.Literal('resolved')])
const IncidentState = Type.Union([Type.Literal('open'), Type.Literal('closed')])

/** What became of predictions, and what is wrong with that. */
export function monitoringRoutes(app: App, { platform }: NativeParts): void {
  const { monitoring } = platform
  const drift = rememberDrift(platform)
  const read = { access: 'read' as const }
  const scientist = { access: { write: 'scientist' as const } }

  /** From the first release that served to now, where nothing else is asked for; null where none did. */
  const requireEndpoint = async (endpoint: string): Promise<void> => {
    if (await platform.metadata.get('endpoint', endpoint) === null) throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(endpoint)}.`)
  }
  /** "Nothing fires" would be untrue of a name that is misspelt. What an endpoint left behind that is declared no more is still shown. */
  const knownOr = async <T>(endpoint: string | undefined, found: readonly T[]): Promise<readonly T[]> => {
    if (endpoint !== undefined && found.length === 0) await requireEndpoint(endpoint)
    return found
  }
  const rangeOf = async (endpoint: string, from: string | undefined, to: string | undefined): Promise<{ from: Micros; to: Micros } | null> => {
    await requireEndpoint(endpoint)
    const since = (await platform.production.served(endpoint))[0]?.since
    if (since === undefined) return null
    const range = { from: readOptionalTime(from, 'from') ?? since, to: readOptionalTime(to, 'to') ?? platform.clock.now() + 1 }
    return range.from < range.to ? range : null
  }

  app.get('/api/v1/monitoring/:endpoint/drift', {
    config: read,
    schema: {
      tags: ['monitoring'], summary: 'How far each input has moved against the training set, beyond what noise gives, by period', params: EndpointPath,
      querystring: Type.Object({ ...Range, features: Type.Optional(Type.String({ maxLength: 10_000, description: 'Names with commas between; default: every input' })) }, { additionalProperties: false }),
    },
  }, async request => {
    const { endpoint } = request.params
    const { from, to, by = 'week', features } = request.query
    const range = await rangeOf(endpoint, from, to)
    if (range === null) return { endpoint, by, periods: [] }
    return withTimes(await drift({ endpoint, by, ...range, features: features?.split(',').filter(f => f !== '') }))
  })

  for (const [path, summary] of [['report', 'Quality, drift, releases and alerts by period, for people'], ['report.html', 'The same as one page that needs nothing else']] as const) {
    app.get(`/api/v1/monitoring/:endpoint/${path}`, {
      config: read,
      schema: { tags: ['monitoring'], summary, params: EndpointPath, querystring: Type.Object({ ...Range, knownBy: Type.Optional(QueryTime) }, { additionalProperties: false }) },
    }, async (request, reply) => {
      const { endpoint } = request.params as { endpoint: string }
      const { from, to, by, knownBy } = request.query as { from?: string; to?: string; by?: 'day' | 'week' | 'month'; knownBy?: string }
      const report = await monitoring.report({ endpoint, by, from: readOptionalTime(from, 'from'), to: readOptionalTime(to, 'to'), knownBy: readOptionalTime(knownBy, 'knownBy') })
      if (path === 'report') return withTimes(report)
      return reply.type('text/html; charset=utf-8').send(Buffer.from(renderReport(report)))
    })
  }

  app.get('/api/v1/monitoring/:endpoint/trial', {
    config: read,
    schema: {
      tags: ['monitoring'], summary: 'The challenger against the champion, with always-valid intervals and the policy\'s verdict', params: EndpointPath,
      querystring: Type.Object({ at: Type.Optional(QueryTime) }, { additionalProperties: false }),
    },
  }, async request => withTimes(await monitoring.trial({ endpoint: request.params.endpoint, at: readOptionalTime(request.query.at, 'at') })))

  app.get('/api/v1/monitors', {
    config: read,
    schema: {
      tags: ['monitoring'], summary: 'Every monitor with its last looks, the newest last',
      querystring: Type.Object({ endpoint: Type.Optional(Name), looks: Type.Optional(Type.Integer({ minimum: 1, maximum: 400, default: 30 })) }, { additionalProperties: false }),
    },
  }, async request => {
    const { endpoint, looks = 30 } = request.query
    const monitors = (await monitoring.listMonitors()).filter(m => endpoint === undefined || m.definition.endpoint === endpoint)
    await knownOr(endpoint, monitors)
    return { monitors: monitors.map(m => ({ ...withTimes({ ...m, definition: undefined, looks: m.looks.slice(-looks) }) as object, definition: m.definition })) }
  })

  app.post('/api/v1/monitors/evaluate', {
    config: scientist,
    schema: {
      tags: ['monitoring'], summary: 'Take every look that is due; a serving home does so by itself once a minute',
      body: Type.Object({ at: Type.Optional(Time), endpoint: Type.Optional(Name) }, { additionalProperties: false }),
    },
  }, async request => {
    const at = readOptionalTime(request.body.at, 'at')
    const now = platform.clock.now()
    if (at !== undefined && at > now) throw new SlipwayError('invalid_request', 'at lies in the future: a look sees what has happened.', { faults: [{ path: 'at', message: 'must not be in the future' }] })
    if (request.body.endpoint !== undefined) await requireEndpoint(request.body.endpoint)
    return { evaluations: withTimes(await monitoring.evaluate({ at: at ?? now, endpoint: request.body.endpoint })) }
  })

  app.get('/api/v1/alerts', {
    config: read,
    schema: { tags: ['monitoring'], summary: 'Alerts, newest first', querystring: Type.Object({ state: Type.Optional(AlertState), endpoint: Type.Optional(Name), limit: Type.Optional(Limit) }, { additionalProperties: false }) },
  }, async request => ({ alerts: withTimes(await knownOr(request.query.endpoint, await monitoring.listAlerts(request.query))) }))

  app.post('/api/v1/alerts/:id/acknowledge', {
    config: scientist,
    schema: { tags: ['monitoring'], summary: 'Somebody has seen it and is on it', params: Type.Object({ id: Name }), body: Type.Object({ note: Type.String({ minLength: 1, maxLength: 2_000 }) }, { additionalProperties: false }) },
  }, async request => withTimes(await monitoring.acknowledge({ id: request.params.id, note: request.body.note, actor: request.principal.actor })))

  app.get('/api/v1/incidents', {
    config: read,
    schema: { tags: ['monitoring'], summary: 'Incidents, newest first, each with its timeline', querystring: Type.Object({ state: Type.Optional(IncidentState), endpoint: Type.Optional(Name) }, { additionalProperties: false }) },
  }, async request => ({ incidents: withTimes(await knownOr(request.query.endpoint, await monitoring.listIncidents(request.query))) }))

  app.get('/api/v1/incidents/:id', { config: read, schema: { tags: ['monitoring'], summary: 'One incident', params: Type.Object({ id: Name }) } },
    async request => withTimes(await monitoring.getIncident(request.params.id)))

  app.post('/api/v1/incidents/:id/close', {
    config: scientist,
    schema: { tags: ['monitoring'], summary: 'Close it in words; what is closed already gets the words', params: Type.Object({ id: Name }), body: Type.Object({ postMortem: Type.String({ minLength: 1, maxLength: 20_000 }) }, { additionalProperties: false }) },
  }, async request => withTimes(await monitoring.closeIncident({ id: request.params.id, postMortem: request.body.postMortem, actor: request.principal.actor })))
}
