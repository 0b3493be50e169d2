import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { datasetVersionQuery, profileQuery } from '../api/page-queries.ts'
import { ledgerQuery } from '../api/queries.ts'
import type { Column, ColumnProfile } from '../api/types.ts'
import { bytes, count, day, percent, plural, short, value } from '../parts/format.ts'
import { Histogram } from '../parts/histogram.tsx'
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
        <Columns version={name} schema={v.schema} />
        <div>
          <Panel title="Files" flush><Table caption="Files" stack={false} rows={v.files} id={f => f.digest} columns={[{ name: 'File', cell: f => f.name }, { name: 'Size', right: true, cell: f => bytes(f.bytes) }, { name: 'SHA-256', cell: f => <Digest value={f.digest} /> }]} /></Panel>
          <Panel title="Made from">{parents.length === 0 ? <p className="soft">Imported from files.</p> : <ul>{parents.map(p => <li key={p}><SubjectLink subject={`datasetVersion/${p}`} /></li>)}</ul>}</Panel>
          <Panel title="In the ledger" flush><Answer query={entries} pad>{e => <Table caption="Ledger entries" stack={false} rows={e.entries} id={x => x.index} columns={[{ name: 'Entry', cell: x => <LedgerRef index={x.index} /> }, { name: 'What', cell: x => entryWords(x.action) }, { name: 'When, UTC', cell: x => <When at={x.at} /> }, { name: 'Who', cell: x => x.actor }]} />}</Answer></Panel>
        </div>
      </div>
    </>}</Answer>
  </Page>
}

/** Names and types at once; what they hold when it was measured. */
function Columns({ version, schema }: { version: string; schema: Column[] }) {
  const profile = useQuery({ ...profileQuery(version), retry: false }).data
  const of = new Map(profile?.columns.map(c => [c.name, c]))
  return <Panel title="Columns" note={`${plural(schema.length, 'column')}${profile === undefined ? '' : `; measured on ${count(profile.sampled)} of ${count(profile.rows)} rows`}`} flush>
    <Table caption="Columns" rows={schema} id={c => c.name} columns={[
      { name: 'Column', cell: c => <><code className="break">{c.name}</code> <span className="small">{c.type}</span></> },
      { name: 'Values', full: true, cell: c => <Values column={of.get(c.name)} rows={profile?.sampled ?? 0} /> },
      { name: 'Missing', right: true, cell: c => { const found = of.get(c.name); return found === undefined || profile === undefined ? '' : percent(found.missing / Math.max(1, profile.sampled)) } },
    ]} />
  </Panel>
}

function Values({ column, rows }: { column: ColumnProfile | undefined; rows: number }) {
  if (column === undefined) return null
  if (column.histogram !== null && column.histogram.length > 1) return <Histogram bins={column.histogram} />
  if (column.top !== null) return <span className="small break">{column.top.slice(0, 4).map(t => `${value(t.value)} ${percent(t.count / Math.max(1, rows))}`).join(' · ')}{column.distinct > 4 ? ` · ${count(column.distinct)} different` : ''}</span>
  if (column.type === 'timestamp' && typeof column.min === 'number' && typeof column.max === 'number') return <span className="small">{day(new Date(column.min / 1_000).toISOString())} to {day(new Date(column.max / 1_000).toISOString())}</span>
  return <span className="small">{column.min === null ? 'all missing' : `always ${value(column.min)}`}</span>
}
