import type { Alert } from '../../monitoring/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import type { Wire } from '../wire.ts'

/** slipway acknowledge */
export const acknowledge = command({
  name: 'acknowledge',
  description: 'Says that somebody has seen an alert and is on it; it goes on until a look is good again',
  args: {
    alert: { type: 'positional', description: 'The alert\'s id', required: true },
    note: { type: 'string', valueHint: 'TEXT', description: 'What is being done; it is recorded' },
    ...DRY_RUN,
  },
  examples: ['slipway acknowledge alrt_06f5k2 --note "retraining on May"', 'slipway acknowledge alrt_06f5k2 --note "…" --dry-run'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    if (!args.note) throw new SlipwayError('usage', 'It needs --note: what is being done?')
    if (args['dry-run']) {
      const found = (await connection.call<{ alerts: Wire<Alert>[] }>('GET', '/api/v1/alerts?limit=1000')).alerts.find(a => a.id === args.alert)
      if (found === undefined) throw new SlipwayError('not_found', `There is no alert ${args.alert} among the newest 1,000.`)
      if (args.json) t.print(JSON.stringify({ dryRun: true, alert: found }))
      else t.print(`Would acknowledge: ${found.summary}  ${t.dim(found.state)}`)
      return
    }
    const alert = await connection.call<Wire<Alert>>('POST', `/api/v1/alerts/${encodeURIComponent(args.alert)}/acknowledge`, { note: args.note })
    if (args.json) t.print(JSON.stringify(alert))
    else t.print(`${t.good('✓ acknowledged')} ${alert.summary}  ${t.dim(alert.id)}`)
  }),
})
