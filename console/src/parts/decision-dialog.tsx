import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { send } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import { ledgerQuery } from '../api/queries.ts'
import { refreshAfterWrite } from '../api/refresh.ts'
import type { Approval, Pending } from '../api/types.ts'
import { Dialog } from './dialog.tsx'
import { Problem } from './panel.tsx'
import { LedgerRef, VersionLink } from './refs.tsx'
import { TokenForm, useMay } from './token-form.tsx'

/** A person's yes or no; and, after a yes, the release that is made from it. */
export function DecisionDialog({ pending, approved, onClose }: { pending: Pending; approved: boolean; onClose: () => void }) {
  const { model, version } = pending
  const client = useQueryClient()
  const { may } = useMay('approver')
  const [reason, setReason] = useState('')
  const decide = useMutation({
    mutationFn: () => send<Approval>('POST', `/models/${encodeURIComponent(model)}/approvals`, { version, approved, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }),
    onSuccess: () => refreshAfterWrite(client),
  })
  const done = decide.data
  return <Dialog title={`${approved ? 'Approve' : 'Refuse'} ${model}@${version}`} onClose={onClose}
    footer={!may || done !== undefined ? null : <button type="submit" form="decision" className={approved ? 'main' : 'risky'} disabled={decide.isPending}>{decide.isPending ? 'Recording …' : approved ? 'Approve' : 'Refuse'}</button>}>
    {!may ? <TokenForm role="approver" /> : done === undefined
      ? <form id="decision" onSubmit={e => { e.preventDefault(); decide.mutate() }}>
        <p>{approved ? <>Your yes is recorded in the ledger, with your name. <VersionLink model={model} version={version} /> may then become a release; what answers now stays until somebody deploys it.</> : 'Your no is recorded in the ledger, with your name and reason. This candidate will never serve; a new one must be trained.'}</p>
        <label className="field">Reason{approved ? ' (optional)' : ''}<textarea rows={3} value={reason} required={!approved} maxLength={2_000} onChange={e => { setReason(e.target.value) }} /></label>
        <p className="small" style={{ marginTop: 8 }}>A decision stands. {approved ? 'An approved candidate that should not serve is simply not deployed; a deployed one is rolled back.' : ''}</p>
        {decide.error === null ? null : <Problem error={decide.error} />}
      </form>
      : <>
        <Recorded approval={done} />
        {approved ? pending.endpoints.map(e => <MakeRelease key={e.name} endpoint={e.name} version={version} />) : null}
      </>}
  </Dialog>
}

function Recorded({ approval }: { approval: Approval }) {
  const entry = useQuery(ledgerQuery({ subject: `approval/${approval.id}`, limit: 1 })).data?.entries[0]
  return <div className="done" role="status"><p><b>{approval.approved ? 'Approved' : 'Refused'}</b> by {approval.actor}{entry === undefined ? '.' : <>: entry <LedgerRef index={entry.index} /> of the ledger.</>}</p></div>
}

function MakeRelease({ endpoint, version }: { endpoint: string; version: number }) {
  const client = useQueryClient()
  const { you } = useMay('scientist')
  const make = useMutation({
    mutationFn: () => send<{ release: { number: number }; ledger: number }>('POST', '/releases', { endpoint, version }),
    onSuccess: () => refreshAfterWrite(client),
  })
  return <div style={{ marginTop: 14 }}>
    {make.data === undefined
      ? <p>Next: <button type="button" disabled={make.isPending || you?.role === 'approver'} onClick={() => { make.mutate() }}>{make.isPending ? 'Packing …' : `Make a release for ${endpoint}`}</button> <span className="small">It packs all that computes its answers, and changes no traffic.</span></p>
      : <p role="status">Release {make.data.release.number} of {endpoint} is made, entry <LedgerRef index={make.data.ledger} />. It can be deployed on the <Link to="/endpoints/$name" params={{ name: endpoint }}>page of the endpoint</Link>.</p>}
    {make.error === null ? null : <Problem error={make.error} />}
  </div>
}
