import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { endpointsQuery, predictionsQuery } from '../api/queries.ts'
import type { Prediction } from '../api/types.ts'
import { count, duration, moment, percent, plural, value } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Chip, ReleaseLink, When } from '../parts/refs.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'
import { FallbackChip, TruthChip } from '../parts/truth.tsx'
import { useAsOf, useLens } from '../parts/view.ts'

const route = getRouteApi('/predictions')
const PAGE = 50

/** What was predicted? The newest first; it follows while nothing is asked for. */
export function PredictionsPage() {
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/predictions' })
  const asOf = useAsOf()
  const lens = useLens()
  const endpoints = useQuery(endpointsQuery()).data?.endpoints ?? []
  const iso = (text: string | undefined): string | undefined => (text === undefined ? undefined : text.length === 10 ? `${text}T00:00:00Z` : text.length === 16 ? `${text}:00Z` : text)
  const filter = { endpoint: search.endpoint, labelKey: search.entity, from: iso(search.from), to: iso(search.to) ?? asOf, before: search.before, limit: PAGE }
  const query = useQuery({ ...predictionsQuery(filter), placeholderData: keepPreviousData })
  const found = query.data?.predictions ?? []
  const narrowed = search.entity !== undefined || search.from !== undefined || search.to !== undefined
  const live = !narrowed && search.before === undefined && asOf === undefined
  const total = endpoints.reduce((n, e) => n + e.predictions, 0)
  const set = (change: object): void => { void navigate({ search: (s: object) => ({ ...s, before: undefined, ...change }) }) }

  const headline = narrowed && query.data !== undefined ? found.length === 0 ? 'No prediction is like that' : `${found.length === PAGE ? `The newest ${PAGE}` : plural(found.length, 'prediction')}${search.entity === undefined ? '' : ` for ${search.entity}`}`
    : total === 0 ? 'Nothing has been predicted yet' : `${count(total)} predictions were made, each can be replayed`
  return <Page title="Predictions" headline={headline} news={live && found[0] !== undefined ? <>The newest is of {moment(found[0].eventTime)} UTC. <Chip tone="blue">follows what happens</Chip></> : undefined}>
    <form className="filters" onSubmit={e => {
      e.preventDefault()
      const data = new FormData(e.currentTarget)
      const text = (name: string): string | undefined => { const v = String(data.get(name) ?? '').trim(); return v === '' ? undefined : v }
      const entity = text('entity')
      if (entity !== undefined && /^pred_\w+$/.test(entity)) { void navigate({ to: '/predictions/$id', params: { id: entity } }); return }
      set({ entity, from: text('from'), to: text('to') })
    }}>
      {endpoints.length < 2 ? null : <label className="field">Endpoint<select value={search.endpoint ?? ''} onChange={e => { set({ endpoint: e.target.value === '' ? undefined : e.target.value }) }}><option value="">all</option>{endpoints.map(e => <option key={e.name}>{e.name}</option>)}</select></label>}
      <label className="field">Entity, or prediction id<input name="entity" defaultValue={search.entity} key={search.entity} spellCheck={false} size={26} placeholder={found[0]?.labelKey ?? ''} /></label>
      <label className="field">From, UTC<input type="datetime-local" name="from" defaultValue={search.from} key={`f ${search.from}`} /></label>
      <label className="field">To, UTC<input type="datetime-local" name="to" defaultValue={search.to} key={`t ${search.to}`} /></label>
      <button type="submit">Search</button>
      {narrowed ? <button type="button" className="plain" onClick={() => { set({ entity: undefined, from: undefined, to: undefined }) }}>All predictions</button> : null}
    </form>
    <Panel title={narrowed ? 'Found' : 'Newest first'} flush note={query.isFetching ? 'asking …' : undefined}>
      <Answer query={query} pad lines={8}>{({ predictions, next }) => (predictions.length === 0
        ? <div className="in"><Empty command={narrowed ? undefined : 'slipway predict ENDPOINT --help'}>{narrowed ? 'Another key, a wider time, or another endpoint may find it.' : 'Ask an endpoint for its first prediction:'}</Empty></div>
        : <>
          <Table caption="Predictions" stack="terse" columns={columns(lens === 'business', endpoints.length > 1)} rows={predictions} id={p => p.id} />
          <div className="in acts">
            {search.before === undefined ? null : <button type="button" onClick={() => { set({}) }}>Newest</button>}
            {next === null ? null : <button type="button" onClick={() => { void navigate({ search: (s: object) => ({ ...s, before: next }), resetScroll: true }) }}>Older</button>}
          </div>
        </>)}</Answer>
    </Panel>
  </Page>
}

function columns(business: boolean, several: boolean): TableColumn<Prediction>[] {
  const all: (TableColumn<Prediction> & { when?: boolean })[] = [
    { name: 'Time, UTC', cell: p => <Link to="/predictions/$id" params={{ id: p.id }}><When at={p.eventTime} /></Link> },
    { name: 'Answer', right: true, cell: p => <b>{percent(p.output, 1)}</b> },
    { name: 'For', cell: p => <span className="break">{p.labelKey ?? Object.values(p.entities).map(value).join(' · ')}</span> },
    { name: 'Decision', optional: true, cell: p => <span>{p.decision === null ? <span className="quiet">none</span> : p.decision ? 'yes' : 'no'}</span> },
    { name: 'Truth', cell: p => <><TruthChip prediction={p} /> <FallbackChip fallback={p.fallback} /></> },
    { name: 'Endpoint', when: several, optional: true, cell: p => p.endpoint },
    { name: 'Release', when: !business, optional: true, cell: p => <><ReleaseLink endpoint={p.endpoint} number={p.release} />{p.role === 'champion' ? null : <span className="small"> {p.role}</span>}</> },
    { name: 'Took', right: true, optional: true, when: !business, cell: p => <span className="quiet nowrap">{duration(p.latency / 1_000)}</span> },
  ]
  return all.filter(c => c.when !== false)
}
