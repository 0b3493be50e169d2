// Contributions for people: the greatest first, each with a bar to the side to which it pulls.
import type { Explanation } from '../production/index.ts'
import { alignRows, type Terminal } from './terminal.ts'

/** Half the width of the bars, in characters. */
const HALF = 14

/** @param top So many contributions; the others in one line. */
export function showExplanation({ base, raw, output, contributions }: Explanation, t: Terminal, top = contributions.length): void {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  const shown = sorted.slice(0, top)
  const others = sorted.slice(top)
  const most = Math.abs(sorted[0]?.contribution ?? 0)
  const rows = shown.map(c => [c.feature, c.value === null ? t.dim('missing') : showValue(c.value), logOdds(c.contribution), bar(c.contribution, most, t)])
  if (others.length > 0) rows.push([t.dim(`${others.length} more`), '', logOdds(others.reduce((sum, c) => sum + c.contribution, 0)), bar(0, 1, t)])
  for (const line of alignRows([
    [t.dim('feature'), t.dim('value'), t.dim('log-odds'), `${t.dim('no'.padStart(HALF))} ${t.dim('yes')}`],
    [t.dim('base'), '', logOdds(base), t.dim(`${percent(1 / (1 + Math.exp(-base)))} before any input is known`)],
    ...rows,
    [t.bold('sum'), '', t.bold(logOdds(raw)), `${t.bold(percent(output))} ${t.dim('= 1 / (1 + e^-sum)')}`],
  ], { right: [1, 2] })) t.print(line)
}

export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'missing'
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  return String(value)
}

export function percent(p: number): string { return `${(100 * p).toFixed(1)} %` }

function logOdds(x: number): string { return `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}` }

/** In half characters; the axis stands between no and yes. */
function bar(contribution: number, most: number, t: Terminal): string {
  const halves = most === 0 ? 0 : Math.round(2 * HALF * Math.abs(contribution) / most)
  const full = '█'.repeat(halves >> 1)
  if (contribution < 0) return `${t.good(`${halves % 2 === 1 ? '▐' : ''}${full}`.padStart(HALF))}${t.dim('│')}`
  return `${' '.repeat(HALF)}${t.dim('│')}${t.warn(`${full}${halves % 2 === 1 ? '▌' : ''}`)}`
}
