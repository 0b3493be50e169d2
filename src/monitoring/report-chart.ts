// Charts of the report as inline SVG: no script, colours by class so that light, dark and print share one drawing.
import { DAY, formatTime, type Micros } from '../core/time.ts'

const WIDTH = 1_000
const LEFT = 46
const RIGHT = 12
const TOP = 22
const BOTTOM = 22

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}

export interface Mark { at: Micros; text: string; kind: 'release' | 'alert' }
export interface Point { from: Micros; to: Micros; value: number | null; low?: number; high?: number }
export interface Series { name: string; points: Point[]; kind: 'main' | 'other' }

interface Frame { from: Micros; to: Micros; marks?: readonly Mark[] }

/** Lines with bands over time; a limit is a dashed line with its value. What has no value is a gap. */
export function lineChart(frame: Frame & { label: string; series: Series[]; limits?: readonly { text: string; value: number }[]; floor?: number; ceiling?: number }): string {
  const height = 210
  const x = timeScale(frame)
  const { limits = [] } = frame
  const seen = frame.series.flatMap(s => s.points.flatMap(p => (p.value === null ? [] : [p.value, p.low ?? p.value, p.high ?? p.value]))).concat(limits.map(l => l.value))
  if (seen.length === 0) return '<p class="small">Nothing to draw yet.</p>'
  const ticks = ticksOf(Math.max(frame.floor ?? -Infinity, Math.min(...seen)), Math.min(frame.ceiling ?? Infinity, Math.max(...seen)))
  const [bottom, top] = [ticks[0], ticks.at(-1) as number]
  const y = (v: number): number => TOP + (height - TOP - BOTTOM) * (top - Math.min(top, Math.max(bottom, v))) / (top - bottom || 1)
  const parts = [grid(ticks, y), axis(frame, x, height)]
  for (const { points, kind } of frame.series) {
    for (const run of runsOf(points)) {
      const middle = (p: Point): number => x((p.from + p.to) / 2)
      const at = (p: Point, v: number): string => `${r(middle(p))} ${r(y(v))}`
      if (run.every(p => p.low !== undefined)) {
        // One period has no length to draw a band over: its interval is a bar.
        if (run.length === 1) parts.push(`<path class="bar ${kind}" d="M${at(run[0], run[0].low as number)}L${at(run[0], run[0].high as number)}"/>`)
        else parts.push(`<path class="band ${kind}" d="M${[...run.map(p => at(p, p.high as number)), ...[...run].reverse().map(p => at(p, p.low as number))].join('L')}Z"/>`)
      }
      parts.push(run.length === 1 ? `<circle class="dot ${kind}" cx="${r(middle(run[0]))}" cy="${r(y(run[0].value as number))}" r="3"/>` : `<path class="line ${kind}" d="M${run.map(p => at(p, p.value as number)).join('L')}"/>`)
    }
  }
  for (const { text, value } of limits) parts.push(`<path class="limit" d="M${LEFT} ${r(y(value))}H${WIDTH - RIGHT}"/><text class="limit" x="${WIDTH - RIGHT}" y="${r(y(value) - 4)}" text-anchor="end">${escapeText(text)}</text>`)
  parts.push(marks(frame, x, height))
  return svg(frame.label, height, parts)
}

/** A bar a period, in parts from below. */
export function barChart(frame: Frame & { label: string; bars: { from: Micros; to: Micros; parts: { kind: string; value: number }[] }[] }): string {
  const height = 150
  const x = timeScale(frame)
  const most = Math.max(1, ...frame.bars.map(b => b.parts.reduce((sum, p) => sum + p.value, 0)))
  const ticks = ticksOf(0, most, 3)
  const top = ticks.at(-1) as number
  const y = (v: number): number => TOP + (height - TOP - BOTTOM) * (1 - v / top)
  const parts = [grid(ticks, y, v => (v >= 10_000 ? `${v / 1_000}k` : v.toLocaleString('en'))), axis(frame, x, height)]
  for (const bar of frame.bars) {
    const [left, right] = [x(bar.from) + 1, Math.max(x(bar.from) + 2, x(bar.to) - 1)]
    let base = 0
    for (const { kind, value } of bar.parts) {
      if (value > 0) parts.push(`<rect class="${kind}" x="${r(left)}" y="${r(y(base + value))}" width="${r(right - left)}" height="${r(y(base) - y(base + value))}"/>`)
      base += value
    }
  }
  parts.push(marks(frame, x, height))
  return svg(frame.label, height, parts)
}

/** Cells from which on a strip is drawn in runs of one colour, without words: they would be too small to point at. */
const DENSE = 60

