// A chart over time as SVG: lines with bands, limits, marks; a table twin tells the same.
import '../styles/charts.css'
import { useId, useMemo, useRef, useState, type ReactNode } from 'react'
import { Panel } from './panel.tsx'
import { dayMonth } from './format.ts'
import { powerTicks, timeTicks, valueTicks } from './ticks.ts'
import { useWidth } from './live.ts'
import { useLens } from './view.ts'

export interface Point { /** Milliseconds. */ at: number; value: number | null; low?: number; high?: number }
export interface Series { name: string; points: Point[]; color?: string; dashed?: boolean; /** Columns in place of a line. */ bars?: boolean }
export interface Mark { at: number; label: string; tone?: 'bad' | 'plain' }
export interface Limit { value: number; label: string }

interface ChartProps {
  label: string
  series: Series[]
  marks?: Mark[]
  limits?: Limit[]
  format: (value: number) => string
  height?: number
  range?: { from: number; to: number }
  least?: number
  /** Powers of ten: for values of very different size. */
  log?: boolean
  /** What the pointer's place is called; default: the day. */
  describe?: (at: number) => string
}

const LEFT = 46
const RIGHT = 12
const BOTTOM = 22

export function Chart({ label, series, marks = [], limits = [], format, height = 210, range, least, log = false, describe = dayMonth }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const clip = useId()
  const width = useWidth(box)
  const [over, setOver] = useState<number | null>(null)
  const times = useMemo(() => [...new Set(series.flatMap(s => s.points.map(p => p.at)))].sort((a, b) => a - b), [series])
  const half = times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) / 2 : 0
  const from = range?.from ?? (times[0] ?? 0) - half
  const to = range?.to ?? (times[times.length - 1] ?? 1) + half
  const values = [...series.flatMap(s => s.points.flatMap(p => [p.value, p.low, p.high])), ...limits.map(l => l.value), least].filter((v): v is number => typeof v === 'number')
  const on = log ? (v: number): number => Math.log10(Math.max(v, 1e-6)) : (v: number): number => v
  const scale = log ? powerTicks(Math.min(...values.filter(v => v > 0)), Math.max(...values)) : valueTicks(Math.min(...values), Math.max(...values), height < 140 ? 3 : 4)
  const placed = placeMarks(marks.filter(m => m.at >= from && m.at <= to).map(m => ({ ...m, x: LEFT + ((m.at - from) / (to - from || 1)) * (width - LEFT - RIGHT) })), width - RIGHT)
  // The second row of names has its own room above what is drawn.
  const TOP = placed.some(m => m.row > 0) ? 30 : 18
  const x = (at: number): number => LEFT + (to === from ? 0.5 : (at - from) / (to - from)) * (width - LEFT - RIGHT)
  const y = (v: number): number => height - BOTTOM - ((on(v) - on(scale.low)) / (on(scale.high) - on(scale.low) || 1)) * (height - TOP - BOTTOM)
  const step = times.length > 1 ? x(times[1]) - x(times[0]) : 24
  const nearest = over === null ? null : times.reduce((best, t) => (Math.abs(x(t) - over) < Math.abs(x(best) - over) ? t : best), times[0])

  return <div className="chart" ref={box}>
    <svg height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} onPointerMove={e => { setOver(e.clientX - e.currentTarget.getBoundingClientRect().left) }} onPointerLeave={() => { setOver(null) }}>
      <clipPath id={clip}><rect x={LEFT} y={TOP - 8} width={Math.max(0, width - LEFT - RIGHT + 6)} height={height - TOP - BOTTOM + 9} /></clipPath>
      {scale.ticks.map(v => <g key={v}><path d={`M${LEFT} ${y(v)}H${width - RIGHT}`} stroke="var(--line)" /><text x={LEFT - 7} y={y(v) + 4} fontSize="11" fill="var(--ink-3)" textAnchor="end">{format(v)}</text></g>)}
      {timeTicks(from, to, Math.max(2, Math.floor(width / 110))).map(t => <g key={t.at}><path d={`M${x(t.at)} ${height - BOTTOM}v4`} stroke="var(--line-strong)" /><text x={x(t.at)} y={height - 5} fontSize="11" fill="var(--ink-3)" textAnchor={x(t.at) > width - 40 ? 'end' : 'middle'}>{t.label}</text></g>)}
      <g clipPath={`url(#${clip})`}>
        {series.map(s => <path key={`band ${s.name}`} d={band(s.points, x, y)} fill={s.color ?? 'var(--accent)'} opacity=".14" />)}
        {series.filter(s => s.bars === true).map(s => <g key={`bars ${s.name}`} fill={s.color ?? 'var(--accent)'}>{s.points.map(p => (p.value === null || p.value === 0 ? null : <rect key={p.at} x={x(p.at) - Math.min(step, 40) * 0.42} width={Math.max(1, Math.min(step, 40) * 0.84)} y={y(p.value)} height={Math.max(0, y(scale.low) - y(p.value))} rx="1" />))}</g>)}
        {limits.map(l => <path key={l.label} d={`M${LEFT} ${y(l.value)}H${width - RIGHT}`} stroke="var(--bad)" strokeDasharray="5 4" />)}
        {series.filter(s => s.bars !== true).map(s => <path key={s.name} d={line(s.points, x, y)} fill="none" stroke={s.color ?? 'var(--accent)'} strokeWidth="2" strokeLinejoin="round" strokeLinecap="round" strokeDasharray={s.dashed === true ? '5 4' : undefined} />)}
        {times.length <= 60 ? series.filter(s => s.bars !== true).map(s => <g key={`dots ${s.name}`} fill={s.color ?? 'var(--accent)'}>{s.points.map(p => (p.value === null ? null : <circle key={p.at} cx={x(p.at)} cy={y(p.value)} r="2.5" />))}</g>) : null}
      </g>
      {limits.map(l => <text key={l.label} x={freeSide(series, l.value) === 'end' ? width - RIGHT : LEFT + 4} y={y(l.value) - 5} fontSize="11" fill="var(--bad)" textAnchor={freeSide(series, l.value)} stroke="var(--sheet)" strokeWidth="3" paintOrder="stroke">{l.label}</text>)}
      {placed.map(m => <path key={`${m.at} ${m.label}`} d={`M${m.x} ${m.shown ? m.row * 12 + 4 : TOP - 4}V${height - BOTTOM}`} stroke={m.tone === 'bad' ? 'var(--bad)' : 'var(--ink-3)'} strokeDasharray={m.tone === 'bad' ? '2 3' : undefined} />)}
      {placed.map(m => (m.shown ? <text key={`${m.at} ${m.label}`} x={m.end ? m.x - 4 : m.x + 4} y={11 + m.row * 12} fontSize="11" fill="var(--ink-2)" textAnchor={m.end ? 'end' : 'start'} stroke="var(--sheet)" strokeWidth="3" paintOrder="stroke">{m.label}</text> : null))}
      {nearest === null ? null : <path d={`M${x(nearest)} ${TOP}V${height - BOTTOM}`} stroke="var(--accent)" opacity=".6" />}
    </svg>
    {nearest === null ? null : <div className="tip" style={x(nearest) > width / 2 ? { right: width - x(nearest) + 10 } : { left: x(nearest) + 10 }}>
      <b>{describe(nearest)}</b>
      {series.map(s => { const p = s.points.find(q => q.at === nearest); return p === undefined || p.value === null ? null : <div key={s.name}>{s.name}: {format(p.value)}{p.low === undefined || p.high === undefined ? '' : ` (${format(p.low)} – ${format(p.high)})`}</div> })}
    </div>}
  </div>
}

