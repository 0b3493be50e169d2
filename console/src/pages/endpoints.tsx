import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { endpointsQuery, overviewQuery } from '../api/queries.ts'
import { EndpointState } from '../parts/endpoint-state.tsx'
import { count, percent, plural } from '../parts/format.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Unmanaged, VersionLink } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'

/** What can be asked? */
export function EndpointsPage() {
  const query = useQuery(endpointsQuery())
  const overview = useQuery(overviewQuery()).data?.endpoints
  const endpoints = query.data?.endpoints
  const serving = endpoints?.filter(e => e.release !== null).length ?? 0
  return <Page title="Endpoints" headline={endpoints === undefined ? 'What can be asked?' : endpoints.length === 0 ? 'There is no endpoint yet' : serving === endpoints.length ? `${plural(serving, 'endpoint')} ${serving === 1 ? 'answers' : 'answer'}` : `${serving} of ${plural(endpoints.length, 'endpoint')} answer`}>
    <Panel title="Endpoints" flush>
      <Answer query={query} pad>{data => (data.endpoints.length === 0 ? <div className="in"><Empty command="slipway apply">An endpoint is declared in the project file, beside the model that answers for it:</Empty></div> : <Table caption="Endpoints" rows={data.endpoints} id={e => e.name} columns={[
        { name: 'Endpoint', full: true, cell: e => <><Link to="/endpoints/$name" params={{ name: e.name }}><b>{e.name}</b></Link> <Unmanaged of={e} /><div className="small">{e.description}</div></> },
        { name: 'Answers with', cell: e => (e.release === null ? <span className="quiet">nothing deployed</span> : <>release {e.release.number}, <VersionLink model={e.release.model} version={e.release.version} /></>) },
        { name: 'Shares', optional: true, cell: e => <span className="small">{overview?.find(o => o.name === e.name)?.serving.map(s => `${s.role} ${percent(s.share)}`).join(' · ')}</span> },
        { name: 'Decides above', right: true, cell: e => (e.threshold === null ? <span className="quiet">no decision</span> : percent(e.threshold)) },
        { name: 'Predictions', right: true, cell: e => count(e.predictions) },
        { name: 'State', cell: e => { const found = overview?.find(o => o.name === e.name); return found === undefined ? null : <EndpointState endpoint={found} /> } },
      ]} />)}</Answer>
    </Panel>
  </Page>
}
