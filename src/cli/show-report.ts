import type { Report } from '../monitoring/index.ts'
import { alignRows, type Terminal } from './terminal.ts'
import type { Wire } from './wire.ts'

/** What became of predictions, a line a period. */
export function showReport(report: Wire<Report>, t: Terminal): void {
  const { endpoint, headline, periods, alerts, incidents, by } = report
  t.print(t.bold(`${endpoint}: ${headline[0]}`))
  for (const line of headline.slice(1)) t.print(line)
  if (periods.length === 0) return
  const percent = (share: number | null | undefined): string => (share === null || share === undefined ? '—' : `${(share * 100).toFixed(1)} %`)
  const row = (p: Wire<Report>['periods'][number]): string[] => [
    p.from.slice(0, 10), p.predictions.toLocaleString('en'), percent(p.labelledShare), p.auc === null ? '—' : `${p.auc.value.toFixed(3)} (${p.auc.low.toFixed(3)} to ${p.auc.high.toFixed(3)})`,
    percent(p.calibration?.predicted), percent(p.calibration?.observed.value), p.fallback === 0 ? '0' : t.warn(p.fallback.toLocaleString('en')),
    p.releases.filter(r => r.role !== 'shadow').map(r => `${r.number}${r.role === 'champion' ? '' : ` ${r.role}`}`).join(', '),
    p.alerts.length === 0 ? '' : t.bad(`! ${p.alerts.length}`), p.drift === null ? '' : moved(p.drift),
  ]
  t.print()
  const heads = [by, 'answers', 'known', 'AUC (95 %)', 'predicted', 'observed', 'fallback', 'release', 'alerts', 'moved beyond noise']
  for (const line of alignRows([heads.map(t.dim), ...periods.map(row)], { right: [1, 2, 4, 5, 6] })) t.print(line)
  if (alerts.length > 0) {
    t.print()
    t.print(t.bold('Alerts'))
    for (const line of alignRows(alerts.map(a => [a.state === 'resolved' ? t.good('✓') : t.bad('✗'), a.since.slice(0, 16), a.resolvedAt?.slice(0, 16) ?? a.state, a.severity, a.summary]), { indent: '  ' })) t.print(line)
  }
  if (incidents.length > 0) t.print(t.dim(`${incidents.length} incident${incidents.length === 1 ? '' : 's'}: \`slipway incidents --endpoint ${endpoint}\``))
}

/** The two inputs that moved most, where they are worth watching. */
function moved(drift: NonNullable<Wire<Report>['periods'][number]['drift']>): string {
  return drift.worst.filter(w => w.state === 'watch' || w.state === 'alert').slice(0, 2).map(w => `${w.feature} ${w.beyondNoise.toFixed(2)}`).join(', ')
}
