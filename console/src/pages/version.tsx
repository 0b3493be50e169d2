import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { runQuery, versionsQuery } from '../api/page-queries.ts'
import { endpointsQuery, ledgerQuery } from '../api/queries.ts'
import type { ModelVersion, Run } from '../api/types.ts'
import { Figure } from '../parts/figure.tsx'
import { count, day, duration, fixed, percent, referenceWords, short, signed } from '../parts/format.ts'
import { GateFacts } from '../parts/gate.tsx'
import { Page } from '../parts/page.tsx'
import { Answer, Empty, Panel } from '../parts/panel.tsx'
import { Chip, Digest, LedgerRef, SubjectLink, When } from '../parts/refs.tsx'
import { Table } from '../parts/table.tsx'
import { VersionState } from '../parts/version-state.tsx'
import { Versus } from '../parts/versus.tsx'
import { useLens } from '../parts/view.ts'

const route = getRouteApi('/models/$model/$version')

/** May it serve, and why? */
export function VersionPage() {
  const { model, version } = route.useParams()
  const lens = useLens()
  const query = useQuery(versionsQuery(model))
  const number = Number(version)
  const found = query.data?.versions.find(v => v.version === number)
  const run = useQuery({ ...runQuery(found?.run ?? ''), enabled: found !== undefined })
  const champion = useQuery(endpointsQuery()).data?.endpoints.find(e => e.model === model && e.release !== null)?.release?.version
  const other = query.data?.versions.find(v => v.version === champion && v.version !== number)
  if (found === undefined) return <Page title={`${model}@${version}`} headline={`${model}@${version}`}><Panel title="Version"><Answer query={query}>{() => <Empty command={`slipway train ${model} --help`}>There is no version {version} of {model}. It has {query.data?.versions.length ?? 0}.</Empty>}</Answer></Panel></Page>
  const { gate, approval, lineage } = found
  const learner = run.data?.candidate?.summary.importance ?? []
  return <Page title={`${model}@${version}`} headline={headline(found)} news={<><VersionState version={found} /> {champion === number ? <Chip tone="blue">champion</Chip> : null} {lineage.learner}{run.data?.data == null ? '' : `, trained on ${count(run.data.data.counts.training)} rows of ${day(run.data.from)} to ${day(run.data.to)}`}.</>}
    actions={gate?.passed === true && approval === null ? <Link className="button" to="/approvals">Decide …</Link> : undefined}>
    <Panel title="What did the gate say?" note={gate === null ? undefined : <><When at={gate.at} /> UTC · <SubjectEntry subject={`gate/${gate.id}`} /></>}>
      {gate === null ? <Empty command={`slipway train ${model} --help`}>It was not judged. Training through the command line judges at once:</Empty> : <><p>{gate.reason}</p><GateFacts gate={gate} /></>}
    </Panel>
    <div className="two">
      <div>
        {other === undefined ? null : <Panel title={`Against the champion, version ${other.version}`} flush><Versus a={found} b={other} /></Panel>}
        <Panel title="How good is it, on rows that it never saw?" flush><Answer query={run} pad>{r => <Metrics run={r} />}</Answer></Panel>
        {lens === 'business' || learner.length === 0 ? null : <Panel title="What does it look at?" note="share of the gain in training" flush><Importance rows={learner} /></Panel>}
      </div>
      <div>
        <Panel title="Who decided?">{approval === null ? <p className="soft">Nobody yet.</p> : <dl className="pairs"><dt>Decision</dt><dd>{approval.approved ? <Chip tone="good">approved</Chip> : <Chip tone="bad" sign="×">refused</Chip>}</dd><dt>By</dt><dd>{approval.actor}</dd><dt>Reason</dt><dd>{approval.reason === '' ? 'none given' : approval.reason}</dd><dt>When</dt><dd><When at={approval.at} /> UTC <SubjectEntry subject={`approval/${approval.id}`} /></dd></dl>}</Panel>
        <Panel title="What was it made from?"><Lineage version={found} run={run.data} /></Panel>
        <Panel title="Make it again"><p>The same rows, code, seed and learner give the same bytes:</p><pre>{`curl -X POST ${location.origin}/api/v1/models/${model}/versions/${version}/reproduce \\\n  -H "authorization: Bearer $(cat HOME/local.token)"`}</pre></Panel>
      </div>
    </div>
  </Page>
}

