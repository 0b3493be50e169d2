import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { pendingQuery, versionsQuery } from '../api/page-queries.ts'
import { endpointsQuery, modelsQuery } from '../api/queries.ts'
import { plural } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { VersionLink } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { VersionState } from '../parts/version-state.tsx'

/** Which models are there, and how do their newest versions stand? */
export function ModelsPage() {
  const query = useQuery(modelsQuery())
  const endpoints = useQuery(endpointsQuery()).data?.endpoints ?? []
  const pending = useQuery(pendingQuery()).data?.pending ?? []
  const models = query.data?.models ?? []
  const versions = models.reduce((n, m) => n + (m.newest ?? 0), 0)
  return <Page title="Models" headline={query.data === undefined ? 'Which models are there?' : models.length === 0 ? 'There is no model yet' : `${plural(models.length, 'model')}, ${plural(versions, 'version')}${pending.length === 0 ? '' : `, ${pending.length} ${pending.length === 1 ? 'waits' : 'wait'} for a person`}`}>
    <Panel title="Models" flush>
      <Answer query={query} pad>{data => (data.models.length === 0 ? <div className="in"><Empty command="slipway apply">A model is declared in the project file: what it reads, what it learns, and the standard by which its versions are judged:</Empty></div> : <Table caption="Models" rows={data.models} id={m => m.name} columns={[
        { name: 'Model', full: true, cell: m => <><Link to="/models/$model" params={{ model: m.name }}><b>{m.name}</b></Link><div className="small">{m.description ?? `learns ${m.examples.label.name} from ${m.examples.dataset}`}</div></> },
        { name: 'Newest version', cell: m => (m.newest === null ? <span className="quiet">not trained</span> : <VersionLink model={m.name} version={m.newest} />) },
        { name: 'State', cell: m => <Newest model={m.name} /> },
        { name: 'Serves', cell: m => endpoints.filter(e => e.model === m.name).map(e => <div key={e.name}><Link to="/endpoints/$name" params={{ name: e.name }}>{e.name}</Link> <span className="small">{e.release === null ? 'nothing deployed' : `with version ${e.release.version}`}</span></div>) },
        { name: 'Who approves', cell: m => <span className="small">{m.evaluation.approval.policy === undefined ? `a person${m.evaluation.approval.fourEyes === true ? ', four eyes' : ''}` : `policy ${m.evaluation.approval.policy}`}</span> },
      ]} />)}</Answer>
    </Panel>
  </Page>
}

function Newest({ model }: { model: string }) {
  const version = useQuery(versionsQuery(model)).data?.versions[0]
  return version === undefined ? null : <VersionState version={version} />
}
