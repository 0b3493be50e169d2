import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { deploymentQuery, incidentsQuery, releasesQuery, trafficQuery } from '../api/page-queries.ts'
import { endpointQuery, ledgerQuery, overviewQuery } from '../api/queries.ts'
import type { Deployment, Endpoint, Release, Revision, Traffic } from '../api/types.ts'
import { ChangeDialog, type ChangeRequest } from '../parts/change-dialog.tsx'
import { DeployDialog } from '../parts/deploy-dialog.tsx'
import { EndpointState } from '../parts/endpoint-state.tsx'
import { Figure } from '../parts/figure.tsx'
import { count, dayMonth, duration, fixed, list, percent } from '../parts/format.ts'
import { releaseMarks } from '../parts/marks.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Chip, Digest, LedgerRef, Unmanaged, VersionLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { LatencyChart, RoleChart, TrafficChart } from '../parts/traffic-charts.tsx'
import { useAsOf, useLens } from '../parts/view.ts'
import { actionWords, fallbackWords, roleWords } from '../parts/words.ts'

const route = getRouteApi('/endpoints/$name')

/** What answers here, since when, and how does it do? */
export function EndpointPage() {
  const { name } = route.useParams()
  const asOf = useAsOf()
  const lens = useLens()
  const query = useQuery(endpointQuery(name))
  const deployment = useQuery(deploymentQuery(name))
  const traffic = useQuery({ ...trafficQuery(name, { to: asOf, buckets: 180 }), placeholderData: keepPreviousData })
  const overview = useQuery(overviewQuery(asOf)).data?.endpoints.find(e => e.name === name)
  const incidents = useQuery({ ...incidentsQuery({ endpoint: name }), retry: false }).data?.incidents ?? []
  const releases = useQuery(releasesQuery(name))
  const [change, setChange] = useState<ChangeRequest | null>(null)
  const [deploying, setDeploying] = useState(false)
  const endpoint = query.data
  const revisions = deployment.data?.revisions ?? []
  const current = revisions.at(-1)
  const challenger = current?.routes.find(r => r.role === 'challenger')
  const marks = [...releaseMarks(revisions), ...incidents.map(i => ({ at: Date.parse(i.openedAt), label: 'incident', tone: 'bad' as const }))]
  const lonely = revisions.length < 2
  if (query.error !== null && endpoint === undefined) return <Page title={name} headline={`${name} cannot be shown`}><Panel title="Endpoint"><Answer query={query}>{() => null}</Answer><p><Link to="/endpoints">All endpoints</Link></p></Panel></Page>
  return <Page title={name} headline={endpoint === undefined ? name : headline(name, current?.routes ?? [], overview?.serving)} news={<>{endpoint?.description} <Unmanaged of={endpoint} /> {overview === undefined ? null : <EndpointState endpoint={overview} />}</>}
    actions={asOf !== undefined ? undefined : <>
      <button type="button" className="write main" onClick={() => { setDeploying(true) }} disabled={(releases.data?.releases.length ?? 0) === 0}>Deploy …</button>
      {challenger === undefined ? null : <><button type="button" className="write" onClick={() => { setChange({ action: 'promote' }) }}>Promote …</button><button type="button" className="write" onClick={() => { setChange({ action: 'withdraw' }) }}>Withdraw …</button></>}
      <button type="button" className="write" disabled={lonely} title={lonely ? 'There is no earlier deployment' : undefined} onClick={() => { setChange({ action: 'rollback' }) }}>Roll back …</button>
      <button type="button" className="write" disabled={lonely} title={lonely ? 'There is no change to take back' : undefined} onClick={() => { setChange({ action: 'undo' }) }}>Undo …</button>
    </>}>
    <Panel title="Now"><Answer query={query} lines={3}>{e => <Facts plain={lens === 'business'} endpoint={e} traffic={traffic.data} quality={overview?.quality} />}</Answer></Panel>
    <Answer query={traffic}>{t => (t.total === 0 ? <Panel title="How much is it asked?"><Empty command={`slipway predict ${name} --help`}>Nobody has asked it yet:</Empty></Panel> : <>
      <TrafficChart traffic={t} marks={marks} />
      {t.releases.length > 1 ? <RoleChart traffic={t} marks={marks} /> : null}
      {lens === 'business' ? null : <LatencyChart traffic={t} marks={marks} />}
    </>)}</Answer>
    <Panel title="Releases: what may answer here" flush><Answer query={releases} pad>{({ releases: all }) => (all.length === 0
      ? <div className="in"><Empty command={`slipway train ${endpoint?.model ?? 'MODEL'} && slipway deploy ${name}`}>A release is a judged and approved model version, packed with all that computes its answers:</Empty></div>
      : <Releases releases={all.toSorted((a, b) => b.number - a.number)} current={current?.routes ?? []} plain={lens === 'business'} />)}</Answer></Panel>
    <Panel title="What was changed here, by whom?" flush><Answer query={deployment} pad>{d => <History deployment={d} />}</Answer></Panel>
    {lens === 'developer' && endpoint?.example != null ? <Panel title="Ask it"><pre>{`curl ${location.origin}/api/v1/endpoints/${encodeURIComponent(name)}/predict -H 'content-type: application/json' \\\n  -d '${JSON.stringify(endpoint.example)}'`}</pre></Panel> : null}
    {change === null ? null : <ChangeDialog endpoint={name} request={change} onClose={() => { setChange(null) }} />}
    {deploying && releases.data !== undefined ? <DeployDialog endpoint={name} releases={releases.data.releases} current={current?.routes ?? []} onClose={() => { setDeploying(false) }} onChosen={body => { setDeploying(false); setChange({ action: 'deploy', body }) }} /> : null}
  </Page>
}

