import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { send } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import { ledgerQuery } from '../api/queries.ts'
import type { LedgerEntry, VerifyReport } from '../api/types.ts'
import { Dialog } from '../parts/dialog.tsx'
import { count, plural } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Panel, Problem } from '../parts/panel.tsx'
import { About, LedgerRef, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { TokenForm, useMay } from '../parts/token-form.tsx'
import { useAsOf } from '../parts/view.ts'
import { entryWords } from '../parts/words.ts'

const route = getRouteApi('/audit')
const PAGE = 50

const ACTIONS = [
  'alert.acknowledged', 'alert.opened', 'alert.resolved', 'approval.granted', 'approval.rejected', 'data.undone', 'dataset.compared', 'dataset.exported', 'dataset.imported', 'deployment.changed', 'deployment.rolledBack', 'deployment.withdrawn', 'drill.ended', 'drill.started', 'endpoint.served',
  'feature.materialized', 'features.explored', 'features.read', 'features.searched', 'gate.passed', 'gate.refused', 'incident.closed', 'incident.opened', 'incident.reviewed', 'model.brought', 'model.loaded', 'model.registered', 'model.reproduced', 'model.unloaded', 'prediction.read', 'predictions.read', 'project.applied', 'read.refused',
  'release.created', 'run.failed', 'run.finished', 'run.started', 'segment.sealed', 'token.created', 'token.revoked', 'trainingset.created', 'waiver.granted',
]

/** What was done, when and by whom, and is the record whole? */
export function AuditPage() {
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/audit' })
  const asOf = useAsOf()
  const [verifying, setVerifying] = useState(false)
  const query = useQuery({ ...ledgerQuery({ action: search.action, subject: search.subject, after: search.after, limit: PAGE }), placeholderData: keepPreviousData })
  const data = query.data
  const seen = new Set([...ACTIONS, ...data?.entries.map(e => e.action) ?? [], ...search.action === undefined ? [] : [search.action]])
  const filtered = search.action !== undefined || search.subject !== undefined
  const set = (change: object): void => { void navigate({ search: (s: object) => ({ ...s, after: undefined, ...change }) }) }
  return <Page title="Audit" headline={data === undefined ? 'What was done, when and by whom?' : `${plural(data.size, 'entry tells', 'entries tell')} what was done, when and by whom`}
    news="Every change and its entry are one act. The entries are leaves of a Merkle tree under signed checkpoints: one changed byte is found, by anybody."
    actions={<><button type="button" className="main" onClick={() => { setVerifying(true) }}>Verify …</button><a className="button" href="/api/v1/ledger/checkpoint" target="_blank" rel="noreferrer">Checkpoint</a></>}>
    <form className="filters" onSubmit={e => { e.preventDefault(); const data = new FormData(e.currentTarget); const subject = String(data.get('subject') ?? '').trim(); const size = String(data.get('size') ?? '').trim(); set({ subject: subject === '' ? undefined : subject, after: size === '' ? undefined : Number(size) }) }}>
      <label className="field">Action<select value={search.action ?? ''} onChange={e => { set({ action: e.target.value === '' ? undefined : e.target.value }) }}><option value="">all</option>{[...seen].sort().map(a => <option key={a} value={a}>{entryWords(a)}</option>)}</select></label>
      <label className="field">About (kind/id)<input name="subject" key={search.subject} defaultValue={search.subject} size={34} spellCheck={false} placeholder="deployment/…" /></label>
      <label className="field">As of size<input name="size" type="number" min="1" max={data?.size} key={`a ${search.after}`} defaultValue={search.after} placeholder={data === undefined ? '' : String(data.size)} style={{ width: '9em' }} /></label>
      <button type="submit">Filter</button>
      {filtered || search.after !== undefined ? <button type="button" className="plain" onClick={() => { set({ action: undefined, subject: undefined }) }}>All entries</button> : null}
    </form>
    <Panel title={filtered ? 'Entries like this' : 'Newest first'} flush>
      <Answer query={query} pad lines={8}>{({ entries }) => {
        const shown = asOf === undefined ? entries : entries.filter(e => e.at <= asOf)
        return <>
          {shown.length === 0 ? <div className="in"><p className="soft">{asOf !== undefined && entries.length > 0 ? 'None of these was there at that moment; older ones may have been.' : 'There is no such entry.'}</p></div> : <Table caption="Ledger entries, newest first" rows={shown} id={e => e.index} columns={[
            { name: 'Entry', cell: e => <LedgerRef index={e.index} /> },
            { name: 'Time, UTC', cell: e => <When at={e.at} /> },
            { name: 'What', cell: e => <b>{entryWords(e.action)}</b> },
            { name: 'About', full: true, cell: e => <span className="break"><About entry={e} /></span> },
            { name: 'Who', cell: e => <span className="break name">{e.actor}</span> },
            { name: 'Documents', right: true, optional: true, cell: (e: LedgerEntry) => count(e.documents.length) },
          ]} />}
          <div className="in acts">
            {search.after === undefined ? null : <button type="button" onClick={() => { set({}) }}>Newest</button>}
            {entries.length < PAGE ? null : <button type="button" onClick={() => { void navigate({ search: (s: object) => ({ ...s, after: entries.at(-1)?.index }), resetScroll: true }) }}>Older</button>}
          </div>
        </>
      }}</Answer>
    </Panel>
    <p className="small">Anybody can check this without the server: <code>slipway verify --home FOLDER</code>. <Link to="/audit" search={{ action: 'segment.sealed' }}>Sealed segments</Link> cover the predictions, labels and events.</p>
    {verifying ? <VerifyDialog onClose={() => { setVerifying(false) }} /> : null}
  </Page>
}

function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { may } = useMay('auditor')
  const verify = useMutation({ mutationFn: () => send<VerifyReport>('POST', '/verify') })
  const report = verify.data
  return <Dialog title="Verify everything" onClose={onClose} footer={!may || report !== undefined ? null : <button type="button" className="main" disabled={verify.isPending} onClick={() => { verify.mutate() }}>{verify.isPending ? 'Checking …' : 'Verify'}</button>}>
    {!may ? <TokenForm role="auditor" /> : report === undefined
      ? <><p>Ledger and checkpoints, sealed segments, the open journal, documents, blobs and releases are read and compared with what was recorded. Nothing changes; on a large home it takes a while.</p>{verify.isPending ? <p role="status">Reading everything …</p> : null}{verify.error === null ? null : <Problem error={verify.error} />}</>
      : <div role="status">
        {report.ok ? <div className="done"><p><b>Everything is as it was recorded.</b></p></div> : <div className="problem"><p><b>Not everything is as it was recorded.</b></p>{report.problems.map(p => <p key={p.place}><code>{p.place}</code> {p.what} <span className="soft">{p.remedy}</span></p>)}</div>}
        <dl className="pairs">{report.checked.map(c => <Row key={c.what} name={c.what} n={c.count} />)}</dl>
      </div>}
  </Dialog>
}

function Row({ name, n }: { name: string; n: number }) { return <><dt>{name}</dt><dd>{count(n)} checked</dd></> }
