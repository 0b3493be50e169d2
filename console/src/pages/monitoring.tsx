import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { alertsQuery, deploymentQuery, driftQuery, incidentsQuery, monitorsQuery, performanceQuery, trialQuery } from '../api/page-queries.ts'
import { endpointsQuery } from '../api/queries.ts'
import type { Incident, Monitor, PerformanceReport } from '../api/types.ts'
import { AlertsPanel, IncidentPanel, PostMortemDialog } from '../parts/alerts.tsx'
import type { Limit } from '../parts/chart.tsx'
import { count, day, fixed, percent, words } from '../parts/format.ts'
import { DriftPanel } from '../parts/heat.tsx'
import { releaseMarks } from '../parts/marks.ts'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel, Problem } from '../parts/panel.tsx'
import { CalibrationChart, fewestOf, QualityChart } from '../parts/quality-charts.tsx'
import { Chip, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { TrialPanel } from '../parts/trial.tsx'
import { useAsOf, useLens } from '../parts/view.ts'

/** Is it still as good as it should be, and what moved? */
export function MonitoringPage() {
  const params = useParams({ strict: false })
  const navigate = useNavigate()
  const asOf = useAsOf()
  const lens = useLens()
  const endpoints = useQuery(endpointsQuery())
  const names = endpoints.data?.endpoints.map(e => e.name) ?? []
  const endpoint = params.endpoint ?? names[0]
  const on = endpoint !== undefined
  const performance = useQuery({ ...performanceQuery(endpoint ?? '', { by: 'week', to: asOf, knownBy: asOf }), enabled: on, placeholderData: keepPreviousData })
  const drift = useQuery({ ...driftQuery(endpoint ?? '', { by: 'week', to: asOf }), refetchInterval: 60_000, enabled: on, retry: false, placeholderData: keepPreviousData })
  const monitors = useQuery({ ...monitorsQuery(endpoint), enabled: on, retry: false })
  const alerts = useQuery({ ...alertsQuery({ endpoint, limit: 200 }), enabled: on, retry: false })
  const incidents = useQuery({ ...incidentsQuery({ endpoint }), enabled: on, retry: false })
  const revisions = useQuery({ ...deploymentQuery(endpoint ?? ''), enabled: on }).data?.revisions ?? []
  const tried = revisions.some(r => r.routes.some(x => x.role === 'challenger') && (asOf === undefined || (r.since ?? r.at) <= asOf))
  const trial = useQuery({ ...trialQuery(endpoint ?? '', { at: asOf }), enabled: on && tried, retry: false })
  const [written, setWritten] = useState<Incident | null>(null)
  const shown = (at: string): boolean => asOf === undefined || at <= asOf
  const cases = (incidents.data?.incidents ?? []).filter(i => shown(i.openedAt))
  const marks = [...releaseMarks(revisions), ...cases.map(i => ({ at: Date.parse(i.openedAt), label: 'incident', tone: 'bad' as const }))]
  const quality = monitors.data?.monitors.find(m => m.definition.kind === 'quality' && m.definition.metric === 'auc')
  const limits: Limit[] = quality?.definition.limit === undefined ? [] : [{ value: quality.definition.limit, label: `limit ${fixed(quality.definition.limit)}` }]
  if (endpoints.data !== undefined && on && !names.includes(endpoint)) return <Page title="Monitoring" headline={`There is no endpoint ${endpoint}`}><Panel title="Endpoints that are watched">{names.map(n => <p key={n}><Link to="/monitoring/$endpoint" params={{ endpoint: n }}>{n}</Link></p>)}{names.length > 0 ? null : <Empty command="slipway apply">There is none yet; the project file declares them:</Empty>}</Panel></Page>
  if (endpoints.data !== undefined && !on) return <Page title="Monitoring" headline="There is nothing to watch yet"><Panel title="How to begin"><Empty command="slipway apply">Declare an endpoint, and monitors for it, in the project file:</Empty></Panel></Page>

  return <Page title="Monitoring" headline={performance.data === undefined ? 'Is it still as good as it should be?' : headline(endpoint ?? '', performance.data, limits[0]?.value)} news={performance.data === undefined ? undefined : news(performance.data, lens === 'business')}
    actions={names.length < 2 ? undefined : <label className="field">Endpoint<select value={endpoint} onChange={e => { void navigate({ to: '/monitoring/$endpoint', params: { endpoint: e.target.value } }) }}>{names.map(n => <option key={n}>{n}</option>)}</select></label>}>
    {alerts.data === undefined || alerts.data.alerts.length === 0 ? null : <AlertsPanel alerts={alerts.data.alerts.filter(a => shown(a.since))} past={asOf !== undefined} />}
    {cases.filter(i => i.state === 'open').map(i => <IncidentPanel key={i.id} incident={i} past={asOf !== undefined} onWrite={() => { setWritten(i) }} />)}
    <Answer query={performance}>{report => (report.periods.length === 0 ? <Panel title="Did the model still rank well?"><Empty command={`slipway predict ${endpoint} --help`}>Nothing was predicted yet:</Empty></Panel> : <>
      <QualityChart report={report} limits={limits} marks={marks} />
      {trial.data === undefined ? null : <TrialPanel trial={trial.data} />}
      <CalibrationChart report={report} marks={marks} />
    </>)}</Answer>
    {drift.data !== undefined ? drift.data.periods.length === 0 ? null : <DriftPanel report={drift.data} /> : <Panel title="What moved? Drift against the training set">{drift.error instanceof ApiError && drift.error.status !== 404 ? <Problem error={drift.error} /> : <Answer query={drift} lines={6} nothing={<p className="soft">Drift is not measured on this server yet.</p>}>{() => null}</Answer>}</Panel>}
    {monitors.data === undefined ? null : <Monitors monitors={monitors.data.monitors} />}
    {cases.filter(i => i.state === 'closed').map(i => <IncidentPanel key={i.id} incident={i} past={asOf !== undefined} onWrite={() => { setWritten(i) }} />)}
    {written === null ? null : <PostMortemDialog incident={written} onClose={() => { setWritten(null) }} />}
  </Page>
}

function headline(endpoint: string, report: PerformanceReport, limit: number | undefined): string {
  const measured = report.periods.filter(p => p.auc !== null && p.labelled >= fewestOf(report))
  const last = measured.at(-1)
  if (last?.auc == null) return `The quality of ${endpoint} is not known yet`
  if (limit === undefined) return `${endpoint} ranks with AUC ${fixed(last.auc.value)}; nobody has set a limit`
  if (last.auc.high < limit) {
    const since = measured.findLastIndex(p => (p.auc?.high ?? 1) >= limit)
    return `${endpoint} is below its limit since the week of ${day(measured[since + 1].from)}`
  }
  return last.auc.low >= limit ? `${endpoint} ranks above its limit` : `${endpoint} cannot be told from its limit in the last week`
}

function news(report: PerformanceReport, business: boolean): string {
  const { periods, total } = report
  const last = periods.findLast(p => p.auc !== null && p.labelled >= fewestOf(report))
  const all = total.auc === null ? '' : `Over all ${count(total.labelled)} with their truth, AUC is ${fixed(total.auc.value)} (${fixed(total.auc.low)} to ${fixed(total.auc.high)}).`
  if (last?.auc == null) return all
  if (business) return `Of two cases, one with the event and one without, it puts the right one first in ${percent(last.auc.value)} of pairs in the last measured week; over all time in ${percent(total.auc?.value ?? 0)}.`
  return `In the week from ${day(last.from)}: AUC ${fixed(last.auc.value)} (${fixed(last.auc.low)} to ${fixed(last.auc.high)}) on ${count(last.labelled)} of ${count(last.predictions)} predictions. ${all}`
}

function Monitors({ monitors }: { monitors: Monitor[] }) {
  return <Panel title="What is watched?" flush>
    {monitors.length === 0 ? <div className="in"><Empty command="slipway apply">Monitors are declared in the project file; without one, nobody is told:</Empty></div> : <Table caption="Monitors" rows={monitors} id={m => m.definition.name} columns={[
      { name: 'Monitor', full: true, cell: m => <><b>{m.definition.name}</b><div className="small">{m.definition.description ?? `${m.definition.kind}${m.definition.metric === undefined ? '' : `, ${m.definition.metric}`}`}</div></> },
      { name: 'Looks at', cell: m => <><span className="nowrap">the last {m.definition.window}</span><div className="small nowrap">every {m.definition.every}</div></> },
      { name: 'Last look', cell: m => { const l = m.looks.at(-1); return l === undefined ? <span className="quiet">none yet</span> : <><span className="nowrap">{l.value === null ? 'too few' : fixed(l.value)}</span> <span className="small nowrap">{l.interval === null ? '' : `${fixed(l.interval.low)} – ${fixed(l.interval.high)}`}</span><div className="small nowrap">limit {fixed(l.limit)}, n {count(l.n)}</div></> } },
      { name: 'Worst inputs', optional: true, cell: m => <span className="small">{m.looks.at(-1)?.features?.slice(0, 2).map(f => `${words(f.feature)} ${fixed(f.beyondNoise, 2)}`).join(', ')}</span> },
      { name: 'At, UTC', cell: m => { const l = m.looks.at(-1); return l === undefined ? '' : <When at={l.at} /> } },
      { name: 'State', cell: m => { const l = m.looks.at(-1); return l === undefined ? <Chip>waits</Chip> : l.state === 'ok' ? <Chip tone="good">within its limit</Chip> : l.state === 'few' ? <Chip>too few to say</Chip> : <Chip tone={m.definition.severity === 'page' ? 'bad' : 'warn'}>beyond its limit</Chip> } },
    ]} />}
  </Panel>
}
