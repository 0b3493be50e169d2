import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { featureValuesQuery, featureViewQuery } from '../api/page-queries.ts'
import { ApiError } from '../api/client.ts'
import type { FeatureValues, FeatureViewFacts, Value } from '../api/types.ts'
import { Chart, ChartPanel, type Point } from '../parts/chart.tsx'
import { between, clock, count, day, list, percent, plural, value } from '../parts/format.ts'
import { Histogram } from '../parts/histogram.tsx'
import { Page } from '../parts/page.tsx'
import { Answer, Panel, Problem, Skeleton } from '../parts/panel.tsx'
import { SubjectLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'

const route = getRouteApi('/data/view/$name')

/** What does this feature mean, how fresh is it, who uses it, and what were its values? */
export function FeatureViewPage() {
  const { name } = route.useParams()
  const query = useQuery(featureViewQuery(name))
  const facts = query.data
  const headline = facts === undefined ? name : `${plural(facts.view.features.length, 'feature')} of ${list(facts.entities)}, read by ${facts.usedBy.models.length === 0 ? 'no model' : list(facts.usedBy.models)}`
  return <Page title={name} headline={headline} news={facts?.view.description}>
    <Answer query={query} pad>{f => <>
      <div className="two">
        <Panel title="What they mean" note={f.where === null ? undefined : <>only rows with {f.where}</>} flush>
          <Table caption="Features" rows={f.meaning} id={m => m.name} stack={false} columns={[{ name: 'Feature', cell: m => <b>{m.name}</b> }, { name: 'Meaning', cell: m => m.text }]} />
        </Panel>
        <Panel title="Where they come from, who uses them"><Facts facts={f} /></Panel>
      </div>
      <Distribution facts={f} />
      <Values facts={f} />
    </>}</Answer>
  </Page>
}

function Facts({ facts: { view, source, online, now, usedBy, entities } }: { facts: FeatureViewFacts }) {
  const [state] = online
  return <dl className="pairs">
    <dt>Key</dt><dd>{list(entities)}</dd>
    <dt>Owner</dt><dd>{view.owner ?? <span className="quiet">nobody is named</span>}</dd>
    <dt>Source</dt><dd>{view.source}{source === null ? '' : `, of dataset ${source.dataset}`}{source?.eventTime === undefined ? ', static: always known' : ''}</dd>
    <dt>Fresh to</dt><dd>{state === undefined ? <span className="quiet">not held online</span> : state.watermark === null ? 'no event yet' : <><When at={state.watermark} /> <span className="small">{between(state.watermark, now)} old</span></>}</dd>
    {state === undefined ? null : <><dt>Held online</dt><dd>{plural(state.rows, 'row')} of {Object.entries(state.keys).map(([k, n]) => `${count(n)} ${k}`).join(' · ')}</dd></>}
    <dt>Models</dt><dd>{usedBy.models.length === 0 ? <span className="quiet">none</span> : usedBy.models.map(m => <div key={m}><Link to="/models/$model" params={{ model: m }}>{m}</Link></div>)}</dd>
    <dt>Endpoints</dt><dd>{usedBy.endpoints.length === 0 ? <span className="quiet">none</span> : usedBy.endpoints.map(e => <div key={e}><Link to="/endpoints/$name" params={{ name: e }}>{e}</Link></div>)}</dd>
    {usedBy.views.length === 0 ? null : <><dt>Looked up by</dt><dd>{usedBy.views.map(v => <div key={v}><Link to="/data/view/$name" params={{ name: v }}>{v}</Link></div>)}</dd></>}
  </dl>
}

function Distribution({ facts: { distribution } }: { facts: FeatureViewFacts }) {
  if (distribution === null) return <Panel title="How their values lie"><p className="soft">No training set has these features yet: they are measured in the newest one.</p></Panel>
  return <Panel title="How their values lie" flush note={<>in training set {distribution.name} <SubjectLink subject={`datasetVersion/${distribution.version}`} />, {count(distribution.sampled)} of {count(distribution.rows)} rows</>}>
    <Table caption="Distributions" rows={distribution.columns} id={c => c.name} columns={[
      { name: 'Feature', cell: c => <b>{c.name}</b> },
      { name: 'Values', full: true, cell: c => (c.histogram !== null && c.histogram.length > 1 ? <Histogram bins={c.histogram} /> : <span className="small break">{c.top?.slice(0, 4).map(t => `${value(t.value)} ${percent(t.count / Math.max(1, distribution.sampled))}`).join(' · ') ?? (c.min === null ? 'all missing' : `always ${value(c.min)}`)}</span>) },
      { name: 'Missing', right: true, cell: c => percent(c.missing / Math.max(1, distribution.sampled)) },
      { name: 'Median', right: true, cell: c => (c.quantiles === null ? '' : value(c.quantiles[3])) },
      { name: '1 % to 99 %', right: true, cell: c => (c.quantiles === null ? '' : <span className="nowrap">{value(c.quantiles[0])} to {value(c.quantiles[6])}</span>) },
      { name: 'Different', right: true, optional: true, cell: c => count(c.distinct) },
    ]} />
  </Panel>
}

/** The values of one entity: asked for by its key. */
function Values({ facts }: { facts: FeatureViewFacts }) {
  const { entities, view } = facts
  const [asked, setAsked] = useState<{ entities: Record<string, Value>; days: number } | null>(null)
  const query = useQuery({ ...featureValuesQuery(view.name, asked), enabled: asked !== null, placeholderData: keepPreviousData, retry: false })
  return <>
    <Panel title="What was it for one of them?">
      <form className="filters" style={{ marginBottom: 0 }} onSubmit={e => {
        e.preventDefault()
        const form = new FormData(e.currentTarget)
        const key = (entity: string): Value => { const text = String(form.get(entity)).trim(); return facts.keyTypes[entity] === 'int64' && /^-?\d{1,15}$/.test(text) ? Number(text) : text }
        setAsked({ entities: Object.fromEntries(entities.map(entity => [entity, key(entity)])), days: Number(form.get('days')) })
      }}>
        {entities.map(entity => <label className="field" key={entity}>{entity}<input name={entity} required spellCheck={false} size={16} /></label>)}
        <label className="field">over the last<select name="days" defaultValue="7"><option value="1">day</option><option value="7">7 days</option><option value="30">30 days</option><option value="365">year</option></select></label>
        <button type="submit">Show</button>
      </form>
    </Panel>
    {asked === null ? null : query.error !== null ? <Panel title="Values"><Problem error={query.error instanceof ApiError ? query.error : new Error(String(query.error))} /></Panel> : query.data === undefined ? <Panel title="Values"><Skeleton /></Panel> : <Found found={query.data} facts={facts} />}
  </>
}

function Found({ found, facts: { entities } }: { found: FeatureValues; facts: FeatureViewFacts }) {
  const { features, times, points, rows } = found
  const short = (name: string): string => name.slice(name.indexOf('.') + 1)
  const at = times.map(t => t / 1_000)
  const describe = (ms: number): string => { const iso = new Date(ms).toISOString(); return `${day(iso)}, ${clock(iso)}` }
  const numbers = features.map((f, k) => ({ ...f, k })).filter(f => f.type === 'float64' || f.type === 'int64')
  const others = features.map((f, k) => ({ ...f, k })).filter(f => !numbers.some(n => n.k === f.k))
  return <>
    {rows.length === 0 ? <Panel title="Values"><p className="soft">No row of this key has come, so every feature is what it is of no rows. Is it written as in the source?</p></Panel> : null}
    {numbers.map(f => {
      const series: Point[] = points.map((row, i) => ({ at: at[i], value: typeof row[f.k] === 'number' ? row[f.k] as number : null }))
      return <ChartPanel key={f.name} title={short(f.name)} note={`now ${value(points.at(-1)?.[f.k])}`} long table={<Table caption={f.name} stack={false} rows={series.toReversed()} id={p => p.at} columns={[{ name: 'Time, UTC', cell: p => describe(p.at) }, { name: 'Value', right: true, cell: p => value(p.value) }]} />}>
        <Chart label={`${f.name} over time`} series={[{ name: short(f.name), points: series }]} format={v => value(v)} height={150} describe={describe} />
      </ChartPanel>
    })}
    {others.length === 0 ? null : <Panel title="Texts and others, now" flush><Table caption="Values now" stack={false} rows={others} id={f => f.name} columns={[{ name: 'Feature', cell: f => <b>{short(f.name)}</b> }, { name: 'Value', cell: f => <span className="break">{value(points.at(-1)?.[f.k])}</span> }]} /></Panel>}
    {rows.length === 0 ? null : <Panel title="The rows behind them" flush note={`the newest ${rows.length}, as of journal position ${count(found.asOf)}`}>
      <Table caption="Rows" rows={rows.slice(0, 50)} id={r => `${r.sequence} ${r.id}`} columns={[
        { name: 'Happened, UTC', cell: r => (r.eventTime === null ? 'always' : <When at={r.eventTime} />) },
        { name: 'Known', optional: true, cell: r => (r.knownAt === null || r.knownAt === r.eventTime ? <span className="quiet">at once</span> : r.eventTime === null ? <When at={r.knownAt} /> : <span className="small">{between(r.eventTime, r.knownAt)} later</span>) },
        { name: 'Row', full: true, cell: r => <span className="small break">{Object.entries(r.values).filter(([k]) => !entities.includes(k)).map(([k, v]) => `${k} ${value(v)}`).join(' · ')}</span> },
        { name: 'Journal', right: true, optional: true, cell: r => count(r.sequence) },
      ]} />
    </Panel>}
  </>
}
