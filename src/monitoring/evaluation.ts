// Evaluates the monitors that are due: looks, then what they mean for alerts and incidents.
import type { Json } from '../core/canonical.ts'
import type { MonitorDefinition } from '../core/definition.ts'
import { formatTime, parseDuration, type Micros } from '../core/time.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Metadata } from '../metadata/index.ts'
import { MONITORING } from './actor.ts'
import type { Alerts } from './alerts.ts'
import { dueBoundaries, MOST_LOOKS } from './boundary.ts'
import type { Seen } from './look.ts'
import type { Alert, Evaluation, Look, MonitorState } from './records.ts'

export interface EvaluationRequest { /** Default: the home's time. */ at?: Micros; /** Only its monitors. */ endpoint?: string }

export interface EvaluationParts {
  metadata: Metadata
  alerts: Alerts
  clock: Clock
  log: Log
  /** The look of a monitor at a boundary. */
  look(monitor: MonitorDefinition, at: Micros): Promise<Seen>
}

/** A monitor with its newest look. */
export interface MonitorView { definition: MonitorDefinition; looks: Look[]; /** Of a drift monitor: every input as the newest look saw it. */ inputs: NonNullable<Look['features']>; /** When the newest was taken, by the wall clock; null before the first. */ evaluatedAt: Micros | null }

export async function listMonitors(metadata: Pick<Metadata, 'list'>): Promise<MonitorView[]> {
  const states = new Map((await metadata.list<MonitorState>('monitorState')).map(d => [d.id, d]))
  return (await metadata.list('monitor')).map(({ id, body }) => ({ definition: body as unknown as MonitorDefinition, looks: states.get(id)?.body.looks ?? [], inputs: states.get(id)?.body.inputs ?? [], evaluatedAt: states.get(id)?.updatedAt ?? null }))
}

/**
 * Looks that are due, in the order of their boundaries. Alerts and incidents are changed as each look is taken, every change an entry of the
 * ledger; the looks themselves follow as one entry a call. After a crash between, the looks are taken again and find their alerts as they are.
 * @throws the first error of a monitor, after all others were evaluated.
 */
export async function evaluateMonitors(parts: EvaluationParts, request: EvaluationRequest): Promise<Evaluation[]> {
  const { metadata, alerts, log } = parts
  const at = request.at ?? parts.clock.now()
  const all = await listMonitors(metadata)
  await alerts.resolveOrphans(new Set(all.map(m => m.definition.name)), at)

  const monitors = all.filter(m => request.endpoint === undefined || m.definition.endpoint === request.endpoint)
  const due = monitors.flatMap(({ definition, looks }) => dueBoundaries(looks.at(-1)?.at ?? null, at, parseDuration(definition.every) as Micros).map(boundary => ({ definition, boundary })))
    .sort((a, b) => a.boundary - b.boundary || (a.definition.name < b.definition.name ? -1 : 1))
  const evaluations: Evaluation[] = []
  const refreshed = new Map<string, Alert>()
  const inputs = new Map<string, Seen['inputs']>()
  const failed = new Map<string, unknown>()
  for (const [i, { definition, boundary }] of due.entries()) {
    if (failed.has(definition.name)) continue
    if (i > 0 && due[i - 1].boundary < boundary) await alerts.closeIncidents(due[i - 1].boundary)
    try {
      const seen = await parts.look(definition, boundary)
      const changes = await alerts.apply(definition, seen)
      for (const alert of [...changes.opened, ...changes.resolved]) refreshed.delete(alert.id)
      for (const alert of changes.refreshed) refreshed.set(alert.id, alert)
      inputs.set(definition.name, seen.inputs)
      evaluations.push({ monitor: definition.name, look: seen.look, opened: changes.opened, resolved: changes.resolved })
    } catch (error) {
      failed.set(definition.name, error)
      log.error('A monitor could not be evaluated.', { monitor: definition.name, endpoint: definition.endpoint, at: formatTime(boundary), error })
    }
  }
  await alerts.closeIncidents(at)
  await keepLooks(metadata, monitors, evaluations, inputs, [...refreshed.values()])
  if (failed.size > 0) throw [...failed.values()][0]
  return evaluations
}

/** The looks of one call as one entry: that nothing happened is worth a line, not one for each monitor. */
async function keepLooks(metadata: Metadata, monitors: readonly MonitorView[], evaluations: readonly Evaluation[], inputs: ReadonlyMap<string, Seen['inputs']>, refreshed: readonly Alert[]): Promise<void> {
  if (evaluations.length === 0) return
  const counts: { [monitor: string]: Json } = {}
  for (const { monitor, look } of evaluations) {
    const count = counts[monitor] as { [state: string]: number } | undefined ?? {}
    counts[monitor] = { ...count, [look.state]: (count[look.state] ?? 0) + 1, last: formatTime(look.at) } as Json
  }
  await metadata.change({ actor: MONITORING, action: 'monitors.evaluated', subject: 'monitors/home', details: { looks: counts } }, async tx => {
    for (const { definition: { name }, looks } of monitors) {
      const taken = evaluations.filter(e => e.monitor === name).map(e => e.look)
      if (taken.length > 0) await tx.put<MonitorState>('monitorState', name, { monitor: name, looks: [...looks, ...taken].slice(-MOST_LOOKS), inputs: inputs.get(name) })
    }
    // Somebody may have acknowledged it meanwhile; only what the look saw is new.
    for (const { id, value, interval, limit, n, summary, severity, window, lastSeen } of refreshed) {
      const stored = await tx.get<Alert>('alert', id)
      if (stored !== null && stored.body.state !== 'resolved') await tx.put<Alert>('alert', id, { ...stored.body, value, interval, limit, n, summary, severity, window, lastSeen })
    }
  })
}
