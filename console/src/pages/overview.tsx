import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ledgerQuery, overviewQuery } from '../api/queries.ts'
import type { EndpointOverview, Overview } from '../api/types.ts'
import { EndpointState, judge } from '../parts/endpoint-state.tsx'
import { Figure } from '../parts/figure.tsx'
import { count, dayBefore, fixed, list, percent, plural, said, words } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { About, LedgerRef, Unmanaged, When } from '../parts/refs.tsx'
import { Spark } from '../parts/spark.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'
import { useAsOf, useLens, type Lens } from '../parts/view.ts'
import { actionWords, entryWords, roleWords } from '../parts/words.ts'

/** Is all well? */
export function OverviewPage() {
  const asOf = useAsOf()
  const lens = useLens()
  const query = useQuery({ ...overviewQuery(asOf), placeholderData: keepPreviousData })
  const data = query.data
  const [headline, news] = data === undefined ? ['What answers, and how well?', undefined] : say(data, lens)
  return <Page title="Overview" headline={headline} news={news}>
    {data?.endpoints.length === 0
      ? <Panel title="How to begin"><Empty command="slipway init">There is no endpoint yet. From a CSV or Parquet file of yours to a model that answers:</Empty><Empty command="npm start">Or look at the example: a year of flights.</Empty></Panel>
      : <Panel title={lens === 'business' ? 'What answers' : 'Endpoints'} note={data === undefined ? undefined : <>at <When at={data.at ?? data.now} /> UTC, the home's time</>} flush>
        <Answer query={query} pad>{({ endpoints }) => <Table caption="Endpoints with traffic, quality, drift and the latest change" columns={columns(lens)} rows={endpoints.toSorted((a, b) => judge(b).rank - judge(a).rank)} id={e => e.name} />}</Answer>
      </Panel>}
    <Lately />
  </Page>
}

/** Entries that are only on the way to another one; a note asks for nobody either. */
const STEPS = new Set(['segment.sealed', 'clock.set', 'run.started', 'trainingset.created', 'feature.materialized', 'monitors.evaluated', 'alert.resolved', 'tour.step'])

/** The newest entries of the ledger. */
function Lately() {
  const asOf = useAsOf()
  const query = useQuery(ledgerQuery({ limit: 100 }))
  if (asOf !== undefined) return null
  return <Panel title="What happened lately?" note={<Link to="/audit">all of it</Link>} flush>
    <Answer query={query} pad lines={6}>{({ entries }) => <Table caption="The newest entries of the ledger" stack="terse" rows={entries.filter(e => !STEPS.has(e.action) && e.details.severity !== 'info').slice(0, 8)} id={e => e.index} columns={[
      { name: 'Entry', cell: e => <LedgerRef index={e.index} /> },
      { name: 'Time, UTC', cell: e => <When at={e.at} /> },
      { name: 'What', full: true, cell: e => <>{entryWords(e.action)} <span className="small break"><About entry={e} /></span></> },
      { name: 'Who', cell: e => <span className="small">{e.actor}</span> },
    ]} />}</Answer>
  </Panel>
}

function columns(lens: Lens): TableColumn<EndpointOverview>[] {
  return [
    { name: 'Endpoint', full: true, cell: e => <><Link to="/endpoints/$name" params={{ name: e.name }}><b>{e.name}</b></Link> <Unmanaged of={e} />{serving(e)}</> },
    { name: 'Traffic, 7 days', cell: e => (e.traffic === null ? <span className="quiet">none yet</span> : <><Spark counts={e.traffic.counts} label={`Predictions by quarter of a day: ${count(e.traffic.total)} in all`} /><div className="small">{count(e.traffic.total)} of {count(e.predictions)}{e.traffic.fallbacks === 0 ? '' : `, ${plural(e.traffic.fallbacks, 'fallback')}`}</div></>) },
    { name: lens === 'business' ? 'How well it ranks' : 'Quality, with truth so far', cell: e => <Quality endpoint={e} plain={lens === 'business'} /> },
    { name: 'Worst drift', cell: e => (e.drift === null ? <span className="quiet">not looked at yet</span> : <Link to="/monitoring/$endpoint" params={{ endpoint: e.name }}>{words(e.drift.feature)}<div className="small nowrap">{fixed(e.drift.beyondNoise, 2)} beyond noise<br />limit {fixed(e.drift.limit, 2)} · n {count(e.drift.n)}</div></Link>) },
    { name: 'Latest change', cell: e => (e.last === null ? <span className="quiet">none</span> : <>{actionWords(e.last.action, e.last.to)} <LedgerRef index={e.last.index} /><div className="small"><When at={e.last.at} /> <span className="dev">by {e.last.actor}</span></div></>) },
    { name: 'State', full: true, cell: e => <span className="chips"><EndpointState endpoint={e} />{e.pending === 0 ? null : <><Link to="/approvals" className="chip wait"><span aria-hidden="true">…</span>{plural(e.pending, 'waits', 'wait')}</Link></>}</span> },
  ]
}

function Quality({ endpoint: { quality, name }, plain }: { endpoint: EndpointOverview; plain: boolean }) {
  if (quality === null) return <span className="quiet">no predictions yet</span>
  if (quality.value === null) return <span className="quiet">{count(quality.labelled)} of {count(quality.predictions)} have their truth:<br />too few to say</span>
  if (plain) return <Link to="/monitoring/$endpoint" params={{ endpoint: name }} className="nowrap"><b>{percent(quality.value.value)}</b> of pairs in order<div className="small">{quality.limit === null ? 'no limit set' : `promised: ${percent(quality.limit)}`} · truth known for {percent(quality.labelled / quality.predictions)}</div></Link>
  return <Link to="/monitoring/$endpoint" params={{ endpoint: name }} className="nowrap">AUC <Figure estimate={quality.value} /><div className="small">{quality.limit === null ? 'no limit set' : `limit ${fixed(quality.limit)}`} · {count(quality.labelled)} of {count(quality.predictions)} labels</div></Link>
}

function serving(e: EndpointOverview): ReactNode {
  if (e.serving.length === 0) return <div className="small">nothing deployed</div>
  return e.serving.map(s => <div key={s.role} className="small nowrap">release {s.number}, {roleWords(s.role)}{s.share < 1 ? ` ${percent(s.share)}` : ''}</div>)
}

function plainly(sentence: string, lens: Lens): string { return lens === 'business' ? sentence.replace(/ \(AUC.*\)/, '') : sentence }

/** The answer, in one sentence, and what needs somebody. */
function say({ endpoints }: Overview, lens: Lens): [string, ReactNode] {
  if (endpoints.length === 0) return ['Slipway works, and has no endpoint yet', undefined]
  const answering = endpoints.filter(e => e.predictions > 0 || e.serving.length > 0)
  const bad = endpoints.filter(e => judge(e).tone === 'bad')
  const [worst] = endpoints.toSorted((a, b) => judge(b).rank - judge(a).rank)
  const waits = endpoints.reduce((n, e) => n + e.pending, 0)
  const noun = lens === 'business' ? 'service' : 'endpoint'
  const subject = answering.length === 1 ? `${answering[0].name} answers` : answering.length === endpoints.length ? `${plural(endpoints.length, noun)} answer` : `${answering.length} of ${plural(endpoints.length, noun)} answer`
  const headline = answering.length === 0 ? `${plural(endpoints.length, noun)}, and none has a release yet`
    : bad.length > 0 ? `${subject}; ${bad.length === 1 && answering.length === 1 ? plainly(judge(bad[0]).sentence, lens) : `${list(bad.map(e => e.name))} ${bad.length === 1 ? 'needs' : 'need'} somebody now`}`
      : `${subject}, and ${judge(worst).rank === 0 && judge(worst).tone === 'good' ? 'nothing is wrong' : answering.length === 1 ? judge(worst).sentence : judge(worst).sentence.replace(/\bits\b/, `${worst.name}'s`).replace(/\bit\b/, worst.name)}`
  const { quality, traffic } = worst
  const alarm = worst.alerts.find(a => a.severity === 'page' && a.state === 'firing')
  return [headline, <>
    {traffic === null || quality === null ? null : <>{worst.name} made {count(traffic.total)} predictions in the 7 days to {dayBefore(traffic.to)}{lens === 'business' ? <>. {quality.value === null ? '' : `Of two cases, one with the event and one without, it puts the right one first in ${percent(quality.value.value)} of pairs. `}{quality.predictions === 0 ? '' : `What became of them is known for ${percent(quality.labelled / quality.predictions)}. `}</>
      : <>{quality.value === null ? '' : `: AUC ${fixed(quality.value.value)} (${fixed(quality.value.low)} to ${fixed(quality.value.high)})`}{quality.predictions === 0 ? '' : `, ${percent(quality.labelled / quality.predictions)} with their truth`}. </>}</>}
    {alarm === undefined ? null : <>{said(alarm.summary)}. </>}
    {waits === 0 ? null : <>{plural(waits, 'candidate')} passed {waits === 1 ? 'its' : 'their'} gate and <Link to="/approvals">{waits === 1 ? 'waits' : 'wait'} for your approval</Link>.</>}
  </>]
}
