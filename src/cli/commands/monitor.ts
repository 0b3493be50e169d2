import type { Evaluation, MonitorView } from '../../monitoring/index.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import type { Wire } from '../wire.ts'
import { alignRows, type Terminal } from '../terminal.ts'
import { showEstimate } from '../show-estimate.ts'

type View = Wire<MonitorView>
type Look = View['looks'][number]

/** slipway monitor */
export const monitor = command({
  name: 'monitor',
  description: 'Shows every monitor with its last look; --evaluate takes what is due',
  args: {
    endpoint: { type: 'string', valueHint: 'NAME', description: 'Only monitors of this endpoint' },
    evaluate: { type: 'boolean', description: 'Take every look that is due; a serving home does so by itself once a minute' },
    at: { type: 'string', valueHint: 'TIME', description: 'With --evaluate: looks that were due by then (default: now)' },
    ...DRY_RUN,
  },
  examples: ['slipway monitor', 'slipway monitor --evaluate', 'slipway monitor --endpoint flight-delay --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    if (args.evaluate && args['dry-run'] !== true) {
      const { evaluations } = await connection.call<{ evaluations: Wire<Evaluation>[] }>('POST', '/api/v1/monitors/evaluate', { ...(args.at === undefined ? {} : { at: args.at }), ...(args.endpoint === undefined ? {} : { endpoint: args.endpoint }) })
      if (args.json) { t.print(JSON.stringify({ evaluations })); return }
      showEvaluations(evaluations, t)
      return
    }
    const { monitors } = await connection.call<{ monitors: View[] }>('GET', `/api/v1/monitors${args.endpoint === undefined ? '' : `?endpoint=${encodeURIComponent(args.endpoint)}`}`)
    if (args.json) { t.print(JSON.stringify({ monitors })); return }
    if (monitors.length === 0) { t.print('No monitors are registered. Declare them in the project file, then `slipway apply`.'); return }
    for (const line of alignRows(monitors.map(m => monitorRow(m, t)))) t.print(line)
    if (args.evaluate) t.print(t.dim('A dry run: nothing was evaluated.'))
  }),
})

function monitorRow({ definition: d, looks }: View, t: Terminal): string[] {
  const last = looks.at(-1)
  const rule = `${d.kind === 'quality' ? d.metric : d.kind} over ${d.window}, every ${d.every}`
  return [t.bold(d.name), d.endpoint, rule, d.severity, ...(last === undefined ? [t.dim('not looked yet')] : [state(last, t), showEstimate(last), `n ${last.n.toLocaleString('en')}`, t.dim(last.at)])]
}

function state({ state: s }: Pick<Look, 'state'>, t: Terminal): string {
  return s === 'firing' ? t.bad('✗ firing') : s === 'ok' ? t.good('✓ ok') : t.warn('? too few')
}

function showEvaluations(evaluations: Wire<Evaluation>[], t: Terminal): void {
  if (evaluations.length === 0) { t.print('No look is due.'); return }
  for (const line of alignRows(evaluations.slice(-20).map(({ monitor: name, look }) => [t.bold(name), look.at, state(look, t), showEstimate(look), `n ${look.n.toLocaleString('en')}`]))) t.print(line)
  if (evaluations.length > 20) t.print(t.dim(`and ${evaluations.length - 20} looks before`))
  for (const { opened, resolved } of evaluations) {
    for (const alert of opened) t.print(`${t.bad('! opened')}   ${alert.summary}  ${t.dim(alert.id)}`)
    for (const alert of resolved) t.print(`${t.good('✓ resolved')} ${alert.summary}  ${t.dim(alert.id)}`)
  }
}
