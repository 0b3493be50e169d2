// The report as one file that needs nothing else: to mail, to print, to keep beside the minutes.
import { formatTime, type Micros } from '../core/time.ts'
import { barChart, escapeText as e, lineChart, strip, type Mark } from './report-chart.ts'
import { REPORT_STYLE } from './report-style.ts'
import type { Report, ReportPeriod } from './report.ts'

/** Rows of a table that a page shows, the newest: the JSON has all. */
const MOST_ROWS = 160

/** One self-contained page: no script, nothing from elsewhere. */
export function renderReport(report: Report): string {
  const { endpoint, headline, by, from, to, knownBy } = report
  const title = `${endpoint}: ${day(from)} to ${day(to)}`
  const [first, ...rest] = headline
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${e(title)}</title><style>${REPORT_STYLE}</style></head>
<body><main>
<h1>${e(`${endpoint}: ${first}`)}</h1>
<div class="lead">${rest.map(line => `<p>${e(line)}</p>`).join('')}</div>
${[quality(report), calibration(report), volume(report), drift(report), periodTable(report), releaseTable(report), alertTable(report)].join('\n')}
<footer>Made by Slipway from the journal of this home, by ${by}, in UTC; outcomes as they were known at ${formatTime(knownBy)}. Intervals hold at 95 % for each ${by} by itself (DeLong for AUC, Wilson for shares). Metrics are of the model's answers: what a fallback gave is counted beside them.</footer>
</main></body></html>
`
}

function quality(report: Report): string {
  const points = report.periods.map(p => ({ from: p.from, to: p.to, value: p.auc?.value ?? null, low: p.auc?.low, high: p.auc?.high }))
  const limits = report.limits.filter(l => l.metric === 'auc').map(l => ({ text: `limit ${l.limit} (${l.monitor})`, value: l.limit }))
  const chart = lineChart({ from: report.from, to: report.to, marks: marksOf(report), label: `AUC by ${report.by} with 95 % interval; the table "Every ${report.by}" has the numbers`, series: [{ name: 'AUC', kind: 'main', points }], limits, floor: 0, ceiling: 1 })
  return card(`Did the model rank well? AUC by ${report.by}, 95 % interval`, `${count(report.total.labelled)} outcomes of ${count(report.total.predictions)} answers`, `<div class="in"><figure>${chart}<figcaption>Vertical marks: changes of release. ▲ an alert opened.</figcaption></figure></div>`)
}

function calibration(report: Report): string {
  const predicted = report.periods.map(p => ({ from: p.from, to: p.to, value: p.calibration?.predicted ?? null }))
  const observed = report.periods.map(p => ({ from: p.from, to: p.to, value: p.calibration?.observed.value ?? null, low: p.calibration?.observed.low, high: p.calibration?.observed.high }))
  const chart = lineChart({
    from: report.from, to: report.to, label: `Mean predicted probability and observed share by ${report.by}; the table has the numbers`, floor: 0, ceiling: 1,
    series: [{ name: 'observed', kind: 'main', points: observed }, { name: 'predicted', kind: 'other', points: predicted }],
  })
  return card('Did it happen as often as it said?', '<span class="key"><i style="background:var(--accent)"></i>observed, 95 % interval <i style="background:var(--other)"></i>predicted, dashed</span>', `<div class="in"><figure>${chart}</figure></div>`)
}

function volume(report: Report): string {
  const bars = report.periods.map(({ from, to, predictions, labelled, fallback }) => ({ from, to, parts: [{ kind: 'known', value: labelled }, { kind: 'open', value: predictions - fallback - labelled }, { kind: 'fell', value: fallback }] }))
  const chart = barChart({ from: report.from, to: report.to, label: `Answers by ${report.by}: with outcome, without, by fallback; the table has the numbers`, bars })
  return card(`Answers by ${report.by}`, '<span class="key"><i style="background:var(--accent)"></i>outcome known <i style="background:var(--h2)"></i>not (yet) <i style="background:var(--other)"></i>by fallback</span>', `<div class="in"><figure>${chart}</figure><p class="small">${e(report.missingTruth.sentence)}</p></div>`)
}

function drift(report: Report): string {
  if (report.strip.length === 0) return ''
  const periods = report.periods.map(({ from, to }) => ({ from, to }))
  const rows = report.strip.map(({ feature, beyondNoise, states }) => ({
    name: feature,
    cells: beyondNoise.map((value, k) => ({
      heat: value === null ? 0 : value < 0.05 ? 0 : value < 0.1 ? 1 : value < 0.25 ? 2 : value < 0.5 ? 3 : value < 1 ? 4 : 5,
      sign: value === null ? '·' : states[k] === 'alert' ? '!' : states[k] === 'few' ? '?' : '', title: `${feature}, ${day(periods[k].from)}: ${value === null ? 'not measured' : `${value.toFixed(2)} beyond noise, ${states[k]}`}`,
    })),
  }))
  const chart = strip({ from: report.from, to: report.to, label: `Drift of ${rows.length} inputs by ${report.by}; the table below has the worst of each`, periods, rows })
  const table = tableOf([['From'], ['Inputs', 'r'], ['Watch', 'r'], ['Alert', 'r'], ['Moved most: beyond noise']], report.periods.slice(-MOST_ROWS).map(p => [
    cell(day(p.from)), num(p.drift?.inputs), num(p.drift?.watch), num(p.drift?.alert), `<td class="wrap">${p.drift === null ? '—' : p.drift.worst.filter(w => w.beyondNoise >= 0.05).slice(0, 3).map(w => `${e(w.feature)} ${w.beyondNoise.toFixed(2)}`).join(', ') || 'nothing'}</td>`,
  ]))
  return card('What moved? Drift against the training set, beyond what noise gives', 'standard deviations (numbers) or Jensen-Shannon distance (categories)', `<div class="in"><figure>${chart}<figcaption>! at 0.25 or more with evidence (q ≤ 0.05) · ? too few rows · dot: not measured</figcaption></figure></div><div class="scroll">${table}</div>`, true)
}

function periodTable(report: Report): string {
  const row = (p: ReportPeriod): string[] => [
    cell(day(p.from)), num(p.predictions), num(p.labelled), cell(p.labelledShare === null ? '—' : percent(p.labelledShare), 'r'), estimate(p.auc), fixed(p.brier, 4), cell(p.calibration === null ? '—' : percent(p.calibration.predicted), 'r'),
    cell(p.calibration === null ? '—' : `${percent(p.calibration.observed.value)} (${(p.calibration.observed.low * 100).toFixed(1)} to ${(p.calibration.observed.high * 100).toFixed(1)})`, 'r'), fixed(p.calibration?.ece ?? null, 3),
    cell(p.fallback === 0 ? '0' : `${count(p.fallback)} (${percent(p.fallbackShare ?? 0)})`, 'r'), cell(p.releases.filter(s => s.role !== 'shadow').map(s => `${s.number}${s.role === 'champion' ? '' : ` ${s.role}`}`).join(', ')), num(p.alerts.length),
  ]
  const heads: [string, string?][] = [['From'], ['Answers', 'r'], ['Outcomes', 'r'], ['Known', 'r'], ['AUC (95 %)', 'r'], ['Brier', 'r'], ['Predicted', 'r'], ['Observed (95 %)', 'r'], ['ECE', 'r'], ['Fallback', 'r'], ['Releases'], ['Alerts', 'r']]
  return card(`Every ${report.by}`, report.periods.length > MOST_ROWS ? `the newest ${MOST_ROWS} of ${report.periods.length}; --json has all` : `${report.periods.length} of them`, `<div class="scroll">${tableOf(heads, report.periods.slice(-MOST_ROWS).map(row))}</div>`, true)
}

function releaseTable({ releases }: Report): string {
  const rows = releases.map(s => [cell(time(s.since)), cell(s.until === null ? 'serves' : time(s.until)), cell(s.id), cell(s.role), cell(`${Math.round(s.share * 1_000) / 10} %`, 'r'), cell(s.action)])
  return card('Who served', `${releases.length} stretch${releases.length === 1 ? '' : 'es'} of time`, `<div class="scroll">${tableOf([['Since'], ['Until'], ['Release'], ['Role'], ['Share', 'r'], ['By']], rows)}</div>`)
}

function alertTable({ alerts: all, incidents }: Report): string {
  const alerts = all.slice(-MOST_ROWS)
  if (alerts.length === 0) return card('Alerts', 'none opened', '')
  const sign = { firing: '<span class="bad">✗ firing</span>', acknowledged: '<span class="warn">· acknowledged</span>', resolved: '<span class="good">✓ resolved</span>' }
  const rows = alerts.map(a => [cell(time(a.since)), cell(a.resolvedAt === null ? '' : time(a.resolvedAt)), `<td>${sign[a.state]}</td>`, cell(a.severity), `<td class="wrap">${e(a.summary)}</td>`])
  const cases = incidents.slice(-MOST_ROWS).map(i => [cell(time(i.openedAt)), cell(i.closedAt === null ? 'open' : time(i.closedAt)), `<td class="wrap">${e(i.title)}</td>`])
  return card('Alerts', `${all.length} opened`, `<div class="scroll">${tableOf([['Since'], ['Until'], ['State'], ['Severity'], ['What']], rows)}</div>`)
    + (incidents.length === 0 ? '' : `\n${card('Incidents', `${incidents.length} opened`, `<div class="scroll">${tableOf([['Opened'], ['Closed'], ['Began with']], cases)}</div>`)}`)
}

/** Changes of release after the beginning (one a time: who joins says more than who makes room), and alerts. */
function marksOf({ releases, alerts, from }: Report): Mark[] {
  const changes = releases.filter(s => s.since > from && !(s.role === 'champion' && releases.some(o => o.since === s.since && o.role !== 'champion')))
  return [
    ...changes.map((s): Mark => ({ at: s.since, kind: 'release', text: s.role === 'champion' ? `${s.action}: release ${s.number}` : `release ${s.number}: ${s.role}, ${Math.round(s.share * 100)} %` })),
    ...alerts.map((a): Mark => ({ at: a.since, kind: 'alert', text: a.summary })),
  ]
}

function card(title: string, note: string, body: string, long = false): string {
  return `<section${long ? ' class="long"' : ''}><header><h2>${e(title)}</h2><span class="small">${note}</span></header>${body}</section>`
}

/** Cells come as markup; the first column names the row. */
function tableOf(heads: readonly [string, string?][], rows: readonly string[][]): string {
  const body = rows.map(([first, ...more]) => `<tr>${first.replace(/^<td/, '<th scope="row"').replace(/td>$/, 'th>')}${more.join('')}</tr>`).join('\n')
  return `<table><thead><tr>${heads.map(([text, align]) => `<th scope="col"${align === undefined ? '' : ` class="${align}"`}>${e(text)}</th>`).join('')}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

function cell(text: string, kind?: string): string { return `<td${kind === undefined ? '' : ` class="${kind}"`}>${e(text)}</td>` }
function num(n: number | undefined): string { return cell(n === undefined ? '—' : count(n), 'r') }
function fixed(n: number | null, digits: number): string { return cell(n === null ? '—' : n.toFixed(digits), 'r') }
function estimate(x: { value: number; low: number; high: number } | null): string { return cell(x === null ? '—' : `${x.value.toFixed(3)} (${x.low.toFixed(3)} to ${x.high.toFixed(3)})`, 'r') }
function count(n: number): string { return n.toLocaleString('en') }
function percent(share: number): string { return `${(share * 100).toFixed(1)} %` }
function day(at: Micros): string { return formatTime(at).slice(0, 10) }
function time(at: Micros): string { return formatTime(at).slice(0, 16).replace('T', ' ') }
