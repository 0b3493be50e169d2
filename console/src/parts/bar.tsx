import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { pulseQuery } from '../api/queries.ts'
import { moment } from './format.ts'
import { Find } from './find.tsx'
import { Choice } from './choice.tsx'
import { LENSES, useAsOf, useLens, type Lens } from './view.ts'

const AsOfForm = lazy(async () => ({ default: (await import('./as-of-form.tsx')).AsOfForm }))

const NAMES: Record<Lens, string> = { developer: 'Developer', business: 'Business', regulator: 'Regulator' }

/** Find, lens, time, and the state of the ledger: always in sight. */
export function Bar() {
  const navigate = useNavigate()
  const lens = useLens()
  return <header className="bar">
    <Find />
    <Choice label="Lens" options={LENSES.map(l => ({ value: l, name: NAMES[l] }))} value={lens} onChange={next => { void navigate({ to: '.', search: (s: object) => ({ ...s, lens: next === 'developer' ? undefined : next }) }) }} />
    <span className="push" />
    <AsOf />
    <LedgerState />
  </header>
}

function AsOf() {
  const navigate = useNavigate()
  const asOf = useAsOf()
  const now = useQuery(pulseQuery).data?.now
  const [editing, setEditing] = useState(false)
  const go = (at: string | undefined): void => { setEditing(false); void navigate({ to: '.', search: (s: object) => ({ ...s, asOf: at }) }) }
  if (editing) {
    return <Suspense><AsOfForm at={(asOf ?? now ?? '').slice(0, 16)} onLook={go} onCancel={() => { setEditing(false) }} /></Suspense>
  }
  return <span className="asof">as of <button type="button" className="plain" onClick={() => { setEditing(true) }} aria-label={`As of ${asOf === undefined ? 'now' : moment(asOf)}: look at another time`}>{asOf === undefined ? 'now' : moment(asOf)}</button></span>
}

function LedgerState() {
  const { data, error } = useQuery(pulseQuery)
  if (error !== null) return <span className="chip bad" role="status"><span aria-hidden="true">▼</span>no answer</span>
  if (data === undefined) return <span className="chip">ledger …</span>
  return <Link to="/audit" className={`chip ${data.ready ? 'good' : 'warn'}`} title={`The home's time is ${moment(data.now)} UTC`}><span aria-hidden="true">{data.ready ? '✓' : '…'}</span>Ledger {data.ledger.toLocaleString('en')}{data.ready ? '' : ', stopping'}</Link>
}

/** The past is looked at, and not changed. */
export function PastNotice() {
  const navigate = useNavigate()
  const asOf = useAsOf()
  const { data, error } = useQuery(pulseQuery)
  return <>
    {error !== null && data !== undefined ? <div className="offline" role="status">The server does not answer. What is shown is what was last known; this page goes on by itself.</div> : null}
    {asOf === undefined ? null : <div className="past" role="region" aria-label="Time"><span>You look at what was known at <b>{moment(asOf)} UTC</b>. Nothing can be changed there.</span><button type="button" onClick={() => { void navigate({ to: '.', search: (s: object) => ({ ...s, asOf: undefined }) }) }}>Back to now</button></div>}
  </>
}
