import type { Actor } from '../core/actor.ts'
import type { Clock } from '../core/clock.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Micros } from '../core/time.ts'
import type { Change, Metadata } from '../metadata/index.ts'
import { MONITORING } from './actor.ts'
import { draftPostMortem } from './post-mortem.ts'
import type { Alert, Incident } from './records.ts'
import { readTimeline } from './timeline.ts'

export interface IncidentFilter { state?: Incident['state']; endpoint?: string }

export interface Incidents {
  /** Within an alert's opening: adds it to the endpoint's open incident. Null when none is open. */
  join(tx: Change, alert: Alert): Promise<string | null>
  /** Opens one for an alert, or joins the open one; the alert names it in the same change. */
  open(alert: Alert): Promise<string>
  /** Closes open incidents none of whose alerts (given is the newest of each fingerprint) fires by then: as of when the last one was resolved. */
  closeSettled(alerts: readonly Alert[], by: Micros): Promise<void>
  /** Newest first; the timeline of an open one goes to now. */
  list(filter?: IncidentFilter): Promise<Incident[]>
  /** @throws SlipwayError `not_found`. */
  get(id: string): Promise<Incident>
  /** A person's words about it; an open one is closed with them. @throws SlipwayError `not_found`. */
  close(request: { id: string; postMortem: string; actor: Actor }): Promise<Incident>
}

export function openIncidents({ metadata, clock }: { metadata: Metadata; clock: Clock }): Incidents {
  /** Ids of open incidents by endpoint; read once, as nobody else writes them. */
  let opened: Promise<Map<string, string>> | undefined
  const openIds = (): Promise<Map<string, string>> => opened ??= metadata.list<Incident>('incident').then(list => new Map(list.filter(d => d.body.state === 'open').map(d => [d.body.endpoint, d.id])))

  const find = async (id: string): Promise<Incident> => {
    const stored = await metadata.get<Incident>('incident', id)
    if (stored === null) throw new SlipwayError('not_found', `There is no incident ${id}.`)
    return stored.body
  }
  const withTimeline = async (incident: Incident): Promise<Incident> => (incident.state === 'open' ? { ...incident, timeline: await readTimeline(metadata, incident) } : incident)

  const finish = async (incident: Incident, at: number, actor: Actor, postMortem: string | null): Promise<Incident> => {
    const closed: Incident = { ...incident, state: 'closed', closedAt: at, postMortem, timeline: await readTimeline(metadata, incident) }
    closed.timeline.push({ at, what: postMortem === null ? 'closed: none of its alerts fires' : `closed by ${actor.name}`, ledger: null })
    closed.draft = draftPostMortem(closed)
    await metadata.change({ actor, action: 'incident.closed', subject: `incident/${incident.id}`, details: { endpoint: incident.endpoint, by: postMortem === null ? 'its alerts are resolved' : 'a person' } }, tx => tx.put<Incident>('incident', incident.id, closed))
    const ids = await openIds()
    if (ids.get(incident.endpoint) === incident.id) ids.delete(incident.endpoint)
    return closed
  }

  const join: Incidents['join'] = async (tx, alert) => {
    const id = (await openIds()).get(alert.endpoint)
    const stored = id === undefined ? null : await tx.get<Incident>('incident', id)
    if (id === undefined || stored === null) return null
    await tx.put<Incident>('incident', id, { ...stored.body, alerts: [...new Set([...stored.body.alerts, alert.id])] })
    return id
  }

  return {
    join,
    async open(alert) {
      const id = (await openIds()).get(alert.endpoint) ?? newId('inc')
      const incident: Incident = { id, endpoint: alert.endpoint, title: alert.summary, state: 'open', openedAt: alert.since, closedAt: null, alerts: [alert.id], timeline: [], draft: null, postMortem: null }
      incident.timeline = await readTimeline(metadata, incident)
      await metadata.change({ actor: MONITORING, action: 'incident.opened', subject: `incident/${id}`, details: { endpoint: alert.endpoint, alert: alert.id, title: alert.summary } }, async tx => {
        if (await join(tx, alert) === null) await tx.put<Incident>('incident', id, incident)
        const stored = await tx.get<Alert>('alert', alert.id)
        await tx.put<Alert>('alert', alert.id, { ...stored?.body ?? alert, incident: id })
      })
      ;(await openIds()).set(alert.endpoint, id)
      return id
    },
    async closeSettled(alerts, by) {
      for (const id of (await openIds()).values()) {
        const its = alerts.filter(a => a.incident === id)
        const over = its.reduce((at, a) => Math.max(at, a.resolvedAt ?? Number.POSITIVE_INFINITY), 0)
        if (over <= by) await finish(await find(id), over, MONITORING, null)
      }
    },
    async list({ state, endpoint } = {}) {
      const all = (await metadata.list<Incident>('incident', { reverse: true })).map(d => d.body)
      return Promise.all(all.filter(i => (state === undefined || i.state === state) && (endpoint === undefined || i.endpoint === endpoint)).map(withTimeline))
    },
    get: async id => withTimeline(await find(id)),
    async close({ id, postMortem, actor }) {
      const incident = await find(id)
      if (incident.state === 'open') return finish(incident, clock.now(), actor, postMortem)
      const reviewed: Incident = { ...incident, postMortem }
      await metadata.change({ actor, action: 'incident.reviewed', subject: `incident/${id}`, details: { endpoint: incident.endpoint } }, tx => tx.put<Incident>('incident', id, reviewed))
      return reviewed
    },
  }
}
