import '../styles/record.css'
import { useQuery } from '@tanstack/react-query'
import { pulseQuery } from '../api/queries.ts'
import { count, moment } from './format.ts'
import { Panel } from './panel.tsx'
import { useAsOf } from './view.ts'

/** Under every page of the regulator's lens: what it rests on, and how to keep it. */
export function Record() {
  const pulse = useQuery(pulseQuery).data
  const asOf = useAsOf()
  if (pulse === undefined) return null
  return <Panel title="For the record" note={<button type="button" onClick={() => { print() }}>Print this page</button>}>
    <dl className="pairs">
      <dt>Shows</dt><dd>{asOf === undefined ? `what is known at ${moment(pulse.now)} UTC` : `what was known at ${moment(asOf)} UTC`}, the home's time; nothing can be changed from this lens</dd>
      <dt>Rests on</dt><dd>the ledger's first {count(pulse.ledger)} entries and {count(pulse.journal)} rows of the journal; <a href="/api/v1/ledger/checkpoint" target="_blank" rel="noreferrer">the signed checkpoint</a> binds them</dd>
      <dt>To check</dt><dd><code>slipway verify --home FOLDER</code>, without this server</dd>
      <dt>Address</dt><dd className="break">{location.href}</dd>
    </dl>
  </Panel>
}