function headline(name: string, routes: Deployment['revisions'][number]['routes'], serving: { number: number; role: string; share: number; since: string }[] | undefined): string {
  const now = serving === undefined || serving.length === 0 ? routes : serving
  if (now.length === 0) return `${name} waits for its first release`
  if (now.length === 1) return `Release ${now[0].number} answers all of ${name}, since ${dayMonth(now[0].since)}`
  return `${list(now.map(s => `release ${s.number} (${roleWords(s.role)}, ${percent(s.share)})`))} share ${name}`.replace(/^r/, 'R')
}

function Facts({ endpoint, traffic, quality, plain }: { plain: boolean; endpoint: Endpoint; traffic: Traffic | undefined; quality: { value: { value: number; low: number; high: number } | null; labelled: number; predictions: number; limit: number | null } | null | undefined }) {
  return <dl className="facts">
    <div><dt>Model</dt><dd>{endpoint.release === null ? 'none deployed' : <VersionLink model={endpoint.release.model} version={endpoint.release.version} />}<span className="small dev">content <Digest value={endpoint.release?.contentDigest} /></span></dd></div>
    <div><dt>Decides yes above</dt><dd>{endpoint.threshold === null ? 'no decision' : percent(endpoint.threshold)}</dd></div>
    <div><dt>Predictions</dt><dd><Link to="/predictions" search={{ endpoint: endpoint.name }}>{count(endpoint.predictions)}</Link></dd></div>
    <div><dt>Quality, 7 days</dt><dd>{quality === undefined ? '…' : quality?.value == null ? <span className="quiet">not known yet</span> : <Link to="/monitoring/$endpoint" params={{ endpoint: endpoint.name }}>{plain ? `${percent(quality.value.value)} of pairs in order` : <>AUC <Figure estimate={quality.value} /></>}</Link>}{quality == null ? null : <span className="small">{count(quality.labelled)} of {count(quality.predictions)} labels{quality.limit === null ? '' : `, ${plain ? `promised ${percent(quality.limit)}` : `limit ${fixed(quality.limit)}`}`}</span>}</dd></div>
    <div><dt>Took, median · 99 of 100 under</dt><dd>{traffic?.latency?.total.p50 == null ? <span className="quiet">no answer yet</span> : <>{duration(traffic.latency.total.p50)} · {duration(traffic.latency.total.p99 ?? 0)}</>}{traffic === undefined ? null : <span className="small">n {count(traffic.total)}</span>}</dd></div>
    <div><dt>Answered by fallback</dt><dd>{traffic === undefined || traffic.total === 0 ? <span className="quiet">none</span> : <>{count(traffic.fallbacks)}<span className="small">{percent(traffic.fallbacks / traffic.total)} of {count(traffic.total)}{traffic.fallbacks === 0 ? '' : `: ${Object.entries(traffic.kinds).map(([kind, n]) => `${count(n)} by ${fallbackWords(kind)}`).join(', ')}`}</span></>}</dd></div>
  </dl>
}

function Releases({ releases, current, plain }: { plain: boolean; releases: Release[]; current: { number: number; role: string; share: number }[] }) {
  return <Table caption="Releases" rows={releases} id={r => r.id} columns={[
    { name: 'Release', cell: r => <b id={`release-${r.number}`}>{r.number}</b> },
    { name: 'Model version', cell: r => <VersionLink model={r.model} version={r.modelVersion} /> },
    { name: 'Gate', cell: r => (r.gate === null ? <Chip tone="warn">waived{r.waiver === null ? '' : ` by ${r.waiver.actor}`}</Chip> : <><Figure estimate={r.gate.candidate} /><div className="small">n {count(r.gate.rows)}</div></>) },
    { name: 'Approved by', cell: r => <><span className="break">{r.approval?.actor ?? r.waiver?.reason ?? 'nobody'}</span>{r.approval === null ? null : <div className="small"><When at={r.approval.at} only="day" /></div>}</> },
    ...(plain ? [] : [{ name: 'Content', optional: true, cell: (r: Release) => <Digest value={r.contentDigest} /> }]),
    { name: 'Now', cell: r => { const now = current.find(c => c.number === r.number); return now === undefined ? <span className="quiet">rests</span> : <Chip tone="good">{roleWords(now.role)}, {percent(now.share)}</Chip> } },
  ]} />
}

function changeWords({ action, routes }: Revision): string {
  const challenger = routes.find(r => r.role === 'challenger')
  return action === 'deploy' && challenger !== undefined ? `deployed release ${challenger.number} as challenger` : actionWords(action, routes.find(r => r.role === 'champion')?.release ?? null)
}

function History({ deployment }: { deployment: Deployment }) {
  // One entry a revision, in their order.
  const entries = useQuery(ledgerQuery({ subject: `deployment/${deployment.endpoint}`, order: 'asc', limit: 1_000 })).data?.entries.filter(e => e.action.startsWith('deployment.')) ?? []
  if (deployment.revisions.length === 0) return <div className="in"><p className="soft">Nothing was deployed yet.</p></div>
  return <Table caption="Changes of the deployment, newest first" rows={deployment.revisions.toReversed()} id={r => r.number} columns={[
    { name: 'Change', cell: r => <b>{changeWords(r)}</b> },
    { name: 'In force from, UTC', cell: r => <When at={r.since ?? r.at} /> },
    { name: 'Then answers', cell: r => r.routes.map(x => `release ${x.number}, ${roleWords(x.role)} ${percent(x.share)}`).join(' · ') },
    { name: 'By', cell: r => r.actor },
    { name: 'Ledger', right: true, cell: r => <LedgerRef index={entries.find(e => e.details.revision === r.number)?.index ?? entries[r.number - 1]?.index} /> },
  ]} />
}
