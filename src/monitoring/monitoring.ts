import type { Actor } from '../core/actor.ts'
import type { Clock } from '../core/clock.ts'
import type { MonitorDefinition } from '../core/definition.ts'
import type { Log } from '../core/log.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { PredictionPort } from '../core/ports/predictions.ts'
import { parseDuration, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import { openAlerts, type AlertFilter } from './alerts.ts'
import { currentQuality, type CurrentQuality } from './current.ts'
import { lookAtDrift } from './drift-look.ts'
import { measureDrift, measureWindow, type DriftQuery } from './drift-report.ts'
import { readEndpointFacts } from './endpoint-facts.ts'
import { evaluateMonitors, listMonitors, type EvaluationRequest, type MonitorView } from './evaluation.ts'
import { lookAtFallback } from './fallback-look.ts'
import { makeReport, type Report, type ReportQuery } from './report.ts'
import { openIncidents, type IncidentFilter } from './incidents.ts'
import type { Seen } from './look.ts'
import { lookAtQuality } from './metric-look.ts'
import { measurePerformance, type PerformanceQuery, type PerformanceReport } from './performance.ts'
import type { Alert, DriftReport, Evaluation, Incident, TrialReport } from './records.ts'
import { reportTrial, type TrialRequest } from './trial.ts'

/** What the component stands on. */
export interface MonitoringParts {
  predictions: PredictionPort
  /** Rows of training sets, which drift is measured against. */
  datasets: Pick<FeaturePort, 'loadDataset'>
  metadata: Metadata
  clock: Clock
  log: Log
}

/** The monitoring component: what became of predictions, and what is wrong with that. */
export interface Monitoring {
  /** Predictions against the truth that has come, by period, with the counts that the numbers rest on. */
  performance(query: Omit<PerformanceQuery, 'label'> & { /** Default: the label that the model learnt. */ label?: string }): Promise<PerformanceReport>
  /** How far the model's inputs have moved, by period, against the training set of the release that answered most. */
  drift(query: DriftQuery): Promise<DriftReport>
  /** The last seven days by release, the newest first. */
  current(endpoint: string): Promise<CurrentQuality[]>
  /** All of it together, for people: `renderReport` makes a page of it. */
  report(query: ReportQuery): Promise<Report>
  /** Every registered monitor with the looks that are kept, the newest last. */
  listMonitors(): Promise<MonitorView[]>
  /** Takes every look that is due by then, the oldest first, and does what follows: alerts and incidents open and close. Again, it does nothing. */
  evaluate(request?: EvaluationRequest): Promise<Evaluation[]>
  /** Newest first. */
  listAlerts(filter?: AlertFilter): Promise<Alert[]>
  /** Somebody has seen it: it goes on, and asks nobody else. `not_found`, or `conflict` once it is resolved. */
  acknowledge(request: { id: string; note: string; actor: Actor }): Promise<Alert>
  /** Newest first. */
  listIncidents(filter?: IncidentFilter): Promise<Incident[]>
  /** `not_found`. */
  getIncident(id: string): Promise<Incident>
  /** The challenger that runs (or ran last) against the champion, and what the model's policy says of it. `not_found` without one. */
  trial(request: TrialRequest): Promise<TrialReport>
  /** A person's words about what happened; an open incident is closed with them. */
  closeIncident(request: { id: string; postMortem: string; actor: Actor }): Promise<Incident>
}

export function openMonitoring(parts: MonitoringParts): Monitoring {
  const { predictions, metadata, clock, log } = parts
  const incidents = openIncidents({ metadata, clock })
  const alerts = openAlerts({ metadata, incidents, clock })
  const inTurn = oneAtATime()

  const look = async (monitor: MonitorDefinition, at: Micros): Promise<Seen> => {
    const { label } = await readEndpointFacts(metadata, monitor.endpoint)
    const window = { from: at - (parseDuration(monitor.window) as Micros), to: at }
    // (from, to] in whole microseconds; labels as they were known at the boundary, so that a late look is the look that was missed.
    const range = { endpoint: monitor.endpoint, from: window.from + 1, to: window.to + 1 }
    if (monitor.kind === 'drift') return lookAtDrift(monitor, await measureWindow(parts, { ...range, features: monitor.features }), at, window)
    const outcomes = await predictions.outcomes({ ...range, label, knownBy: at })
    return monitor.kind === 'quality' ? lookAtQuality(monitor, outcomes, at, window) : lookAtFallback(monitor, outcomes, at, window)
  }

  return {
    performance: async query => measurePerformance(predictions, { ...query, label: query.label ?? (await readEndpointFacts(metadata, query.endpoint)).label }, clock.now()),
    drift: query => measureDrift(parts, query),
    async current(endpoint) {
      const { label } = await readEndpointFacts(metadata, endpoint)
      return currentQuality(predictions, { endpoint, label, now: clock.now() })
    },
    async report(query) {
      const { endpoint } = query
      const { label } = await readEndpointFacts(metadata, endpoint)
      const monitors = (await listMonitors(metadata)).map(m => m.definition)
      return makeReport({
        predictions, label, monitors, alerts: await alerts.list({ endpoint, limit: Infinity }), incidents: await incidents.list({ endpoint }), now: clock.now(),
        drift: asked => measureDrift(parts, asked),
      }, query)
    },
    listMonitors: () => listMonitors(metadata),
    evaluate: (request = {}) => inTurn(() => evaluateMonitors({ metadata, alerts, clock, log, look }, request)),
    listAlerts: alerts.list,
    acknowledge: request => inTurn(() => alerts.acknowledge(request)),
    async trial({ endpoint, at = clock.now() }) {
      const { label, model } = await readEndpointFacts(metadata, endpoint)
      return reportTrial(predictions, { endpoint, label, policy: model?.evaluation.trial, now: at })
    },
    listIncidents: incidents.list, getIncident: incidents.get,
    closeIncident: request => inTurn(() => incidents.close(request)),
  }
}

/** Looks and what people do to alerts follow each other. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }
}