/** Where the first line is farther from a limit: there its name is read best. */
function freeSide([first]: Series[], limit: number): 'start' | 'end' {
  const values = first?.points.map(p => p.value).filter(v => v !== null) ?? []
  const gap = (v: number | undefined): number => Math.abs((v ?? limit) - limit)
  return gap(values[0]) > gap(values.at(-1)) ? 'start' : 'end'
}

/** Labels in two rows; what would run into another is left to the line and the table. */
function placeMarks<M extends { x: number; label: string }>(marks: M[], right: number): (M & { row: number; end: boolean; shown: boolean })[] {
  const ends = [-1, -1]
  return marks.toSorted((a, b) => a.x - b.x).map(m => {
    const length = m.label.length * 5.8 + 8
    const end = m.x + length > right
    const start = end ? m.x - length : m.x
    const row = ends.findIndex(e => e < start)
    if (row >= 0) ends[row] = start + length
    return { ...m, row: Math.max(0, row), end, shown: row >= 0 }
  })
}

function line(points: Point[], x: (at: number) => number, y: (v: number) => number): string {
  let out = ''
  let pen = false
  for (const p of points) {
    if (p.value === null) { pen = false; continue }
    // A point whose neighbours are missing is a dot: the caps are round.
    out += `${pen ? 'L' : 'M'}${x(p.at).toFixed(1)} ${y(p.value).toFixed(1)}${pen ? '' : 'h.01'}`
    pen = true
  }
  return out
}

function band(points: Point[], x: (at: number) => number, y: (v: number) => number): string {
  const known = points.filter(p => p.low !== undefined && p.high !== undefined)
  if (known.length === 0) return ''
  const forth = known.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(p.at).toFixed(1)} ${y(p.high ?? 0).toFixed(1)}`).join('')
  return `${forth}${known.toReversed().map(p => `L${x(p.at).toFixed(1)} ${y(p.low ?? 0).toFixed(1)}`).join('')}Z`
}

/** A chart and, in its place when asked for, the table that says the same. */
export function ChartPanel({ title, note, foot, table, long = false, children }: { title: ReactNode; note?: ReactNode; foot?: ReactNode; table: ReactNode; /** The table has too many rows to stand beside the chart. */ long?: boolean; children: ReactNode }) {
  const [asTable, setAsTable] = useState(false)
  const both = useLens() === 'regulator' && !long
  return <Panel title={title} foot={foot} note={both ? note : <>{note}{note === undefined ? null : ' · '}<button type="button" className="plain" aria-pressed={asTable} onClick={() => { setAsTable(!asTable) }}>{asTable ? 'as a chart' : 'as a table'}</button></>}>
    {asTable && !both ? null : children}
    {asTable || both ? <div className="twin" role="region" aria-label="Table" tabIndex={0}>{table}</div> : null}
  </Panel>
}

export function Legend({ items }: { items: { name: ReactNode; color: string }[] }) {
  return <ul className="legend">{items.map((item, i) => <li key={i}><i style={{ background: item.color }} />{item.name}</li>)}</ul>
}