/** A row a feature, a cell a period; the sign says what the colour says. */
export function strip(frame: Frame & { label: string; periods: { from: Micros; to: Micros }[]; rows: { name: string; cells: { heat: number; sign: string; title: string }[] }[] }): string {
  const names = 190
  const row = 22
  const height = 6 + row * frame.rows.length + BOTTOM
  const cell = (WIDTH - names - RIGHT) / Math.max(1, frame.periods.length)
  const parts = frame.rows.map(({ name, cells }, i) => {
    const top = 4 + i * row
    if (cells.length > DENSE) return `<text class="name" x="0" y="${top + 14}">${escapeText(name)}</text>${runsOfHeat(cells).map(run => `<rect class="h${run.heat}" x="${r(names + run.from * cell)}" y="${top}" width="${r((run.to - run.from) * cell)}" height="${row - 3}"/>`).join('')}`
    return `<text class="name" x="0" y="${top + 14}">${escapeText(name)}</text>${cells.map(({ heat, sign, title }, k) =>
      `<g><title>${escapeText(title)}</title><rect class="h${heat}" x="${r(names + k * cell)}" y="${top}" width="${r(Math.max(1, cell - 2))}" height="${row - 3}" rx="2"/>${sign === '' ? '' : `<text class="s${heat}" x="${r(names + k * cell + cell / 2 - 1)}" y="${top + 14}" text-anchor="middle">${sign}</text>`}</g>`).join('')}`
  })
  let last = -Infinity
  frame.periods.forEach((p, k) => {
    const at = names + k * cell
    if (at - last < 74) return
    last = at
    parts.push(`<text x="${r(at)}" y="${height - 6}">${formatTime(p.from).slice(0, 10)}</text>`)
  })
  return svg(frame.label, height, parts)
}

function timeScale({ from, to }: Frame): (time: Micros) => number { return time => LEFT + (WIDTH - LEFT - RIGHT) * (Math.min(to, Math.max(from, time)) - from) / (to - from || 1) }

function grid(ticks: readonly number[], y: (v: number) => number, show: (v: number) => string = v => (v === 0 ? '0' : Math.abs(v) < 1 ? v.toFixed(decimalsOf(ticks)).replace(/^0\./, '.') : v.toFixed(decimalsOf(ticks)))): string {
  return ticks.map(v => `<path class="grid" d="M${LEFT} ${r(y(v))}H${WIDTH - RIGHT}"/><text x="${LEFT - 6}" y="${r(y(v) + 4)}" text-anchor="end">${show(v)}</text>`).join('')
}

function decimalsOf(ticks: readonly number[]): number {
  const step = ticks.length < 2 ? 1 : ticks[1] - ticks[0]
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))
}

/** Days along the bottom, at most a dozen. */
function axis({ from, to }: Frame, x: (time: Micros) => number, height: number): string {
  const days = Math.max(1, Math.ceil((to - from) / DAY / 11))
  const step = ([1, 2, 7, 14, 28, 56, 91, 182].find(d => d >= days) ?? 364) * DAY
  let text = ''
  for (let time = from; time <= to - step / 2; time += step) text += `<text x="${r(x(time))}" y="${height - 6}">${formatTime(time).slice(0, 10)}</text>`
  return text
}

/** Release marks with their words, alerts as a sign; words that would lie on each other are left to the table. */
function marks({ marks: all = [] }: Frame, x: (time: Micros) => number, height: number): string {
  let free = -Infinity
  return [...all].sort((a, b) => a.at - b.at).map(({ at, text, kind }) => {
    const left = x(at)
    if (kind === 'alert') return `<g><title>${escapeText(text)}</title><path class="alert" d="M${r(left)} ${height - BOTTOM - 10}l5 9h-10Z"/></g>`
    const shown = left >= free && left < WIDTH - 8 * text.length - 4
    if (shown) free = left + 7 * text.length + 12
    return `<g><title>${escapeText(text)}</title><path class="mark" d="M${r(left)} ${TOP - 12}V${height - BOTTOM}"/>${shown ? `<text class="mark" x="${r(left + 5)}" y="${TOP - 5}">${escapeText(text)}</text>` : ''}</g>`
  }).join('')
}

/** Neighbouring points that have values. */
function runsOf(points: readonly Point[]): Point[][] {
  const runs: Point[][] = []
  let run: Point[] = []
  for (const p of points) {
    if (p.value !== null) { run.push(p); continue }
    if (run.length > 0) runs.push(run)
    run = []
  }
  return run.length > 0 ? [...runs, run] : runs
}

function runsOfHeat(cells: readonly { heat: number }[]): { heat: number; from: number; to: number }[] {
  const runs: { heat: number; from: number; to: number }[] = []
  cells.forEach(({ heat }, k) => {
    const last = runs.at(-1)
    if (last?.heat === heat) last.to = k + 1
    else runs.push({ heat, from: k, to: k + 1 })
  })
  return runs
}

/** Round numbers that enclose [low, high]. */
function ticksOf(low: number, high: number, count = 4): number[] {
  const span = high - low || Math.abs(high) || 1
  const raw = span / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5, 10].find(m => m * power >= raw) ?? 10)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function svg(label: string, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(label)}">${parts.join('')}</svg>`
}

/** A tenth of a unit is finer than anybody sees. */
function r(n: number): string { return String(Math.round(n * 10) / 10) }
