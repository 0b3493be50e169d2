import { formatActor, type Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import type { MonitorDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatTime, type Micros } from '../core/time.ts'
import type { Change, Metadata } from '../metadata/index.ts'
import { MONITORING } from './actor.ts'
import type { Incidents } from './incidents.ts'
import type { Finding, Seen } from './look.ts'
import type { Alert } from './records.ts'

/** What a look did to the alerts of its monitor. Refreshed ones are written with the looks, as nothing about them is news. */
export interface AlertChanges { opened: Alert[]; resolved: Alert[]; refreshed: Alert[] }

export interface AlertFilter { state?: Alert['state']; endpoint?: string; /** Default 100. */ limit?: number }

export interface Alerts {
  /** Opens, keeps or resolves. Doing it again for the same look, or after a crash for one that was done in part, changes nothing more. */
  apply(monitor: MonitorDefinition, seen: Seen): Promise<AlertChanges>
  /** Closes incidents whose alerts are all resolved by then: after every look of a boundary, as another of them may join. */
  closeIncidents(by: Micros): Promise<void>
  /** Resolves what monitors that are no longer registered left firing. */
  resolveOrphans(monitors: ReadonlySet<string>, at: Micros): Promise<Alert[]>
  /** Newest first. */
  list(filter?: AlertFilter): Promise<Alert[]>
  /** @throws SlipwayError `not_found`, `conflict` when it is resolved. */
  acknowledge(request: { id: string; note: string; actor: Actor }): Promise<Alert>
}

const put = (tx: Change, alert: Alert): Promise<unknown> => tx.put<Alert>('alert', alert.id, alert)

export function openAlerts({ metadata, incidents, clock }: { metadata: Metadata; incidents: Incidents; clock: Clock }): Alerts {
  /** The newest alert of each fingerprint; read once, as nobody else writes them. */
  let newest: Promise<Map<string, Alert>> | undefined
  const known = (): Promise<Map<string, Alert>> => newest ??= metadata.list<Alert>('alert').then(list => new Map(list.map(({ body }) => [body.fingerprint, body])))

  const open = async (monitor: MonitorDefinition, seen: Seen, finding: Finding): Promise<Alert> => {
    const { at, window } = seen.look
    const alert: Alert = {
      id: newId('alrt'), monitor: monitor.name, kind: monitor.kind, endpoint: monitor.endpoint, fingerprint: finding.fingerprint, severity: monitor.severity, state: 'firing',
      summary: finding.summary, metric: finding.metric, value: finding.value as number, interval: finding.interval, limit: finding.limit, n: finding.n, window,
      since: at, lastSeen: at, acknowledged: null, resolvedAt: null, incident: null,
    }
    const details = { monitor: monitor.name, endpoint: monitor.endpoint, severity: monitor.severity, summary: alert.summary, look: formatTime(at), value: alert.value, limit: alert.limit, n: alert.n }
    await metadata.change({ actor: MONITORING, action: 'alert.opened', subject: `alert/${alert.id}`, details }, async tx => {
      if (monitor.severity === 'page') alert.incident = await incidents.join(tx, alert)
      await put(tx, alert)
    })
    return alert
  }

  const resolve = async (alert: Alert, at: number, why: string): Promise<Alert> => {
    const resolved: Alert = { ...alert, state: 'resolved', resolvedAt: at }
    await metadata.change({ actor: MONITORING, action: 'alert.resolved', subject: `alert/${alert.id}`, details: { monitor: alert.monitor, endpoint: alert.endpoint, why, look: formatTime(at) } }, tx => put(tx, resolved))
    return resolved
  }

  /** Pages are somebody's case at once; also those that a crash left without one. */
  const openIncident = async (alerts: Map<string, Alert>, alert: Alert): Promise<void> => {
    if (alert.state !== 'resolved' && alert.severity === 'page' && alert.incident === null) alerts.set(alert.fingerprint, { ...alert, incident: await incidents.open(alert) })
  }

  return {
    async apply(monitor, seen) {
      const alerts = await known()
      const { at, state } = seen.look
      const changes: AlertChanges = { opened: [], resolved: [], refreshed: [] }
      const said = new Map(seen.findings.map(f => [f.fingerprint, f]))
      for (const finding of seen.findings) {
        if (finding.state !== 'firing') continue
        const current = alerts.get(finding.fingerprint)
        if (current !== undefined && current.state !== 'resolved') {
          if (at <= current.lastSeen) continue
          const { value, interval, limit, n, summary } = finding
          const kept: Alert = { ...current, severity: monitor.severity, value: value as number, interval, limit, n, summary, window: seen.look.window, lastSeen: at }
          alerts.set(finding.fingerprint, kept)
          changes.refreshed.push(kept)
        } else if (current === undefined || (current.resolvedAt as number) < at) {
          const opened = await open(monitor, seen, finding)
          alerts.set(finding.fingerprint, opened)
          changes.opened.push(opened)
        }
      }
      for (const alert of alerts.values()) {
        if (alert.monitor !== monitor.name || alert.state === 'resolved' || alert.lastSeen >= at) continue
        const finding = said.get(alert.fingerprint)
        if (finding === undefined ? state === 'few' : finding.state !== 'ok') continue
        const resolved = await resolve(alert, at, finding?.summary ?? 'The monitor no longer looks at this.')
        alerts.set(alert.fingerprint, resolved)
        changes.resolved.push(resolved)
      }
      for (const alert of alerts.values()) if (alert.monitor === monitor.name) await openIncident(alerts, alert)
      // An incident that just opened is named by its alert.
      const current = (a: Alert): Alert => alerts.get(a.fingerprint) ?? a
      return { opened: changes.opened.map(current), resolved: changes.resolved, refreshed: changes.refreshed.map(current) }
    },

    async closeIncidents(by) { await incidents.closeSettled([...(await known()).values()], by) },

    async resolveOrphans(monitors, at) {
      const alerts = await known()
      const gone = [...alerts.values()].filter(a => a.state !== 'resolved' && !monitors.has(a.monitor))
      const resolved: Alert[] = []
      for (const alert of gone) {
        const done = await resolve(alert, at, `The monitor ${alert.monitor} is no longer registered.`)
        alerts.set(alert.fingerprint, done)
        resolved.push(done)
      }
      return resolved
    },

    async list({ state, endpoint, limit = 100 } = {}) {
      const all = (await metadata.list<Alert>('alert', { reverse: true })).map(d => d.body)
      return all.filter(a => (state === undefined || a.state === state) && (endpoint === undefined || a.endpoint === endpoint)).slice(0, limit)
    },

    async acknowledge({ id, note, actor }) {
      const alerts = await known()
      const { result } = await metadata.change({ actor, action: 'alert.acknowledged', subject: `alert/${id}`, details: { note } as { [key: string]: Json } }, async tx => {
        const stored = await tx.get<Alert>('alert', id)
        if (stored === null) throw new SlipwayError('not_found', `There is no alert ${id}.`)
        if (stored.body.state === 'resolved') throw new SlipwayError('conflict', `The alert ${id} is resolved since ${formatTime(stored.body.resolvedAt as number)}.`, { remedy: 'Nothing is left to acknowledge.' })
        const taken: Alert = { ...stored.body, state: 'acknowledged', acknowledged: { actor: formatActor(actor), at: clock.now(), note } }
        await put(tx, taken)
        return taken
      })
      const current = alerts.get(result.fingerprint)
      if (current?.id === id) alerts.set(result.fingerprint, { ...current, state: 'acknowledged', acknowledged: result.acknowledged })
      return result
    },
  }
}
