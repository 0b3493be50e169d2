import type { LedgerEntry, Metadata } from '../metadata/index.ts'
import type { Incident } from './records.ts'

/** Changes before an incident that are shown: what was done last is asked first. */
const BEFORE = 3
/** Entries since the opening that are read at most. */
const MOST = 500

/** The last changes of the endpoint before an incident and all since, with what its alerts and people did, in the order of the ledger. */
export async function readTimeline({ ledger, list }: Pick<Metadata, 'ledger' | 'list'>, incident: Incident): Promise<Incident['timeline']> {
  const { id, endpoint, alerts } = incident
  const about = async (subject: string): Promise<LedgerEntry[]> => ledger.list({ subject, limit: MOST, reverse: true })
  const [opening] = await ledger.list({ subject: `incident/${id}`, limit: 1 })
  const firstAlert = alerts.length === 0 ? undefined : (await ledger.list({ subject: `alert/${alerts[0]}`, limit: 1 }))[0]
  const begin = firstAlert?.index ?? opening?.index ?? ledger.size
  const drills = (await list('drill')).filter(d => d.body.endpoint === endpoint)
  const changes = (await Promise.all([`deployment/${endpoint}`, ...drills.map(d => `drill/${d.id}`)].map(about))).flat().sort((a, b) => a.index - b.index)
  const told = (await Promise.all([...alerts.map(a => `alert/${a}`), `incident/${id}`].map(about))).flat()
  return [...changes.filter(e => e.index < begin).slice(-BEFORE), ...changes.filter(e => e.index >= begin), ...told]
    .sort((a, b) => a.index - b.index)
    .map(entry => ({ at: entry.at, what: describe(entry), ledger: entry.index }))
}

/** A ledger entry in a few words. */
function describe({ action, subject, actor, details }: LedgerEntry): string {
  const text = (key: string): string | undefined => (typeof details[key] === 'string' ? details[key] : undefined)
  if (action.startsWith('deployment.')) return `${text('action') ?? 'change'}: ${text('from') ?? 'nothing'} → ${text('to') ?? 'nothing'}, by ${actor}`
  switch (action) {
    case 'alert.opened': return `alert of ${text('monitor')}: ${text('summary')}`
    case 'alert.resolved': return `alert of ${text('monitor')} resolved: ${text('why')}`
    case 'alert.acknowledged': return `acknowledged by ${actor}: ${text('note')}`
    case 'incident.opened': return 'incident opened'
    case 'drill.started': return `drill: the ${text('fault')} fails on purpose${text('reason') === undefined ? '' : ` (${text('reason')})`}, by ${actor}`
    case 'drill.ended': return `drill ended by ${actor}`
    default: return `${action} ${subject.slice(subject.indexOf('/') + 1)}${text('reason') === undefined ? '' : `: ${text('reason')}`}, by ${actor}`
  }
}
