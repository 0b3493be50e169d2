import type { Alert } from '../../monitoring/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows } from '../terminal.ts'
import type { Wire } from '../wire.ts'

const STATES = ['firing', 'acknowledged', 'resolved']

/** slipway alerts */
export const alerts = command({
  name: 'alerts',
  description: 'Lists alerts, newest first',
  args: {
    endpoint: { type: 'string', valueHint: 'NAME', description: 'Only alerts of this endpoint' },
    state: { type: 'string', valueHint: 'STATE', description: 'firing, acknowledged or resolved (default: all)' },
    limit: { type: 'string', valueHint: 'N', description: 'How many (default: 20)' },
  },
  examples: ['slipway alerts', 'slipway alerts --state firing --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    if (args.state !== undefined && !STATES.includes(args.state)) throw new SlipwayError('usage', `--state must be ${STATES.join(', ')}.`)
    const query = new URLSearchParams({ limit: String(wholeNumber(args.limit, '--limit', 1, 1_000) ?? 20) })
    if (args.state !== undefined) query.set('state', args.state)
    if (args.endpoint !== undefined) query.set('endpoint', args.endpoint)
    const { alerts: found } = await connection.call<{ alerts: Wire<Alert>[] }>('GET', `/api/v1/alerts?${query.toString()}`)
    if (args.json) { t.print(JSON.stringify({ alerts: found })); return }
    if (found.length === 0) { t.print('No alerts.'); return }
    const shown = { firing: t.bad('✗ firing'), acknowledged: t.warn('· acknowledged'), resolved: t.good('✓ resolved') }
    for (const line of alignRows(found.map(a => [shown[a.state], a.severity, a.since, a.resolvedAt ?? '', t.dim(a.id), a.summary]))) t.print(line)
    if (found.some(a => a.state === 'firing')) t.print(t.dim('`slipway acknowledge ALERT --note "…"` says that somebody is on it.'))
  }),
})
