import type { ModelVersion } from '../api/types.ts'
import { Figure } from './figure.tsx'
import { count, short } from './format.ts'
import { Table } from './table.tsx'

/** Two versions side by side. Only a gate compares them on the same rows. */
export function Versus({ a, b }: { a: ModelVersion; b: ModelVersion }) {
  const same = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y)
  const inputs = (v: ModelVersion): string[] => v.content.features.outputs.map(o => o.name)
  const added = inputs(a).filter(n => !inputs(b).includes(n))
  const gone = inputs(b).filter(n => !inputs(a).includes(n))
  const rows = [
    { name: 'AUC, each on its own holdout', a: a.gate === null ? '' : <><Figure estimate={a.gate.candidate} /><div className="small">n {count(a.gate.rows)}</div></>, b: b.gate === null ? '' : <><Figure estimate={b.gate.candidate} /><div className="small">n {count(b.gate.rows)}</div></>, differs: true },
    { name: 'Learner', a: a.lineage.learner, b: b.lineage.learner, differs: a.lineage.learner !== b.lineage.learner },
    { name: 'Inputs', a: `${inputs(a).length}${added.length === 0 ? '' : `, new: ${added.join(', ')}`}`, b: `${inputs(b).length}${gone.length === 0 ? '' : `, gone: ${gone.join(', ')}`}`, differs: added.length + gone.length > 0 },
    { name: 'Training set', a: <code>{short(a.lineage.trainingSet)}</code>, b: <code>{short(b.lineage.trainingSet)}</code>, differs: a.lineage.trainingSet !== b.lineage.trainingSet },
    { name: 'Parameters', a: '', b: '', differs: !same(a.lineage.params, b.lineage.params) },
    { name: 'Threshold', a: a.content.threshold ?? 'none', b: b.content.threshold ?? 'none', differs: a.content.threshold !== b.content.threshold },
    { name: 'Code', a: <code>{short(a.content.features.onDemandDigest ?? 'none')}</code>, b: <code>{short(b.content.features.onDemandDigest ?? 'none')}</code>, differs: a.content.features.onDemandDigest !== b.content.features.onDemandDigest },
  ]
  return <Table caption="Comparison with the champion" stack={false} rows={rows} id={r => r.name} columns={[
    { name: 'What', cell: r => r.name }, { name: `Version ${a.version}`, cell: r => (r.differs ? <b>{r.a === '' ? 'differ' : r.a}</b> : <span className="quiet">{r.a === '' ? 'the same' : r.a}</span>) }, { name: `Version ${b.version}`, cell: r => <span className="soft">{r.b}</span> },
  ]} />
}
