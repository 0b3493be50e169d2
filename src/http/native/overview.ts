// One row an endpoint: what a person asks first. It reads documents and indexes, never the whole journal.
import type { ModelDefinition, MonitorDefinition, QualityMonitor, StoredEndpoint } from '../../core/definition.ts'
import type { Estimate } from '../../core/ports/registry.ts'
import type { Outcomes, ServedRelease } from '../../core/ports/predictions.ts'
import type { Micros } from '../../core/time.ts'
import type { Alert, Incident, Look } from '../../monitoring/index.ts'
import type { Platform } from '../../platform.ts'
import { countTraffic } from './traffic.ts'
import { listPending } from './pending.ts'

const WINDOW = 7 * 86_400_000_000
const SPARKS = 28
const FAR: Micros = 9_000_000_000_000_000

export interface EndpointOverview {
  name: string
  description: string | null
  model: string
  /** Served straight from a file: nothing judged its model. */
  unmanaged: boolean
  /** What answers, champion first. */
  serving: { id: string; number: number; role: string; share: number; since: Micros }[]
  /** All predictions there are. */
  predictions: number
  /** The week that ends with the newest prediction; null before the first. */
  traffic: { from: Micros; to: Micros; total: number; fallbacks: number; counts: number[] } | null
  quality: { metric: 'auc'; value: Estimate | null; limit: number | null; monitor: string | null; labelled: number; predictions: number; from: Micros; to: Micros } | null
  /** The input that moved most at the newest look of a drift monitor. */
  drift: { feature: string; beyondNoise: number; limit: number; state: Look['state']; n: number; monitor: string; at: Micros } | null
  alerts: Pick<Alert, 'id' | 'monitor' | 'severity' | 'state' | 'summary' | 'since'>[]
  incidents: Pick<Incident, 'id' | 'title' | 'openedAt'>[]
  pending: number
  /** The newest entry of the ledger about its deployment. */
  last: { index: number; at: Micros; actor: string; action: string; from: string | null; to: string | null } | null
}

export interface Overview { now: Micros; /** The moment that was asked for; null is now. */ at: Micros | null; ledger: number; endpoints: EndpointOverview[] }

/** As it is now, or as far as it was known at `asOf`. */
export async function readOverview(platform: Platform, asOf: Micros | null): Promise<Overview> {
  const { metadata, clock } = platform
  const read = async <T>(kind: string): Promise<T[]> => (await metadata.list(kind)).map(d => d.body as unknown as T)
  const [definitions, monitors, alerts, incidents, pending] = await Promise.all([
    read<StoredEndpoint>('endpoint'), read<MonitorDefinition>('monitor'), read<Alert>('alert'), read<Incident>('incident'), asOf === null ? listPending(platform) : [],
  ])
  const limit = asOf ?? FAR
  return {
    now: clock.now(), at: asOf, ledger: metadata.ledger.size,
    endpoints: await Promise.all(definitions.map(async (definition): Promise<EndpointOverview> => {
      const { name } = definition
      const own = monitors.filter(m => m.endpoint === name)
      return {
        name, description: definition.description ?? null, model: definition.model, unmanaged: definition.unmanaged === true, predictions: (await platform.production.counts(name)).predictions,
        serving: servingAt(await platform.production.served(name), limit), ...await readQuality(platform, definition, own, limit),
        drift: await readDrift(platform, own, limit),
        alerts: alerts.filter(a => a.endpoint === name && a.since <= limit && (a.resolvedAt === null || a.resolvedAt > limit)).map(({ id, monitor, severity, state, summary, since }) => ({ id, monitor, severity, state, summary, since })),
        incidents: incidents.filter(i => i.endpoint === name && i.openedAt <= limit && (i.closedAt === null || i.closedAt > limit)).map(({ id, title, openedAt }) => ({ id, title, openedAt })),
        pending: pending.filter(p => p.model === definition.model).length,
        last: await readLast(platform, name, limit),
      }
    })),
  }
}

const ORDER = ['champion', 'challenger', 'canary', 'shadow']

function servingAt(served: ServedRelease[], at: Micros): EndpointOverview['serving'] {
  return served.filter(s => s.since <= at && (s.until === null || s.until > at))
    .map(({ id, number, role, share, since }) => ({ id, number, role, share, since })).sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role))
}

async function readQuality({ production, monitoring, metadata, clock }: Platform, { name, model }: StoredEndpoint, monitors: MonitorDefinition[], limit: Micros): Promise<Pick<EndpointOverview, 'traffic' | 'quality'>> {
  const definition = (await metadata.get('model', model))?.body as unknown as ModelDefinition | undefined
  const label = definition?.examples.label.name ?? 'label'
  const knownBy = Math.min(limit, clock.now())
  // The newest prediction ends the week: a home that rests shows its last one.
  const to = limit < FAR ? limit : ((await production.listPredictions({ endpoint: name, limit: 1 }))[0]?.eventTime ?? -1) + 1
  if (to === 0) return { traffic: null, quality: null }
  const from = to - WINDOW
  const outcomes: Outcomes = await production.outcomes({ endpoint: name, label, from, to, knownBy })
  const { total, fallbacks, counts } = countTraffic(name, outcomes, from, to, SPARKS)
  const { total: measured } = await monitoring.performance({ endpoint: name, label, from, to, knownBy, by: 'month' })
  const monitor = monitors.find((m): m is QualityMonitor => m.kind === 'quality' && m.metric === 'auc')
  return {
    traffic: { from, to, total, fallbacks, counts },
    quality: { metric: 'auc', value: measured.auc, limit: monitor?.limit ?? null, monitor: monitor?.name ?? null, labelled: measured.labelled, predictions: measured.predictions, from, to },
  }
}

async function readDrift({ metadata }: Platform, monitors: MonitorDefinition[], limit: Micros): Promise<EndpointOverview['drift']> {
  let worst: EndpointOverview['drift'] = null
  for (const monitor of monitors) {
    if (monitor.kind !== 'drift') continue
    const looks = ((await metadata.get('monitorState', monitor.name))?.body as unknown as { looks?: Look[] } | undefined)?.looks ?? []
    const look = looks.findLast(l => l.at <= limit)
    const [most] = look?.features?.toSorted((a, b) => b.beyondNoise - a.beyondNoise) ?? []
    if (look === undefined || most === undefined || (worst !== null && worst.beyondNoise >= most.beyondNoise)) continue
    worst = { feature: most.feature, beyondNoise: most.beyondNoise, limit: look.limit, state: look.state, n: look.n, monitor: monitor.name, at: look.at }
  }
  return worst
}

async function readLast({ metadata }: Platform, endpoint: string, limit: Micros): Promise<EndpointOverview['last']> {
  const entry = (await metadata.trail('deployment', endpoint)).findLast(e => e.at <= limit)
  if (entry === undefined) return null
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return { index: entry.index, at: entry.at, actor: entry.actor, action: text(entry.details.action) ?? entry.action, from: text(entry.details.from), to: text(entry.details.to) }
}
