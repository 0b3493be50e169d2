import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { versionsQuery } from '../api/page-queries.ts'
import { endpointsQuery, modelsQuery } from '../api/queries.ts'
import { Figure } from '../parts/figure.tsx'
import { count, fixed, percent, plural, referenceWords, signed } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Chip, VersionLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { VersionState } from '../parts/version-state.tsx'

const route = getRouteApi('/models/$model')

/** Which version is in charge, and what became of the others? */
export function ModelPage() {
  const { model } = route.useParams()
  const models = useQuery(modelsQuery()).data?.models
  const definition = models?.find(m => m.name === model)
  const query = useQuery(versionsQuery(model))
  const endpoints = useQuery(endpointsQuery()).data?.endpoints.filter(e => e.model === model) ?? []
  const serving = endpoints.filter(e => e.release !== null)
  const versions = query.data?.versions ?? []
  const headline = versions.length === 0 ? `${model} has no version yet`
    : serving.length === 0 ? `${plural(versions.length, 'version')} of ${model}, none of them serves`
      : `Version ${serving[0].release?.version} of ${model} serves ${serving.map(e => e.name).join(' and ')}`
  if (models !== undefined && definition === undefined && versions.length === 0) return <Page title={model} headline={`There is no model ${model}`}><Panel title="Models"><p><Link to="/models">{models.length === 0 ? 'How to make one' : `Those that are there: ${models.map(m => m.name).join(', ')}`}</Link></p></Panel></Page>
  return <Page title={model} headline={query.data === undefined ? model : headline} news={definition?.description}>
    <Panel title="Versions, newest first" flush>
      <Answer query={query} pad>{data => (data.versions.length === 0 ? <div className="in"><Empty command={`slipway train ${model} --help`}>Nothing was trained yet:</Empty></div> : <Table caption="Versions" rows={data.versions} id={v => v.version} columns={[
        { name: 'Version', cell: v => <><VersionLink model={model} version={v.version} />{serving.filter(e => e.release?.version === v.version).map(e => <div key={e.name}><Chip tone="blue">champion of {e.name}</Chip></div>)}</> },
        { name: 'Learner', cell: v => v.lineage.learner },
        { name: 'AUC on its holdout', cell: v => (v.gate === null ? <span className="quiet">not judged</span> : <><Figure estimate={v.gate.candidate} /><div className="small">n {count(v.gate.rows)}</div></>) },
        { name: 'Against', cell: v => (v.gate === null ? null : <><Figure estimate={v.gate.difference} digits={4} sign /><div className="small">{referenceWords(v.gate.reference)}</div></>) },
        { name: 'State', cell: v => <VersionState version={v} /> },
        { name: 'Judged, UTC', optional: true, cell: v => (v.gate === null ? null : <When at={v.gate.at} />) },
      ]} />)}</Answer>
    </Panel>
    {definition === undefined ? null : <Panel title="By which standard is it judged?"><dl className="facts">
      <div><dt>Measure</dt><dd>{definition.evaluation.metric.toUpperCase()}<span className="small">paired with the champion, or {definition.evaluation.baseline.name}</span></dd></div>
      <div><dt>Must exceed</dt><dd>{signed(definition.evaluation.margin)}<span className="small">with the lower end of the {percent(1 - definition.evaluation.alpha)} interval</span></dd></div>
      <div><dt>Held out</dt><dd>{percent(definition.evaluation.holdout)}<span className="small">the last by time</span></dd></div>
      <div><dt>Then approves</dt><dd>{definition.evaluation.approval.policy ?? (definition.evaluation.approval.fourEyes === true ? 'a second person' : 'a person')}</dd></div>
      {definition.evaluation.trial === undefined ? null : <div><dt>Trial before it takes over</dt><dd>{percent(definition.evaluation.trial.share)} for {definition.evaluation.trial.length}<span className="small">margin {fixed(definition.evaluation.trial.margin)} of Brier</span></dd></div>}
      <div><dt>Learns</dt><dd>{definition.examples.label.name}<span className="small">{definition.examples.label.column}{definition.examples.label.above === undefined ? '' : ` above ${definition.examples.label.above}`} of <Link to="/data">{definition.examples.dataset}</Link></span></dd></div>
    </dl></Panel>}
  </Page>
}
