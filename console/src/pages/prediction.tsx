import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { predictionQuery, traceQuery } from '../api/page-queries.ts'
import { endpointQuery, modelsQuery } from '../api/queries.ts'
import type { Endpoint, Prediction } from '../api/types.ts'
import { Chain } from '../parts/chain.tsx'
import { FeatureTable } from '../parts/feature-table.tsx'
import { between, duration, percent, value, words } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Panel } from '../parts/panel.tsx'
import { Chip, ReleaseLink, When } from '../parts/refs.tsx'
import { ReplayButton } from '../parts/replay.tsx'
import { Table } from '../parts/table.tsx'
import { FallbackChip, TruthChip } from '../parts/truth.tsx'
import { useLens } from '../parts/view.ts'
import { WhatIfPanel } from '../parts/what-if.tsx'
import { WhyPanel } from '../parts/why.tsx'

const route = getRouteApi('/predictions/$id')

/** Why this answer, and what does it rest on? */
export function PredictionPage() {
  const { id } = route.useParams()
  const lens = useLens()
  const query = useQuery(predictionQuery(id))
  const prediction = query.data
  const endpoint = useQuery({ ...endpointQuery(prediction?.endpoint ?? ''), enabled: prediction !== undefined }).data
  const models = useQuery(modelsQuery()).data?.models
  const label = models?.find(m => m.name === endpoint?.model)?.examples.label.name ?? 'yes'
  const trace = useQuery({ ...traceQuery(id), enabled: prediction !== undefined })
  if (prediction === undefined) return <Page title={id} headline={<>Prediction <span className="mono">{id}</span></>}><Panel title="Prediction"><Answer query={query}>{() => null}</Answer></Panel></Page>
  return <Page title={prediction.labelKey ?? id} headline={headline(prediction, label, endpoint)} news={<News prediction={prediction} business={lens === 'business'} />}>
    <div className="two">
      <div>
        <WhyPanel prediction={prediction} />
        {prediction.asOf === null ? null : <WhatIfPanel prediction={prediction} label={label} threshold={endpoint?.threshold ?? null} />}
        <TruthPanel prediction={prediction} />
      </div>
      <Panel title={lens === 'business' ? 'What it rests on' : 'What it rests on, each with its ledger entry'} note={<span className="mono">{prediction.id}</span>}>
        <Answer query={trace} lines={9}>{t => <Chain trace={t} prediction={prediction} />}</Answer>
        <div className="acts"><ReplayButton id={id} /></div>
      </Panel>
    </div>
    {prediction.asOf === null ? <Panel title="What was it asked?"><p className="soft">No feature was read: its fallback answered from the request alone.</p><dl className="pairs">{Object.entries(prediction.request).map(([k, v]) => <div key={k} style={{ display: 'contents' }}><dt>{words(k)}</dt><dd>{value(v)}</dd></div>)}</dl></Panel> : <Panel title="What the model read, and where each value came from" flush note={`${Object.keys(prediction.features).length} inputs, as of journal position ${prediction.asOf.toLocaleString('en')}`}>
      <Answer query={trace} pad>{t => <FeatureTable features={t.features} at={prediction.eventTime} />}</Answer>
    </Panel>}
  </Page>
}

function headline({ output, decision, labelKey, entities }: Prediction, label: string, endpoint: Endpoint | undefined): ReactNode {
  const who = labelKey ?? Object.values(entities).map(value).join(', ')
  const verdict = decision === null || endpoint?.threshold == null ? '' : decision ? `: above ${percent(endpoint.threshold)}, decided yes` : `: not above ${percent(endpoint.threshold)}, decided no`
  return <span className="break">{percent(output, output < 0.1 ? 1 : 0)} chance that {who} is {label}{verdict}</span>
}

function News({ prediction: p, business }: { prediction: Prediction; business: boolean }) {
  const [latest] = p.truth
  return <>
    {latest?.value == null ? 'The truth is not known yet. ' : <>It was {latest.value === 1 ? latest.name : latest.value === 0 ? `not ${latest.name}` : value(latest.value)}, known {between(p.eventTime, latest.knownAt)} after the prediction. </>}
    <TruthChip prediction={p} /> <FallbackChip fallback={p.fallback} />
    {business ? null : <span className="small"> Made <When at={p.eventTime} /> UTC by <Link to="/endpoints/$name" params={{ name: p.endpoint }}>{p.endpoint}</Link> <ReleaseLink endpoint={p.endpoint} number={p.release} /> ({p.role}) in {duration(p.latency / 1_000)}, asked by {p.caller}.</span>}
  </>
}

function TruthPanel({ prediction: { truth, eventTime } }: { prediction: Prediction }) {
  if (truth.length === 0) return <Panel title="What became of it?"><p className="soft">Nothing is known yet. A label joins by the prediction's id, or by its entity and time, whenever it comes; some never come.</p></Panel>
  return <Panel title="What became of it?" note={truth.length === 1 ? 'one label' : `${truth.length} labels, the newest known counts`} flush>
    <Table caption="Labels of this prediction" stack={false} rows={truth} id={t => t.sequence} columns={[
      { name: 'Label', cell: t => t.name },
      { name: 'Value', cell: t => (t.value === null ? 'taken back' : value(t.value)) },
      { name: 'Known, UTC', cell: t => <><When at={t.knownAt} /><div className="small">{between(eventTime, t.knownAt)} later</div></> },
      { name: 'Counts', cell: t => (t === truth.find(o => o.name === t.name) ? <Chip tone="good">counts</Chip> : <span className="quiet">history</span>) },
    ]} />
  </Panel>
}
