// How much an endpoint is asked, who answered, and how long it took.
import type { Traffic } from '../api/types.ts'
import { Chart, ChartPanel, Legend, type Mark, type Series } from './chart.tsx'
import { count, day, duration, moment, percent } from './format.ts'
import { Table } from './table.tsx'

const COLORS = ['var(--accent)', 'var(--minus)', 'var(--wait)', 'var(--good)', 'var(--warn)', 'var(--ink-3)']

function bucketed(traffic: Traffic): { times: number[]; rows: { at: string; place: number }[]; stepMs: number } {
  const stepMs = traffic.step / 1_000
  const start = Date.parse(traffic.from)
  const times = traffic.counts.map((_, i) => start + (i + 0.5) * stepMs)
  return { times, stepMs, rows: traffic.counts.map((_, place) => ({ at: new Date(start + place * stepMs).toISOString(), place })) }
}

export function TrafficChart({ traffic, marks }: { traffic: Traffic; marks: Mark[] }) {
  const { times, rows, stepMs } = bucketed(traffic)
  const all: Series = { name: 'predictions', bars: true, points: traffic.counts.map((n, i) => ({ at: times[i], value: n })) }
  const fallback: Series = { name: 'by fallback', bars: true, color: 'var(--minus)', points: traffic.fallbackCounts.map((n, i) => ({ at: times[i], value: n })) }
  return <ChartPanel title="How much is it asked?" note={`n ${count(traffic.total)}, ${day(traffic.from) === day(traffic.to) ? day(traffic.to) : `${day(traffic.from)} to ${day(traffic.to)}`}, a column is ${duration(stepMs)}`}
    table={<Table caption="Predictions over time" stack={false} rows={rows} id={r => r.place} columns={[
      { name: 'From, UTC', cell: r => moment(r.at) }, { name: 'Predictions', right: true, cell: r => count(traffic.counts[r.place]) }, { name: 'By fallback', right: true, cell: r => count(traffic.fallbackCounts[r.place]) },
    ]} />}>
    <Chart label={`Predictions over time, ${count(traffic.total)} in all`} series={traffic.fallbacks === 0 ? [all] : [all, fallback]} marks={marks} format={n => count(n)} least={0} height={190} describe={at => moment(new Date(at - stepMs / 2).toISOString())} />
    {traffic.fallbacks === 0 ? null : <Legend items={[{ name: 'predictions', color: 'var(--accent)' }, { name: `answered by fallback (${count(traffic.fallbacks)})`, color: 'var(--minus)' }]} />}
  </ChartPanel>
}

/** The share of each release in each role: two lines that cross are a swap. */
export function RoleChart({ traffic, marks }: { traffic: Traffic; marks: Mark[] }) {
  const { times, rows } = bucketed(traffic)
  const share = (counts: number[], i: number): number | null => (traffic.counts[i] === 0 ? null : counts[i] / traffic.counts[i])
  // One colour a release, in whichever role: the challenger's line is dashed.
  const numbers = [...new Set(traffic.releases.map(r => r.release))]
  const colorOf = (release: number): string => COLORS[numbers.indexOf(release) % COLORS.length]
  const series = traffic.releases.map((r): Series => ({ name: `release ${r.release}, ${r.role}`, color: colorOf(r.release), dashed: r.role !== 'champion', points: times.map((at, i) => ({ at, value: share(r.counts, i) })) }))
  return <ChartPanel title="Which release answered?" note="share of the predictions"
    table={<Table caption="Share of each release over time" stack={false} rows={rows} id={r => r.place} columns={[
      { name: 'From, UTC', cell: r => moment(r.at) }, ...traffic.releases.map(release => ({ name: `release ${release.release}, ${release.role}`, right: true, cell: (r: { place: number }) => { const v = share(release.counts, r.place); return v === null ? '' : percent(v) } })),
    ]} />}>
    <Chart label="Share of each release over time" series={series} marks={marks} format={v => percent(v, 0)} least={0} height={150} />
    <Legend items={traffic.releases.map(r => ({ name: `release ${r.release}, ${r.role} (${count(r.total)})`, color: r.role === 'champion' ? colorOf(r.release) : `repeating-linear-gradient(90deg, ${colorOf(r.release)} 0 4px, transparent 4px 7px)` }))} />
  </ChartPanel>
}

export function LatencyChart({ traffic, marks }: { traffic: Traffic; marks: Mark[] }) {
  const { latency } = traffic
  if (latency === undefined) return null
  const { times, rows } = bucketed(traffic)
  const series: Series[] = [{ name: 'median', points: latency.p50.map((v, i) => ({ at: times[i], value: v })) }, { name: '99th percentile', color: 'var(--minus)', points: latency.p99.map((v, i) => ({ at: times[i], value: v })) }]
  return <ChartPanel title="How long does it take?" note={`from the request to its record, n ${count(traffic.total)}`}
    table={<Table caption="Latency over time" stack={false} rows={rows.filter(r => latency.p50[r.place] !== null)} id={r => r.place} columns={[
      { name: 'From, UTC', cell: r => moment(r.at) }, { name: 'Median', right: true, cell: r => duration(latency.p50[r.place] ?? 0) }, { name: '99th percentile', right: true, cell: r => duration(latency.p99[r.place] ?? 0) },
    ]} />}>
    <Chart label="Median and 99th percentile of the time an answer took" series={series} marks={marks} format={v => duration(v)} log height={160} />
    <Legend items={[{ name: 'median', color: 'var(--accent)' }, { name: '99th percentile', color: 'var(--minus)' }]} />
  </ChartPanel>
}
