// A change of a deployment: the difference first, then the deed, then its number in the ledger.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { send } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import { refreshAfterWrite } from '../api/refresh.ts'
import type { DeploymentChange, Difference, Json } from '../api/types.ts'
import { Dialog } from './dialog.tsx'
import { percent, releaseName, short } from './format.ts'
import { Problem, Skeleton } from './panel.tsx'
import { LedgerRef } from './refs.tsx'
import { TokenForm, useMay } from './token-form.tsx'

export type ChangeAction = 'deploy' | 'promote' | 'withdraw' | 'rollback' | 'undo'
export interface ChangeRequest { action: ChangeAction; body?: { release: number; role?: 'champion' | 'challenger'; share?: number } }

const TITLES: Record<ChangeAction, string> = { deploy: 'Deploy', promote: 'Promote the challenger', withdraw: 'Withdraw the challenger', rollback: 'Roll back', undo: 'Undo the last change' }
const EFFECTS: Record<ChangeAction, string> = {
  deploy: 'From the moment it is done, new predictions are answered so; those in flight finish as they began.',
  promote: 'The challenger becomes the champion and answers all traffic.',
  withdraw: 'The challenger gets no more traffic; the champion answers all of it.',
  rollback: 'The champion before answers again, with its model, its features and its code together.',
  undo: 'The deployment is again what it was before the last change.',
}

export function ChangeDialog({ endpoint, request, onClose }: { endpoint: string; request: ChangeRequest; onClose: () => void }) {
  const { action, body = {} } = request
  const client = useQueryClient()
  const { may } = useMay('approver')
  const path = `/deployments/${encodeURIComponent(endpoint)}/${action}`
  const preview = useQuery({ queryKey: ['dry run', path, body], queryFn: () => send<DeploymentChange>('POST', path, body, { dryRun: true }), enabled: may, retry: false, staleTime: 0, gcTime: 0 })
  const commit = useMutation({ mutationFn: () => send<DeploymentChange>('POST', path, body), onSuccess: () => refreshAfterWrite(client) })
  const done = commit.data
  const risky = action === 'rollback' || action === 'withdraw'
  return <Dialog title={`${TITLES[action]}: ${endpoint}`} onClose={onClose} footer={!may || preview.data === undefined || done !== undefined ? null
    : <button type="button" className={risky ? 'risky' : 'main'} disabled={commit.isPending} onClick={() => { commit.mutate() }}>{commit.isPending ? 'Working …' : label(action, preview.data)}</button>}>
    {!may ? <TokenForm role="approver" /> : done !== undefined
      ? <div className="done" role="status"><p><b>Done.</b> {sentence(done)} It is entry <LedgerRef index={done.ledger} /> of the ledger.</p><p className="soft">{action === 'undo' ? 'Undo once more to take this back.' : 'Undo takes it back.'}</p></div>
      : preview.error !== null ? <Problem error={preview.error} />
        : preview.data === undefined ? <Skeleton lines={5} />
          : <>
            <p><b>{sentence(preview.data)}</b></p>
            <p className="soft">{EFFECTS[action]} It is recorded with your name; Undo takes it back.</p>
            <Differences changes={preview.data.changes} />
            {commit.error === null ? null : <Problem error={commit.error} />}
          </>}
  </Dialog>
}

function label(action: ChangeAction, { to }: DeploymentChange): string {
  const release = nameOf(to)
  return action === 'withdraw' ? 'Withdraw' : action === 'undo' ? 'Undo' : action === 'promote' ? `Promote ${release}` : action === 'rollback' ? `Roll back to ${release}` : `Deploy ${release}`
}

function nameOf(side: Json): string {
  return typeof side === 'object' && side !== null && !Array.isArray(side) && typeof side.release === 'string' ? releaseName(side.release) : 'nothing'
}

function sentence({ role = 'champion', from, to }: DeploymentChange & { role?: string }): string {
  const [a, b] = [nameOf(from), nameOf(to)]
  return a === b ? `The ${role} stays ${b}; what is around it changes.` : `The ${role} changes from ${a} to ${b}.`
}

/** What people decide by comes first; the rest is a click away. */
const FIRST = /^(?:challenger|champion share|challenger share|release|model version|threshold|gate value|fallback|model format|training set)/

export function Differences({ changes }: { changes: Difference[] }) {
  const [all, setAll] = useState(false)
  if (changes.length === 0) return <p className="soft">Nothing else differs.</p>
  const first = changes.filter(c => FIRST.test(c.path))
  const shown = all || first.length === 0 ? changes : first
  return <>
    <div className="diff" role="region" aria-label="What differs" tabIndex={0}><table>
      <caption className="hide">What differs</caption>
      <thead><tr><th scope="col">What</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>
      <tbody>{shown.map(c => <tr key={c.path}><td>{c.path}</td><td><del>{write(c.path, c.from)}</del></td><td><ins>{write(c.path, c.to)}</ins></td></tr>)}</tbody>
    </table></div>
    {shown.length === changes.length && !all ? null : <button type="button" className="plain" onClick={() => { setAll(!all) }}>{all ? 'Only what matters most' : `All ${changes.length} differences`}</button>}
  </>
}

function write(path: string, v: Json): ReactNode {
  if (v === null) return <span className="quiet">none</span>
  if (typeof v === 'number') return path.endsWith('share') ? percent(v) : Number(v.toPrecision(4))
  if (typeof v !== 'string') return <code>{JSON.stringify(v)}</code>
  return /^[0-9a-f]{40,}$/.test(v) ? <code title={v}>{short(v)}</code> : <span className="break">{v}</span>
}
