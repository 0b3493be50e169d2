// Did the model still rank, and were its probabilities true?
import type { PerformanceReport } from '../api/types.ts'
import { Chart, ChartPanel, Legend, type Limit, type Mark, type Point } from './chart.tsx'
import { Figure } from './figure.tsx'
import { count, day, dayBefore, dayMonth, fixed, percent } from './format.ts'
import { Table } from './table.tsx'

/** Labels under which a week says nothing yet: its figures are in the table, and in no line. */
const FEWEST = 200

export function fewestOf({ periods }: PerformanceReport): number { return periods.some(p => p.labelled >= FEWEST) ? FEWEST : 1 }

const WEEK = 7 * 86_400_000
const middle = (from: string, to: string): number => (Date.parse(from) + Math.min(Date.parse(to), Date.parse(from) + WEEK)) / 2
const week = (at: number): string => `week from ${dayMonth(at - WEEK / 2)}`

export function QualityChart({ report, limits, marks }: { report: PerformanceReport; limits: Limit[]; marks: Mark[] }) {
  const { periods, total } = report
  // A small home shows what it has.
  const fewest = fewestOf(report)
  const points = periods.map((p): Point => ({ at: middle(p.from, p.to), ...(p.labelled < fewest || p.auc === null ? { value: null } : p.auc) }))
  return <ChartPanel title="Did the model still rank well? AUC a week, 95 % interval" note={`n ${count(total.labelled)} labels of ${count(total.predictions)} predictions`}
    foot={periods.length === 0 ? undefined : <>{day(periods[0].from)} to {dayBefore(periods[periods.length - 1].to < report.knownBy ? periods[periods.length - 1].to : report.knownBy)}; truth as known at {day(report.knownBy)}. {count(total.predictions - total.labelled)} predictions have no truth: it is on its way, or never comes, and they count in no figure.</>}
    table={<Table caption="Quality by week" stack={false} rows={periods} id={p => p.from} columns={[
      { name: 'Week from', cell: p => day(p.from) }, { name: 'AUC', cell: p => (p.auc === null ? <span className="quiet">too few labels</span> : <Figure estimate={p.auc} />) }, { name: 'Labels', right: true, cell: p => count(p.labelled) }, { name: 'Predictions', right: true, cell: p => count(p.predictions) },
      { name: 'With truth', right: true, cell: p => (p.labelledShare === null ? '' : percent(p.labelledShare)) }, { name: 'Brier', right: true, cell: p => (p.brier === null ? '' : fixed(p.brier, 4)) }, { name: 'ECE', right: true, cell: p => (p.calibration === null ? '' : fixed(p.calibration.ece)) },
    ]} />}>
    <Chart label={`AUC by week with its interval; ${limits.map(l => l.label).join(', ')}`} series={[{ name: 'AUC', points }]} limits={limits} marks={marks} format={v => fixed(v, 2)} height={230} describe={week} />
  </ChartPanel>
}

export function CalibrationChart({ report, marks }: { report: PerformanceReport; marks: Mark[] }) {
  const { periods, total } = report
  const fewest = fewestOf(report)
  const observed = periods.map((p): Point => ({ at: middle(p.from, p.to), ...(p.labelled < fewest || p.calibration === null ? { value: null } : p.calibration.observed) }))
  const predicted = periods.map((p): Point => ({ at: middle(p.from, p.to), value: p.labelled < fewest ? null : p.calibration?.predicted ?? null }))
  const { calibration } = total
  return <ChartPanel title={`Were its probabilities true? How many were ${report.label}, as predicted and as it came`} note={calibration === null ? undefined : `ECE ${fixed(calibration.ece)}${calibration.line === null ? '' : `, slope ${fixed(calibration.line.slope, 2)}`}, n ${count(total.labelled)}`}
    table={<Table caption="Calibration by week" stack={false} rows={periods} id={p => p.from} columns={[
      { name: 'Week from', cell: p => day(p.from) }, { name: 'Predicted', right: true, cell: p => (p.calibration === null ? '' : percent(p.calibration.predicted, 1)) }, { name: 'Came', cell: p => (p.calibration === null ? '' : <span className="nowrap"><b>{percent(p.calibration.observed.value, 1)}</b> <span className="small">{percent(p.calibration.observed.low, 1)} – {percent(p.calibration.observed.high, 1)}</span></span>) },
      { name: 'ECE', right: true, cell: p => (p.calibration === null ? '' : fixed(p.calibration.ece)) }, { name: 'n', right: true, cell: p => count(p.labelled) },
    ]} />}>
    <Chart label="Mean predicted and observed share by week" series={[{ name: 'came', points: observed }, { name: 'predicted', points: predicted, color: 'var(--minus)', dashed: true }]} marks={marks} format={v => percent(v, 0)} height={190} describe={week} />
    <Legend items={[{ name: 'as it came, with its interval', color: 'var(--accent)' }, { name: 'as predicted', color: 'var(--minus)' }]} />
  </ChartPanel>
}
