import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { datasetVersionQuery } from '../api/page-queries.ts'
import { ledgerQuery } from '../api/queries.ts'
import { bytes, count, plural, short } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Panel } from '../parts/panel.tsx'
import { Digest, LedgerRef, SubjectLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { entryWords } from '../parts/words.ts'

const route = getRouteApi('/data/$kind/$name')

/** What is in this version, and what was it made from? */
export function DatasetPage() {
  const { name } = route.useParams()
  const query = useQuery(datasetVersionQuery(name))
  const entries = useQuery(ledgerQuery({ subject: `datasetVersion/${name}`, limit: 20 }))
  const version = query.data
  const title = typeof version?.name === 'string' ? version.name : short(name)
  const parents = Array.isArray(version?.parents) ? version.parents.filter(p => typeof p === 'string') : []
  return <Page title={title} headline={version === undefined ? `Dataset version ${short(name)}` : `${title}: ${count(version.rows)} rows that will never change`} news={<>Its name is the digest of its schema, files and row count: <code className="break">{name}</code></>}>
    <Answer query={query} pad>{v => <>
      <div className="two">
        <Panel title="Columns" note={plural(v.schema.length, 'column')} flush><Table caption="Columns" stack={false} rows={v.schema} id={c => c.name} columns={[{ name: 'Column', cell: c => <code className="break">{c.name}</code> }, { name: 'Type', cell: c => c.type }]} /></Panel>
        <div>
          <Panel title="Files" flush><Table caption="Files" stack={false} rows={v.files} id={f => f.digest} columns={[{ name: 'File', cell: f => f.name }, { name: 'Size', right: true, cell: f => bytes(f.bytes) }, { name: 'SHA-256', cell: f => <Digest value={f.digest} /> }]} /></Panel>
          <Panel title="Made from">{parents.length === 0 ? <p className="soft">Imported from files.</p> : <ul>{parents.map(p => <li key={p}><SubjectLink subject={`datasetVersion/${p}`} /></li>)}</ul>}</Panel>
          <Panel title="In the ledger" flush><Answer query={entries} pad>{e => <Table caption="Ledger entries" stack={false} rows={e.entries} id={x => x.index} columns={[{ name: 'Entry', cell: x => <LedgerRef index={x.index} /> }, { name: 'What', cell: x => entryWords(x.action) }, { name: 'When, UTC', cell: x => <When at={x.at} /> }, { name: 'Who', cell: x => x.actor }]} />}</Answer></Panel>
        </div>
      </div>
    </>}</Answer>
  </Page>
}
