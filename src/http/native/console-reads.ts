import { Type } from 'typebox'
import { SlipwayError } from '../../core/errors.ts'
import { MINUTE } from '../../core/time.ts'
import type { App } from '../server-state.ts'
import { readOverview, type Overview } from './overview.ts'
import type { NativeParts } from './parts.ts'
import { listPending, type PendingApproval } from './pending.ts'
import { remember } from './remembered.ts'
import { NamedPath, QueryTime, readOptionalTime } from './schemas.ts'
import { withTimes } from './times.ts'
import { countTraffic, measureLatency, type Traffic } from './traffic.ts'

/** What a chart can show. */
const MOST_BUCKETS = 2_000

/** Aggregates over several components, for whoever looks: the console polls them, so they are cheap, and computed once for many tabs. */
export function consoleReads(app: App, { platform, state }: NativeParts): void {
  const { metadata, journal, production, clock } = platform
  const config = { access: 'read' as const }
  const ledgerState = (): string => String(metadata.ledger.size)
  const homeState = (): string => `${metadata.ledger.size} ${journal.durable}`
  // While a stream runs its state changes all the time: then age alone decides.
  const pendings = remember<PendingApproval[]>(60_000)
  const overviews = remember<Overview>(2_000)
  const traffics = remember<Traffic>(1_000)
  const pending = (): Promise<PendingApproval[]> => pendings('all', ledgerState(), () => listPending(platform))

  app.get('/api/v1/pulse', { config, schema: { tags: ['server'], summary: 'Has anything changed? Ledger size, journal position, what waits and what is wrong: cheap, to be polled' } }, async () => {
    const [waiting, alerts, incidents] = await Promise.all([pending(), metadata.list('alert'), metadata.list('incident')])
    return withTimes({
      ledger: metadata.ledger.size, journal: journal.durable, now: clock.now(), ready: platform.ready && !state.stopping,
      approvals: waiting.length, // What is only a note asks for nobody.
      alerts: alerts.filter(a => a.body.state === 'firing' && a.body.severity !== 'info').length, incidents: incidents.filter(i => i.body.state === 'open').length,
    })
  })

  app.get('/api/v1/overview', {
    config, schema: { tags: ['server'], summary: 'Every endpoint in one row: traffic, quality with n and interval, drift, alerts, what waits', querystring: Type.Object({ asOf: Type.Optional(QueryTime) }, { additionalProperties: false }) },
  }, async request => {
    const asOf = readOptionalTime(request.query.asOf, 'asOf') ?? null
    return withTimes(await overviews(String(asOf), ledgerState(), () => readOverview(platform, asOf)))
  })

  app.get('/api/v1/approvals/pending', { config, schema: { tags: ['models'], summary: 'Candidates that passed their gate and wait for a person' } }, async () => ({ pending: withTimes(await pending()) }))

  app.get('/api/v1/endpoints/:name/traffic', {
    config,
    schema: {
      tags: ['endpoints'], summary: 'Predictions over time: how many, by release and role, by fallback', params: NamedPath,
      querystring: Type.Object({ from: Type.Optional(QueryTime), to: Type.Optional(QueryTime), buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_BUCKETS, default: 200 })) }, { additionalProperties: false }),
    },
  }, async request => {
    const { name } = request.params
    const { buckets = 200 } = request.query
    if (await metadata.get('endpoint', name) === null) throw new SlipwayError('unknown_endpoint', `There is no endpoint ${JSON.stringify(name)}.`)
    const asked = { from: readOptionalTime(request.query.from, 'from'), to: readOptionalTime(request.query.to, 'to') }
    if (asked.from !== undefined && asked.to !== undefined && asked.from >= asked.to) throw new SlipwayError('invalid_request', 'The range is empty: `from` must be before `to`.')
    return withTimes(await traffics(JSON.stringify([name, asked, buckets]), homeState(), async () => {
      const outcomes = await production.latencies({ endpoint: name, from: asked.from ?? 0, to: asked.to ?? 9_000_000_000_000_000 })
      const first = outcomes.eventTime.reduce((least, t) => Math.min(least, t), Number.POSITIVE_INFINITY)
      const last = outcomes.eventTime.reduce((most, t) => Math.max(most, t), 0)
      const to = asked.to ?? last + 1
      // A bucket that nobody asked for is a minute at least.
      const from = asked.from ?? Math.max(0, Math.min(outcomes.rows === 0 ? to : first, to - buckets * MINUTE))
      const traffic = countTraffic(name, outcomes, from, Math.max(from + 1, to), buckets)
      return { ...traffic, latency: measureLatency(outcomes, from, traffic.step, buckets) }
    }))
  })
}
