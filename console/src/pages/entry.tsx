import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { entryQuery, proofQuery } from '../api/page-queries.ts'
import type { Difference, LedgerEntry } from '../api/types.ts'
import { Differences } from '../parts/change-dialog.tsx'
import { short, value as sayValue } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Panel } from '../parts/panel.tsx'
import { About, Digest, SubjectLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { useLens } from '../parts/view.ts'
import { entryWords } from '../parts/words.ts'

const route = getRouteApi('/audit/$index')

/** What does this entry say, and can it be proved? */
export function EntryPage() {
  const { index } = route.useParams()
  const number = Number(index)
  const query = useQuery(entryQuery(number))
  const proof = useQuery({ ...proofQuery(number), enabled: query.data !== undefined })
  const lens = useLens()
  const entry = query.data
  return <Page title={`Entry ${index}`} headline={entry === undefined ? `Ledger entry ${index}` : <>{entryWords(entry.action)}: <span className="break"><About entry={entry} /></span></>}
    news={entry === undefined ? undefined : <>Entry {index} of the ledger, by {entry.actor}, <When at={entry.at} /> UTC{entry.recordedAt === entry.at ? '' : <> by the home's time, recorded <When at={entry.recordedAt} /> UTC</>}.</>}
    actions={<>
      {number === 0 ? null : <Link className="button" to="/audit/$index" params={{ index: String(number - 1) }}>← {number - 1}</Link>}
      {proof.data === undefined || number + 1 >= proof.data.size ? null : <Link className="button" to="/audit/$index" params={{ index: String(number + 1) }}>{number + 1} →</Link>}
    </>}>
    <Answer query={query} pad>{e => <>
      <Panel title="What it tells"><Details entry={e} /></Panel>
      <Panel title="Documents that it put, by digest" flush>{e.documents.length === 0 ? <div className="in"><p className="soft">It changed no document: it records that something was done or read.</p></div> : <Table caption="Documents" stack={false} rows={e.documents} id={d => `${d.kind}/${d.id}`} columns={[
        { name: 'Document', cell: d => <span className="break"><SubjectLink subject={`${d.kind}/${d.id}`} /></span> },
        { name: 'Revision', right: true, cell: d => d.revision },
        { name: 'SHA-256 of its body', cell: d => (d.digest === null ? <span className="quiet">removed</span> : <Digest value={d.digest} />) },
        { name: 'Blobs', right: true, optional: true, cell: d => d.blobs?.length ?? 0 },
      ]} />}</Panel>
      <Panel title="Proof that it is in the ledger" note={proof.data === undefined ? undefined : `tree of ${proof.data.size.toLocaleString('en')} entries`} foot={<>Hash the leaf with the path, from the lowest: the result is the root that the <a href="/api/v1/ledger/checkpoint">signed checkpoint</a> states (RFC 6962).</>}>
        <Answer query={proof}>{p => <dl className="pairs">
          <dt>Leaf</dt><dd><code>{p.leaf}</code></dd>
          <dt>Path</dt><dd>{p.path.length === 0 ? 'none: it is alone' : p.path.map(h => <code key={h} style={{ display: 'block' }}>{h}</code>)}</dd>
          <dt>Root</dt><dd><code>{p.root}</code></dd>
        </dl>}</Answer>
      </Panel>
      {lens === 'business' ? null : <Panel title="The whole record"><details><summary>As JSON</summary><pre>{JSON.stringify(e, null, 2)}</pre></details></Panel>}
    </>}</Answer>
  </Page>
}

/** `labelsKnownBy` → `labels known by`. */
const words = (name: string): string => name.replace(/([A-Z])/g, c => ` ${c.toLowerCase()}`)

function Details({ entry: { details } }: { entry: LedgerEntry }) {
  const { changes, ...rest } = details
  const names = Object.keys(rest).filter(n => rest[n] !== null)
  if (names.length === 0 && changes === undefined) return <p className="soft">Nothing more than its action, subject and documents.</p>
  return <>
    <dl className="pairs">{names.map(n => <Detail key={n} name={n} value={rest[n]} />)}</dl>
    {Array.isArray(changes) ? <div style={{ marginTop: 12 }}><Differences changes={changes as unknown as Difference[]} /></div> : null}
  </>
}

function Detail({ name, value }: { name: string; value: unknown }) {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return <><dt>{words(name)}</dt><dd><When at={value} /> UTC</dd></>
  if (typeof value === 'string' && name === 'endpoint') return <><dt>endpoint</dt><dd><SubjectLink subject={`endpoint/${value}`} /></dd></>
  const flat = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(v => typeof v !== 'object' || v === null)
  if (flat) return <><dt>{words(name)}</dt><dd>{Object.entries(value).map(([k, v]) => `${words(k)} ${sayValue(v)}`).join(', ')}</dd></>
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return <><dt>{words(name)}</dt><dd>{typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? <code title={value}>{short(value)}</code> : text.length > 300 ? <details><summary>{text.slice(0, 80)} …</summary><pre>{JSON.stringify(value, null, 2)}</pre></details> : typeof value === 'number' ? sayValue(value) : text}</dd></>
}
