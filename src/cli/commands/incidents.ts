import type { Incident } from '../../monitoring/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows } from '../terminal.ts'
import type { Wire } from '../wire.ts'

const STATES = ['open', 'closed']

/** slipway incidents */
export const incidents = command({
  name: 'incidents',
  description: 'Lists incidents, newest first; with an id, shows one with its timeline and the draft of its post-mortem',
  args: {
    incident: { type: 'positional', description: 'The id of one', required: false },
    endpoint: { type: 'string', valueHint: 'NAME', description: 'Only incidents of this endpoint' },
    state: { type: 'string', valueHint: 'STATE', description: 'open or closed (default: all)' },
  },
  examples: ['slipway incidents --state open', 'slipway incidents inc_06f5k2'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    if (args.state !== undefined && !STATES.includes(args.state)) throw new SlipwayError('usage', `--state must be ${STATES.join(' or ')}.`)
    const head = (i: Wire<Incident>): string[] => [i.state === 'open' ? t.bad('✗ open') : t.good('✓ closed'), i.openedAt, i.closedAt ?? '', `${i.alerts.length} alert${i.alerts.length === 1 ? '' : 's'}`, t.dim(i.id), i.title]
    if (args.incident !== undefined) {
      const one = await connection.call<Wire<Incident>>('GET', `/api/v1/incidents/${encodeURIComponent(args.incident)}`)
      if (args.json) { t.print(JSON.stringify(one)); return }
      for (const line of alignRows([head(one)])) t.print(line)
      for (const line of alignRows(one.timeline.map(e => [t.dim(e.at), e.ledger === null ? '' : t.dim(`entry ${e.ledger}`), e.what]), { indent: '  ' })) t.print(line)
      if (one.postMortem ?? one.draft) t.print(`\n${one.postMortem ?? one.draft}`)
      return
    }
    const query = new URLSearchParams()
    if (args.state !== undefined) query.set('state', args.state)
    if (args.endpoint !== undefined) query.set('endpoint', args.endpoint)
    const { incidents: found } = await connection.call<{ incidents: Wire<Incident>[] }>('GET', `/api/v1/incidents?${query.toString()}`)
    if (args.json) { t.print(JSON.stringify({ incidents: found })); return }
    if (found.length === 0) { t.print('No incidents.'); return }
    for (const line of alignRows(found.map(head))) t.print(line)
  }),
})
