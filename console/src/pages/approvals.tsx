import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { approvalsQuery, pendingQuery } from '../api/page-queries.ts'
import { ledgerQuery } from '../api/queries.ts'
import type { Pending } from '../api/types.ts'
import { DecisionDialog } from '../parts/decision-dialog.tsx'
import { list, plural, releaseName } from '../parts/format.ts'
import { GateFacts } from '../parts/gate.tsx'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Chip, LedgerRef, VersionLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { useMay } from '../parts/token-form.tsx'
import { useAsOf } from '../parts/view.ts'

/** What waits for me? */
export function ApprovalsPage() {
  const query = useQuery(pendingQuery())
  const decided = useQuery(approvalsQuery())
  const asOf = useAsOf()
  const granted = useQuery(ledgerQuery({ action: 'approval.granted', limit: 200 })).data
  const rejected = useQuery(ledgerQuery({ action: 'approval.rejected', limit: 200 })).data
  const entries = granted === undefined || rejected === undefined ? null : [...granted.entries, ...rejected.entries]
  const [asked, setAsked] = useState<{ pending: Pending; approved: boolean } | null>(null)
  const waits = query.data?.pending.length
  return <Page title="Approvals" headline={waits === undefined ? 'What waits for a person?' : waits === 0 ? 'Nothing waits for you' : `${plural(waits, 'candidate')} ${waits === 1 ? 'waits' : 'wait'} for a person`}
    news="A candidate that passed its gate may serve once a person, or a named policy, says yes. Yes alone changes no traffic: a release is made from it, and deployed, by somebody.">
    <Answer query={query} pad>{({ pending }) => (pending.length === 0
      ? <Panel title="The inbox is empty"><Empty command="slipway train MODEL">A model whose policy names an approver comes here after its gate:</Empty></Panel>
      : pending.map(p => <Waiting key={`${p.model}@${p.version}`} pending={p} past={asOf !== undefined} onDecide={approved => { setAsked({ pending: p, approved }) }} />))}</Answer>
    <Panel title="What was decided?" flush>
      <Answer query={decided} pad>{({ approvals }) => (approvals.length === 0 ? <div className="in"><p className="soft">Nothing was decided yet.</p></div> : <Table caption="Decisions, newest first" rows={approvals} id={a => a.id} columns={[
        { name: 'Candidate', cell: a => (a.model === undefined || a.version === undefined ? a.id : <VersionLink model={a.model} version={a.version} />) },
        { name: 'Decision', cell: a => (a.approved ? <Chip tone="good">approved</Chip> : <Chip tone="bad" sign="×">refused</Chip>) },
        { name: 'By', cell: a => <span className="break">{a.actor}</span> },
        { name: 'Reason', full: true, cell: a => <span className="soft">{a.reason === '' ? 'none given' : a.reason}</span> },
        { name: 'When, UTC', cell: a => <When at={a.at} /> },
        { name: 'Ledger', right: true, cell: a => (entries === null ? <span className="quiet">…</span> : <LedgerRef index={entries.find(e => e.subject === `approval/${a.id}`)?.index} />) },
      ]} />)}</Answer>
    </Panel>
    {asked === null ? null : <DecisionDialog pending={asked.pending} approved={asked.approved} onClose={() => { setAsked(null) }} />}
  </Page>
}

function Waiting({ pending: p, past, onDecide }: { pending: Pending; past: boolean; onDecide: (approved: boolean) => void }) {
  const { you } = useMay('approver')
  const own = p.fourEyes && you?.actor === p.run.actor
  return <Panel title={<>May <VersionLink model={p.model} version={p.version} /> serve {p.endpoints.length === 0 ? 'somewhere' : list(p.endpoints.map(e => e.name))}?</>} note={<>since <When at={p.since} /> UTC · <Link to="/audit" search={{ subject: `gate/${p.gate.id}` }}>gate</Link></>}
    foot={<>{p.fourEyes ? 'The policy asks for four eyes: whoever trained it may not approve it. ' : ''}Yes makes it deployable, no ends this candidate for good. Neither changes what answers now.</>}>
    <p>{p.gate.reason}</p>
    <GateFacts gate={p.gate} />
    <dl className="pairs" style={{ margin: '14px 0' }}>
      <dt>Trained by</dt><dd>{p.run.actor}, with {p.run.learner} <span className="small mono dev">{p.run.id}</span></dd>
      <dt>In place of</dt><dd>{p.endpoints.map(e => `${e.name}: ${e.release === null ? 'nothing yet' : releaseName(e.release)}`).join(' · ') || 'no endpoint names this model'}</dd>
    </dl>
    {past ? null : <div className="acts">
      <button type="button" className="write main" disabled={own} onClick={() => { onDecide(true) }}>Approve …</button>
      <button type="button" className="write" disabled={own} onClick={() => { onDecide(false) }}>Refuse …</button>
      {own ? <Chip tone="wait">you trained it: somebody else decides</Chip> : null}
    </div>}
  </Panel>
}
