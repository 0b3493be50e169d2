import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { datasetsQuery, featuresQuery, sourcesQuery } from '../api/page-queries.ts'
import { pulseQuery } from '../api/queries.ts'
import type { OnlineSource } from '../api/types.ts'
import { between, bytes, count, duration, plural } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { SubjectLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'

/** What do the models read, and how fresh is it? */
export function DataPage() {
  const datasets = useQuery(datasetsQuery())
  const sources = useQuery(sourcesQuery())
  const features = useQuery(featuresQuery())
  const now = useQuery(pulseQuery).data?.now
  const online = features.data?.online.sources ?? []
  const streaming = online.filter(s => s.watermark !== null)
  const oldest = streaming.toSorted((a, b) => String(a.watermark).localeCompare(String(b.watermark)))[0]
  const headline = datasets.data === undefined ? 'What do the models read?' : datasets.data.datasets.length === 0 ? 'There is no data yet'
    : oldest?.watermark == null || now === undefined ? `${plural(datasets.data.datasets.length, 'dataset')} with ${count(datasets.data.datasets.reduce((n, d) => n + (d.head?.rows ?? 0), 0))} rows`
      : `Features know the world up to ${between(oldest.watermark, now)} ago`
  return <Page title="Data" headline={headline} news={oldest?.watermark == null ? undefined : <>The source that lags most is {oldest.source}: its newest event is of <When at={oldest.watermark} /> UTC. Times are the home's.</>}>
    <Panel title="What online state holds, by source" flush note={features.data === undefined ? undefined : `late events are taken in for ${duration(features.data.online.lateness / 1_000)}`}>
      <Answer query={features} pad>{f => (f.online.sources.length === 0 ? <div className="in"><Empty command="slipway deploy ENDPOINT">Nothing is held for serving yet; a deployment fills it from history:</Empty></div> : <Table caption="Online state by source" rows={f.online.sources} id={s => s.source} columns={[
        { name: 'Source', full: true, cell: s => <b>{s.source}</b> },
        { name: 'Fresh to, UTC', cell: s => <Freshness source={s} now={now} /> },
        { name: 'Keys', cell: s => Object.entries(s.keys).map(([k, n]) => `${count(n)} ${k}`).join(' · ') },
        { name: 'Rows', right: true, cell: s => count(s.rows) },
        { name: 'Memory', right: true, optional: true, cell: s => bytes(s.bytes) },
      ]} />)}</Answer>
    </Panel>
    <Panel title="Feature views" flush>
      <Answer query={features} pad>{f => (f.views.length === 0 ? <div className="in"><Empty command="slipway apply">Features are declared in the project file, once for training and serving:</Empty></div> : <Table caption="Feature views" rows={f.views} id={v => v.name} columns={[
        { name: 'View', full: true, cell: v => <><Link to="/data/view/$name" params={{ name: v.name }}><b>{v.name}</b></Link><div className="small">{v.description}</div></> },
        { name: 'Of', cell: v => [v.entity].flat().join(', ') },
        { name: 'From', cell: v => v.source },
        { name: 'Features', full: true, cell: v => <span className="small break">{v.features.map(x => x.name).join(', ')}</span> },
        { name: 'Fresh to, UTC', cell: v => { const s = online.find(o => o.source === v.source); return s === undefined ? <span className="quiet">not held</span> : <Freshness source={s} now={now} /> } },
        { name: 'Read by', optional: true, cell: v => <span className="small">{f.services.filter(s => s.features.some(n => n.startsWith(`${v.name}.`))).map(s => s.name).join(', ')}</span> },
      ]} />)}</Answer>
    </Panel>
    <Panel title="Datasets" flush>
      <Answer query={datasets} pad>{({ datasets: all }) => (all.length === 0 ? <div className="in"><Empty command="slipway apply">Datasets are files that the project file names:</Empty></div> : <Table caption="Datasets" rows={all} id={d => d.name} columns={[
        { name: 'Dataset', cell: d => <><b>{d.name}</b><div className="small">{d.description}</div></> },
        { name: 'Newest version', cell: d => (d.head === null ? <span className="quiet">not imported</span> : <SubjectLink subject={`datasetVersion/${d.head.version}`} />) },
        { name: 'Rows', right: true, cell: d => (d.head === null ? '' : count(d.head.rows)) },
        { name: 'Columns', right: true, cell: d => d.head?.schema.length ?? '' },
        { name: 'Size', right: true, cell: d => (d.head === null ? '' : bytes(d.head.files.reduce((n, f) => n + f.bytes, 0))) },
        { name: 'Changes', right: true, cell: d => (d.head === null ? '' : <Link to="/audit" search={{ subject: `datasetVersion/${d.head.version}` }}>ledger</Link>) },
      ]} />)}</Answer>
    </Panel>
    <Panel title="Sources: how rows become events" flush>
      <Answer query={sources} pad>{({ sources: all }) => (all.length === 0 ? <div className="in"><Empty command="slipway apply">Sources are declared in the project file; they say when a row became known:</Empty></div> : <Table caption="Sources" rows={all} id={s => s.name} columns={[
        { name: 'Source', full: true, cell: s => <><b>{s.name}</b><div className="small">{s.description}</div></> },
        { name: 'Of dataset', cell: s => s.dataset },
        { name: 'Event time', cell: s => (s.eventTime === undefined ? <span className="quiet">static: always known</span> : <code>{s.eventTime}</code>) },
        { name: 'Known at', cell: s => <code>{s.knownAt ?? s.eventTime ?? ''}</code> },
        { name: 'Identified by', cell: s => <span className="small">{s.id.join(', ')}</span> },
      ]} />)}</Answer>
    </Panel>
  </Page>
}

function Freshness({ source: { watermark, kind, datasetVersion }, now }: { source: OnlineSource; now: string | undefined }) {
  if (watermark === null) return <span className="small">{kind === 'static' ? <>static{datasetVersion === null ? '' : <>, version <SubjectLink subject={`datasetVersion/${datasetVersion}`} /></>}</> : 'no event yet'}</span>
  return <><When at={watermark} />{now === undefined ? null : <div className="small">{between(watermark, now)} old</div>}</>
}
