import { SlipwayError } from '../../core/errors.ts'
import type { Drill, DrillChange } from '../../production/index.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { alignRows, type Terminal } from '../terminal.ts'

/** Times are ISO text here: they came over the wire. */
type Shown = Record<'id' | 'endpoint' | 'fault' | 'from' | 'until' | 'reason' | 'actor', string> & { endedAt: string | null }

/** slipway drill */
export const drill = command({
  name: 'drill',
  description: 'Makes the model or the features of an endpoint fail for a while, so that its fallback answers; without --fault: lists the drills',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint', required: true },
    fault: { type: 'string', valueHint: 'PART', description: 'model: champion and challenger cannot score; features: nothing can be read' },
    from: { type: 'string', valueHint: 'TIME', description: 'By the home\'s clock (default: now)' },
    until: { type: 'string', valueHint: 'TIME', description: 'When it ends by itself' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'What is practised' },
    force: { type: 'boolean', description: 'Also where no fallback is declared: callers get errors' },
    end: { type: 'string', valueHint: 'ID', description: 'End this drill now' },
    ...DRY_RUN,
  },
  examples: ['slipway drill flight-delay --fault model --until 2013-07-01T13:00Z --reason "what callers see"', 'slipway drill flight-delay', 'slipway drill flight-delay --end drill_06f5k2'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const path = `/api/v1/endpoints/${encodeURIComponent(args.endpoint)}/drills`
    const query = args['dry-run'] ? '?dryRun=true' : ''
    if (args.end === undefined && args.fault === undefined) {
      const stray = (['from', 'until', 'reason'] as const).find(name => args[name] !== undefined)
      if (stray !== undefined) throw new SlipwayError('usage', `--${stray} belongs to a drill that begins: give --fault too.`)
      const { drills } = await connection.call<{ drills: Drill[] }>('GET', path)
      if (args.json) t.print(JSON.stringify(drills))
      else list(drills as unknown as Shown[], args.endpoint, t)
      return
    }
    if (args.end === undefined && args.until === undefined) throw new SlipwayError('usage', 'A drill needs its end: give --until.')
    const change = args.end === undefined
      ? await connection.call<DrillChange>('POST', `${path}${query}`, { fault: args.fault, until: args.until, reason: args.reason ?? '', ...(args.from === undefined ? {} : { from: args.from }), ...(args.force ? { force: true } : {}) })
      : await connection.call<DrillChange>('DELETE', `${path}/${encodeURIComponent(args.end)}${query}`)
    if (args.json) t.print(JSON.stringify(change))
    else show(change.drill as unknown as Shown, change, t)
  }),
})

function show({ id, endpoint, fault, from, until, endedAt }: Shown, { dryRun, ledger }: DrillChange, t: Terminal): void {
  if (endedAt !== null) t.print(`${t.bold(endpoint)}: the drill ${id} ${dryRun ? 'would end' : 'ended'} at ${endedAt}`)
  else t.print(`${t.bold(endpoint)}: the ${fault} ${dryRun ? 'would fail' : fault === 'model' ? 'fails' : 'fail'} from ${from} to ${until}  ${t.dim(dryRun ? '' : id)}`)
  if (dryRun) t.print(t.dim('A dry run: nothing was changed.'))
  else t.print(`${t.good('✓')} recorded as ledger entry ${ledger}${endedAt === null ? `; \`slipway drill ${endpoint} --end ${id}\` ends it before` : ''}`)
}

function list(drills: readonly Shown[], endpoint: string, t: Terminal): void {
  if (drills.length === 0) t.print(`No failure of ${endpoint} was practised yet.`)
  for (const line of alignRows(drills.map(d => [d.id, d.fault, `${d.from} to ${d.endedAt ?? d.until}`, d.actor, t.dim(d.reason)]))) t.print(line)
}
