import type { TrialReport } from '../../monitoring/index.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { showEstimate } from '../show-estimate.ts'
import { alignRows } from '../terminal.ts'
import type { Wire } from '../wire.ts'

/** slipway trial */
export const trial = command({
  name: 'trial',
  description: 'Compares challenger and champion on the outcomes of their own shares; it may be watched at any time',
  args: { endpoint: { type: 'positional', description: 'The endpoint', required: true } },
  examples: ['slipway trial flight-delay', 'slipway trial flight-delay --json | jq .verdict'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const report = await connection.call<Wire<TrialReport>>('GET', `/api/v1/monitoring/${encodeURIComponent(args.endpoint)}/trial`)
    if (args.json) { t.print(JSON.stringify(report)); return }
    const verdict = { swap: t.good('swap'), keep: t.warn('keep'), continue: t.accent('continue') }[report.verdict]
    t.print(`${t.bold(report.endpoint)}: ${verdict}. ${report.reason}`)
    t.print()
    const estimate = (e: { value: number; low: number; high: number } | null, digits: number): string => showEstimate({ value: e?.value ?? null, interval: e }, digits)
    const arm = (role: string, a: Wire<TrialReport>['champion']): string[] => [
      role, t.bold(a.release), `${(a.share * 100).toFixed(0)} %`, a.predictions.toLocaleString('en'), a.fallback.toLocaleString('en'), a.labelled.toLocaleString('en'), a.brier?.toFixed(4) ?? '—', estimate(a.auc, 3),
    ]
    for (const line of alignRows([['', 'release', 'share', 'answers', 'fallback', 'outcomes', 'Brier', 'AUC'].map(t.dim), arm('champion', report.champion), arm('challenger', report.challenger)], { indent: '  ', right: [2, 3, 4, 5, 6] })) t.print(line)
    t.print()
    const { sampleRatio: s } = report
    for (const line of alignRows([
      ['Brier difference', estimate(report.difference, 4), t.dim('challenger − champion, below 0 is better; always valid')],
      ['AUC difference', estimate(report.aucDifference, 4), t.dim('above 0 is better; always valid')],
      ['split', `${(s.observed * 100).toFixed(1)} % of ${(s.expected * 100).toFixed(1)} %`, s.warning ? t.bad(`not what was asked for (p ${s.pValue.toPrecision(2)})`) : t.dim(`as asked for (p ${s.pValue.toPrecision(2)})`)],
      ['from', report.from, t.dim(`ends ${report.ends}; level ${report.alpha}, margin ${report.margin}`)],
    ], { indent: '  ' })) t.print(line)
  }),
})
