// One structure of what became of an endpoint's predictions, period by period, for people to read and keep.
import { ROLES, type Outcomes, type PredictionPort, type PredictionRole, type ServedRelease } from '../core/ports/predictions.ts'
import { formatTime, type Micros } from '../core/time.ts'
import { countMissingTruth, type MissingTruth } from './missing-truth.ts'
import { splitPeriods, summarize, type Performance } from './performance.ts'
import { nextPeriod, startOfPeriod, type PeriodLength } from './period.ts'
import { answered } from './outcome-rows.ts'
import type { Alert, DriftReport, FeatureDrift, Incident } from './records.ts'
import type { MonitorDefinition } from '../core/definition.ts'

/** Inputs that a period names, and that the strip of all periods shows. */
const WORST = 5
const STRIP = 12

export interface ReportQuery {
  endpoint: string
  /** Event times in [from, to); default: all there are. */
  from?: Micros
  to?: Micros
  /** Default: week. */
  by?: PeriodLength
  /** Truth as it was known then; default: now. */
  knownBy?: Micros
}

export interface ReportPeriod extends Performance {
  /** Who answered, the most first. */
  releases: { number: number; role: PredictionRole; predictions: number }[]
  /** Share of answers that did not come from the model; null without answers. */
  fallbackShare: number | null
  /** Against the training set of the release that answered most; null where it could not be measured. */
  drift: { release: string; rows: number; inputs: number; watch: number; alert: number; worst: Pick<FeatureDrift, 'feature' | 'effect' | 'beyondNoise' | 'qValue' | 'state'>[] } | null
  /** Alerts that opened in it. */
  alerts: string[]
}

export interface Report {
  endpoint: string
  label: string
  by: PeriodLength
  from: Micros
  to: Micros
  knownBy: Micros
  /** What there is to say, in sentences. */
  headline: string[]
  total: Performance & { fallbackShare: number | null }
  periods: ReportPeriod[]
  missingTruth: MissingTruth
  /** Releases that began to serve, within the range or before it and still serving. */
  releases: Pick<ServedRelease, 'id' | 'number' | 'role' | 'share' | 'since' | 'until' | 'action'>[]
  /** Of quality monitors: what the charts draw as a line. */
  limits: { monitor: string; metric: string; limit: number }[]
  /** The inputs that moved most, over the periods: beyond noise, null where nothing was measured. */
  strip: { feature: string; beyondNoise: (number | null)[]; states: (FeatureDrift['state'] | null)[] }[]
  alerts: Pick<Alert, 'id' | 'monitor' | 'severity' | 'state' | 'summary' | 'since' | 'resolvedAt' | 'n'>[]
  incidents: Pick<Incident, 'id' | 'title' | 'state' | 'openedAt' | 'closedAt'>[]
}

export interface ReportParts {
  predictions: Pick<PredictionPort, 'outcomes' | 'served'>
  label: string
  monitors: readonly MonitorDefinition[]
  alerts: readonly Alert[]
  incidents: readonly Incident[]
  now: Micros
  drift(query: { endpoint: string; from: Micros; to: Micros; by: PeriodLength }): Promise<DriftReport>
}

const FAR: Micros = 9_000_000_000_000_000

export async function makeReport(parts: ReportParts, query: ReportQuery): Promise<Report> {
  const { predictions, label, now } = parts
  const { endpoint, by = 'week', knownBy = now } = query
  const outcomes = await predictions.outcomes({ endpoint, label, from: query.from ?? 0, to: query.to ?? FAR, knownBy })
  const rows = answered(outcomes)
  const { from, to } = rangeOf(outcomes, rows, query, by, now)
  // A look says something of what was before it: what opened at the end of a period belongs to it.
  const within = (time: Micros): boolean => time > from && time <= (query.to ?? Math.max(to, now))
  const alerts = parts.alerts.filter(a => within(a.since)).sort((a, b) => a.since - b.since)
  const incidents = parts.incidents.filter(i => within(i.openedAt)).sort((a, b) => a.openedAt - b.openedAt)
  const served = (await predictions.served(endpoint)).filter(s => s.since < to && (s.until ?? Infinity) > from)
  const drift = rows.length === 0 ? null : await parts.drift({ endpoint, from, to, by })
  const total = summarize(outcomes, rows, from, to, 0.05)
  const periods = splitPeriods(outcomes, by).map((p): ReportPeriod => {
    const measured = summarize(outcomes, p.rows, Math.max(from, p.from), Math.min(to, p.to), 0.05)
    return {
      ...measured, releases: countReleases(outcomes, p.rows), fallbackShare: shareOf(measured), drift: driftOf(drift, p.from),
      alerts: alerts.filter(a => a.since > measured.from && a.since <= measured.to).map(a => a.id),
    }
  })
  const report: Omit<Report, 'headline'> = {
    endpoint, label, by, from, to, knownBy, total: { ...total, fallbackShare: shareOf(total) }, periods, missingTruth: countMissingTruth(outcomes, rows, knownBy),
    releases: served.map(({ id, number, role, share, since, until, action }) => ({ id, number, role, share, since, until, action })),
    limits: parts.monitors.flatMap(m => (m.kind === 'quality' && m.endpoint === endpoint ? [{ monitor: m.name, metric: m.metric, limit: m.limit }] : [])),
    strip: stripOf(drift, periods.map(p => startOfPeriod(p.from, by))),
    alerts: alerts.map(({ id, monitor, severity, state, summary, since, resolvedAt, n }) => ({ id, monitor, severity, state, summary, since, resolvedAt, n })),
    incidents: incidents.map(({ id, title, state, openedAt, closedAt }) => ({ id, title, state, openedAt, closedAt })),
  }
  return { ...report, headline: sayHeadline(report) }
}

