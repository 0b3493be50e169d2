// What asks for somebody: alerts, and the incidents that they opened.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import { refreshAfterWrite } from '../api/refresh.ts'
import type { Alert, Incident } from '../api/types.ts'
import { Dialog } from './dialog.tsx'
import { count, fixed, moment, plural, said } from './format.ts'
import { Panel, Problem } from './panel.tsx'
import { Chip, LedgerRef, When } from './refs.tsx'
import { Table } from './table.tsx'
import { TokenForm, useMay } from './token-form.tsx'

export function AlertsPanel({ alerts: all, past }: { alerts: Alert[]; past: boolean }) {
  const [older, setOlder] = useState(false)
  const [noted, setNoted] = useState(false)
  const resolved = all.filter(a => a.state === 'resolved')
  const notes = all.filter(a => a.severity === 'info' && a.state !== 'resolved')
  const alerts = all.filter(a => (older || a.state !== 'resolved') && (noted || a.severity !== 'info' || a.state === 'resolved'))
  const [asked, setAsked] = useState<Alert | null>(null)
  return <Panel title="What asked for somebody?" note={<>{all.filter(a => a.state === 'firing' && a.severity !== 'info').length} of {all.length === 200 ? 'the newest 200' : all.length} {all.length === 1 ? 'asks' : 'ask'} for somebody now{notes.length === 0 ? '' : <> · <button type="button" className="plain" aria-pressed={noted} onClick={() => { setNoted(!noted) }}>{noted ? 'without the notes' : plural(notes.length, 'note')}</button></>}{resolved.length === 0 ? '' : <> · <button type="button" className="plain" aria-pressed={older} onClick={() => { setOlder(!older) }}>{older ? 'without the resolved ones' : `${resolved.length} resolved`}</button></>}</>} flush>
    {alerts.length === 0 ? <div className="in"><p className="soft">{all.length === 0 ? 'No monitor has raised an alert.' : 'Nothing asks for somebody now.'}</p></div> : <Table caption="Alerts, newest first" rows={alerts} id={a => a.id} columns={[
      { name: 'State', cell: a => (a.state === 'firing' ? <Chip tone={a.severity === 'page' ? 'bad' : a.severity === 'ticket' ? 'warn' : 'blue'}>{a.severity === 'info' ? 'note' : a.severity}</Chip> : a.state === 'acknowledged' ? <Chip tone="wait">{a.severity}, seen</Chip> : <Chip tone="good">resolved</Chip>) },
      { name: 'What', full: true, cell: a => <>{said(a.summary)}<div className="small">{a.monitor}: {fixed(a.value)}{a.interval === null ? '' : ` (${fixed(a.interval.low)} to ${fixed(a.interval.high)})`}, limit {fixed(a.limit)}, n {count(a.n)}</div>{a.acknowledged === null ? null : <div className="small">{a.acknowledged.actor}: {a.acknowledged.note}</div>}</> },
      { name: 'Since, UTC', cell: a => <When at={a.since} /> },
      { name: 'Until', cell: a => (a.resolvedAt === null ? <span className="quiet">goes on</span> : <When at={a.resolvedAt} />) },
      { name: 'Act', cell: a => (a.state === 'firing' && !past ? <button type="button" className="write" onClick={() => { setAsked(a) }}>Acknowledge …</button> : null) },
    ]} />}
    {asked === null ? null : <NoteDialog title={`Acknowledge: ${asked.monitor}`} lead="You say that you have seen it and are on it. It stays open until its figure is within the limit again; the ledger keeps your name and note." label="What are you doing about it?" verb="Acknowledge"
      onSend={note => send('POST', `/alerts/${encodeURIComponent(asked.id)}/acknowledge`, { note })} onClose={() => { setAsked(null) }} />}
  </Panel>
}

export function IncidentPanel({ incident, past, onWrite }: { incident: Incident; past: boolean; onWrite: () => void }) {
  const open = incident.state === 'open'
  return <Panel title={<span id={incident.id}>{said(incident.title)}</span>} note={<><When at={incident.openedAt} /> UTC {incident.closedAt === null ? '' : <>to <When at={incident.closedAt} /></>} {open ? <Chip tone="bad">open</Chip> : <Chip tone="good">closed</Chip>}</>}>
    <details open={open}><summary>{open ? 'What happened' : `${incident.timeline.length} entries, the last: ${said(incident.timeline.at(-1)?.what ?? '')}`}</summary><ol className="timeline">{incident.timeline.map((t, i) => <li key={i}><span className="small">{moment(t.at)}</span><span>{said(t.what)}</span>{t.ledger === null ? <span /> : <LedgerRef index={t.ledger} />}</li>)}</ol></details>
    {incident.postMortem === null ? past ? null : <div className="acts" style={{ marginTop: 10 }}><button type="button" className="write" onClick={onWrite}>{open ? 'Close with a post-mortem …' : 'Write the post-mortem …'}</button></div> : <><h3>Post-mortem</h3><pre>{incident.postMortem}</pre></>}
  </Panel>
}

/** Beside the panels, not in one: a closed incident moves to another place of the page, and what was said of it stays. */
export function PostMortemDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  return <NoteDialog title={said(incident.title)} lead="What happened, what was done, what was learnt: without blame. The incident is closed with it, and the ledger keeps it." label="Post-mortem" verb={incident.state === 'open' ? 'Close it' : 'Keep it'} draft={incident.draft}
    onSend={postMortem => send('POST', `/incidents/${encodeURIComponent(incident.id)}/close`, { postMortem })} onClose={onClose} />
}

function NoteDialog({ title, lead, label, verb, draft = '', onSend, onClose }: { title: string; lead: string; label: string; verb: string; draft?: string; onSend: (text: string) => Promise<unknown>; onClose: () => void }) {
  const client = useQueryClient()
  const { may } = useMay('scientist')
  const [text, setText] = useState(draft)
  const run = useMutation({ mutationFn: () => onSend(text.trim()), onSuccess: () => refreshAfterWrite(client) })
  return <Dialog title={title} onClose={onClose} footer={!may || run.isSuccess ? null : <button type="submit" form="note" className="main" disabled={run.isPending}>{verb}</button>}>
    {!may ? <TokenForm role="scientist" /> : run.isSuccess ? <div className="done" role="status"><p><b>Recorded.</b> It is in the ledger, with your name.</p></div>
      : <form id="note" onSubmit={e => { e.preventDefault(); run.mutate() }}>
        <p>{lead}</p>
        <label className="field">{label}<textarea rows={draft === '' ? 3 : 12} required value={text} onChange={e => { setText(e.target.value) }} /></label>
        {run.error === null ? null : <Problem error={run.error} />}
      </form>}
  </Dialog>
}