function headline({ model, version, gate, approval }: ModelVersion): string {
  const name = `${model}@${version}`
  if (gate === null) return `${name} was trained, and not judged yet`
  const difference = `${signed(gate.difference.value)} AUC over ${referenceWords(gate.reference)}`
  if (!gate.passed) return `${name} may not serve: its gate refused it (${difference})`
  if (approval === null) return `${name} passed its gate (${difference}) and waits for a yes`
  return approval.approved ? `${name} may serve: ${difference}` : `${name} may not serve: ${approval.actor} refused it`
}

function SubjectEntry({ subject }: { subject: string }) {
  const entry = useQuery(ledgerQuery({ subject, limit: 1, order: 'asc' })).data?.entries[0]
  return entry === undefined ? null : <LedgerRef index={entry.index} />
}

function Metrics({ run }: { run: Run }) {
  const sides = [['candidate', run.candidate], ['baseline', run.reference]] as const
  return <Table caption="Metrics of candidate and baseline" stack={false} rows={sides.filter(s => s[1] !== null)} id={s => s[0]} columns={[
    { name: 'Learner', cell: s => <>{s[1]?.learner.name}<div className="small">{s[0]}</div></> },
    { name: 'AUC', cell: s => (s[1] === null ? null : <Figure estimate={s[1].metrics.auc} />) },
    { name: 'Brier', right: true, cell: s => fixed(s[1]?.metrics.brier ?? Number.NaN, 4) },
    { name: 'ECE', right: true, optional: true, cell: s => fixed(s[1]?.metrics.calibration.ece ?? Number.NaN) },
    { name: 'n', right: true, cell: s => count(s[1]?.metrics.rows ?? 0) },
  ]} />
}

function Importance({ rows }: { rows: { feature: string; share: number }[] }) {
  const most = rows[0]?.share ?? 1
  return <Table caption="Importance of inputs" stack={false} rows={rows.slice(0, 10)} id={r => r.feature} columns={[
    { name: 'Input', cell: r => <code className="break">{r.feature}</code> },
    { name: 'Compared', cell: r => <span aria-hidden="true" style={{ display: 'block', height: 10, borderRadius: 2, minWidth: 40, background: `linear-gradient(var(--accent), var(--accent)) 0 / ${(r.share / most) * 100}% 100% no-repeat` }} /> },
    { name: 'Share', right: true, cell: r => percent(r.share) },
  ]} />
}

function Lineage({ version: { lineage, run, content, contentDigest }, run: details }: { version: ModelVersion; run: Run | undefined }) {
  return <dl className="pairs">
    <dt>Run</dt><dd><Link to="/audit" search={{ subject: `run/${run}` }} className="mono">{run}</Link></dd>
    {details === undefined ? null : <><dt>By</dt><dd>{details.actor}{details.finishedAt === null ? '' : `, in ${duration(Object.values(details.durations).reduce((a, b) => a + b, 0) / 1_000)}`}</dd></>}
    <dt>Training set</dt><dd><SubjectLink subject={`datasetVersion/${lineage.trainingSet}`} /></dd>
    <dt>Made from</dt><dd>{lineage.parents.map((p, i) => <span key={p}>{i > 0 ? ', ' : ''}<SubjectLink subject={`datasetVersion/${p}`} /></span>)}</dd>
    <dt>Seed</dt><dd>{lineage.seed}</dd>
    <dt>Inputs</dt><dd>{content.features.outputs.length}</dd>
    <dt>Content</dt><dd><Digest value={contentDigest} /></dd>
    <dt>Artifact</dt><dd><Digest value={content.model.digest} /> <span className="small">{content.model.format}</span></dd>
    {content.features.onDemandDigest === null ? null : <><dt>Code</dt><dd><code title={content.features.onDemandDigest}>{short(content.features.onDemandDigest)}</code></dd></>}
  </dl>
}
