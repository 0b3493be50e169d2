import { useState } from 'react'
import type { Release, Route } from '../api/types.ts'
import { Choice } from './choice.tsx'
import { Dialog } from './dialog.tsx'
import { count, fixed } from './format.ts'

/** Which release, and in which role? What differs is shown in the next step. */
export function DeployDialog({ endpoint, releases, current, onClose, onChosen }: { endpoint: string; releases: Release[]; current: Route[]; onClose: () => void; onChosen: (body: { release: number; role: 'champion' | 'challenger'; share?: number }) => void }) {
  const sorted = releases.toSorted((a, b) => b.number - a.number)
  const champion = current.find(r => r.role === 'champion')
  const [release, setRelease] = useState(sorted.find(r => r.number !== champion?.number)?.number ?? sorted[0].number)
  const [role, setRole] = useState<'champion' | 'challenger'>('champion')
  const [share, setShare] = useState('')
  return <Dialog title={`Deploy: ${endpoint}`} onClose={onClose} footer={<button type="button" className="main" onClick={() => { onChosen({ release, role, ...(role === 'challenger' && share !== '' ? { share: Number(share) / 100 } : {}) }) }}>Show the difference</button>}>
    <label className="field">Release<select value={release} onChange={e => { setRelease(Number(e.target.value)) }}>
      {sorted.map(r => <option key={r.id} value={r.number}>release {r.number}: {r.model}@{r.modelVersion}{r.gate === null ? ', waived' : `, AUC ${fixed(r.gate.candidate.value)} on ${count(r.gate.rows)} rows`}{r.number === champion?.number ? ' (champion now)' : ''}</option>)}
    </select></label>
    {champion === undefined ? null : <>
      <h3>Role</h3>
      <Choice label="Role" options={[{ value: 'champion', name: 'Champion: all traffic' }, { value: 'challenger', name: 'Challenger: a share' }]} value={role} onChange={setRole} />
      {role === 'champion' ? null : <label className="field" style={{ marginTop: 10 }}>Share of the traffic, in percent (empty: what the evaluation policy gives to a trial)<input type="number" min="1" max="99" step="1" value={share} onChange={e => { setShare(e.target.value) }} /></label>}
    </>}
  </Dialog>
}
