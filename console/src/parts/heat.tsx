import '../styles/charts.css'
import type { DriftReport, FeatureDrift } from '../api/types.ts'
import { ChartPanel } from './chart.tsx'
import { count, dayMonth, fixed, percent, words } from './format.ts'
import { Table } from './table.tsx'

const LEVELS = [0.05, 0.1, 0.25, 0.5, 1]
const level = (f: FeatureDrift): number => LEVELS.filter(l => f.beyondNoise >= l).length
const SIGN: Record<string, string> = { alert: '▲', watch: '△', few: '·' }
const SHOWN = 12

/** Feature × week: how far each input moved against the rows that trained the model, beyond what noise gives. */
export function DriftPanel({ report }: { report: DriftReport }) {
  const { periods } = report
  const names = [...new Set(periods.flatMap(p => p.features.map(f => f.feature)))]
  const most = (name: string): number => Math.max(0, ...periods.map(p => p.features.find(f => f.feature === name)).filter(f => f !== undefined && f.state !== 'few').map(f => f?.beyondNoise ?? 0))
  const sorted = names.toSorted((a, b) => most(b) - most(a))
  const cells = periods.flatMap(p => p.features.map(f => ({ ...f, from: p.from, release: p.release })))
  const alarming = sorted.filter(n => periods.some(p => p.features.some(f => f.feature === n && f.state === 'alert')))
  return <ChartPanel title="What moved? Drift against the training set, beyond noise" note={`feature × ${report.by}, n ${count(periods.reduce((n, p) => n + p.predictions, 0))}`}
    foot={<>Distance in standard deviations (numbers) or Jensen-Shannon distance (categories), less what no drift would give at this n. {SIGN.alert} alert and {SIGN.watch} watch need evidence too (q ≤ 0.05 over all inputs of the week); {SIGN.few} too few rows to say. {alarming.length === 0 ? 'No input is in alert.' : `In alert at some time: ${alarming.map(words).join(', ')}. Drift explains; whether it harms is seen in the quality above.`}</>}
    long table={<Table caption="Drift by week and input" stack={false} rows={cells.toSorted((a, b) => b.from.localeCompare(a.from) || b.beyondNoise - a.beyondNoise)} id={c => `${c.from} ${c.feature}`} columns={[
      { name: 'From', cell: c => dayMonth(c.from) }, { name: 'Input', cell: c => c.feature }, { name: 'Beyond noise', right: true, cell: c => <b>{fixed(c.beyondNoise)}</b> }, { name: 'As measured', right: true, cell: c => fixed(c.effect) }, { name: 'Noise', right: true, cell: c => fixed(c.noise) },
      { name: 'q', right: true, cell: c => (c.qValue < 1e-3 ? c.qValue.toExponential(0) : fixed(c.qValue)) }, { name: 'PSI', right: true, cell: c => fixed(c.psi) }, { name: 'Missing', right: true, cell: c => percent(c.rows === 0 ? 0 : c.missing / c.rows) }, { name: 'n', right: true, cell: c => count(c.rows) }, { name: 'State', cell: c => c.state },
    ]} />}>
    <div className="scroll" role="region" aria-label="Drift of each input by week" tabIndex={0}><table className="heat">
      <caption className="hide">Drift of the inputs that moved most; the stronger, the farther</caption>
      <thead><tr><td /><>{periods.map((p, i) => <th key={p.from} scope="col"><span className="hide">{dayMonth(p.from)}</span><span aria-hidden="true" className="nowrap">{i % Math.ceil(periods.length / 9) === 0 ? dayMonth(p.from) : ''}</span></th>)}</></tr></thead>
      <tbody>{sorted.slice(0, SHOWN).map(name => <tr key={name}><th scope="row" title={name}>{words(name)}</th>{periods.map(p => {
        const f = p.features.find(x => x.feature === name)
        if (f === undefined) return <td key={p.from}><i /></td>
        const l = f.state === 'few' ? 0 : level(f)
        return <td key={p.from}><i style={{ background: `var(--heat-${l})`, color: l >= 3 ? 'var(--sheet)' : 'var(--ink-2)' }} title={`${words(name)}, week from ${dayMonth(p.from)}: ${fixed(f.beyondNoise)} beyond noise (${f.state}), n ${count(f.rows)}`}><span aria-hidden="true">{SIGN[f.state] ?? ''}</span><span className="hide">{fixed(f.beyondNoise, 2)} {f.state}</span></i></td>
      })}</tr>)}</tbody>
    </table></div>
    <div className="scale" aria-hidden="true" style={{ marginTop: 8 }}>{[0, 1, 2, 3, 4, 5].map(l => <span key={l}><i style={{ background: `var(--heat-${l})` }} /> {l === 0 ? `under ${LEVELS[0]}` : `from ${LEVELS[l - 1]}`}</span>)}{names.length > SHOWN ? <span>· {names.length - SHOWN} more inputs in the table</span> : null}</div>
  </ChartPanel>
}