/** What was asked for, else from the first answer's period to the end of the last one's, and not beyond now. */
function rangeOf({ eventTime }: Outcomes, rows: readonly number[], query: ReportQuery, by: PeriodLength, now: Micros): { from: Micros; to: Micros } {
  let first = Infinity
  let last = -Infinity
  for (const i of rows) { first = Math.min(first, eventTime[i]); last = Math.max(last, eventTime[i]) }
  const from = query.from ?? (rows.length === 0 ? now : startOfPeriod(first, by))
  return { from, to: query.to ?? Math.max(from + 1, rows.length === 0 ? now : Math.min(Math.max(now, last + 1), nextPeriod(startOfPeriod(last, by), by))) }
}

function shareOf({ predictions, fallback }: Performance): number | null { return predictions === 0 ? null : fallback / predictions }

function countReleases({ release, role }: Outcomes, rows: readonly number[]): ReportPeriod['releases'] {
  const counts = new Map<string, ReportPeriod['releases'][number]>()
  for (const i of rows) {
    const name = `${release[i]}/${role[i]}`
    const found = counts.get(name)
    if (found === undefined) counts.set(name, { number: release[i], role: ROLES[role[i]], predictions: 1 })
    else found.predictions++
  }
  return [...counts.values()].sort((a, b) => b.predictions - a.predictions)
}

function driftOf(report: DriftReport | null, start: Micros): ReportPeriod['drift'] {
  const found = report?.periods.find(p => startOfPeriod(p.from, report.by) === start)
  if (found === undefined || found.features.length === 0) return null
  const count = (state: FeatureDrift['state']): number => found.features.filter(f => f.state === state).length
  const worst = [...found.features].sort((a, b) => b.beyondNoise - a.beyondNoise).slice(0, WORST).map(({ feature, effect, beyondNoise, qValue, state }) => ({ feature, effect, beyondNoise, qValue, state }))
  return { release: found.release, rows: found.predictions, inputs: found.features.length, watch: count('watch'), alert: count('alert'), worst }
}

function stripOf(report: DriftReport | null, starts: readonly Micros[]): Report['strip'] {
  if (report === null) return []
  const byStart = new Map(report.periods.map(p => [startOfPeriod(p.from, report.by), new Map(p.features.map(f => [f.feature, f]))]))
  const names = new Set(report.periods.flatMap(p => p.features.map(f => f.feature)))
  const rows = [...names].map(feature => {
    const found = starts.map(start => byStart.get(start)?.get(feature))
    return { feature, beyondNoise: found.map(f => f?.beyondNoise ?? null), states: found.map(f => f?.state ?? null) }
  })
  const most = (row: Report['strip'][number]): number => Math.max(0, ...row.beyondNoise.map(n => n ?? 0))
  return rows.sort((a, b) => most(b) - most(a)).slice(0, STRIP)
}

/** The first lines that somebody reads: quality with what it rests on, its weeks, trouble, and truth that will not come. */
function sayHeadline({ by, total, periods, alerts, incidents, missingTruth, from, to }: Omit<Report, 'headline'>): string[] {
  const n = (count: number): string => count.toLocaleString('en')
  const plural = (count: number, word: string): string => `${count === 0 ? 'no' : n(count)} ${word}${count === 1 ? '' : 's'}`
  const span = `${formatTime(from).slice(0, 10)} to ${formatTime(to).slice(0, 10)}`
  const { auc, calibration } = total
  const measured = periods.filter(p => p.auc !== null).map(p => p.auc?.value as number)
  return [
    auc === null ? `${plural(total.predictions, 'prediction')} from ${span}; the outcomes that are known say nothing about quality yet.`
      : `AUC ${auc.value.toFixed(3)} (${auc.low.toFixed(3)} to ${auc.high.toFixed(3)}) on ${n(total.labelled)} outcomes of ${plural(total.predictions, 'prediction')}, ${span}${measured.length > 1 ? `; by ${by} from ${Math.min(...measured).toFixed(3)} to ${Math.max(...measured).toFixed(3)}` : ''}.`,
    ...(calibration === null ? [] : [`It said ${percent(calibration.predicted)} on average, and ${percent(calibration.observed.value)} happened (${percent(calibration.observed.low)} to ${percent(calibration.observed.high)}).`]),
    `${capital(plural(alerts.length, 'alert'))} and ${plural(incidents.length, 'incident')}; the fallback gave ${total.fallback === 0 ? 'no answer' : plural(total.fallback, 'answer')}.`,
    missingTruth.sentence,
  ]
}

function percent(share: number): string { return `${(share * 100).toFixed(1)} %` }
function capital(text: string): string { return text[0].toUpperCase() + text.slice(1) }
