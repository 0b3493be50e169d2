import type { FeatureCheck } from '../../data/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'

/** slipway features check */
export const featuresCheck = command({
  name: 'features check',
  description: 'Recomputes every logged feature value from history, as of its position in the journal, and compares bits',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint (default: all)', required: false },
    from: { type: 'string', valueHint: 'N', description: 'First sequence' },
    to: { type: 'string', valueHint: 'N', description: 'Last sequence' },
  },
  examples: ['slipway features check', 'slipway features check flight-delay --from 1000 --to 2000 --json'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const from = wholeNumber(args.from, '--from', 1, Number.MAX_SAFE_INTEGER)
    const to = wholeNumber(args.to, '--to', 1, Number.MAX_SAFE_INTEGER)
    const { endpoints } = await connection.call<{ endpoints: { name: string; predictions: number }[] }>('GET', '/api/v1/endpoints')
    const names = args.endpoint === undefined ? endpoints.filter(e => e.predictions > 0).map(e => e.name) : [args.endpoint]
    if (names.length === 0) throw new SlipwayError('not_found', 'No endpoint has predictions to check.', { remedy: 'Predict first: `slipway predict --help`.' })
    const checks: ({ endpoint: string } & FeatureCheck)[] = []
    for (const endpoint of names) {
      t.progress(`recomputing the features of ${endpoint} …`)
      checks.push({ endpoint, ...await connection.call<FeatureCheck>('POST', '/api/v1/features/check', { endpoint, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }) })
    }
    if (args.json) t.print(JSON.stringify({ checks }))
    else for (const c of checks) {
      t.print(`${c.different === 0 ? t.good('✓') : t.bad('✗')} ${t.bold(c.endpoint)}: ${c.different.toLocaleString('en')} differences between ${c.compared.toLocaleString('en')} logged and recomputed values of ${c.predictions.toLocaleString('en')} predictions`)
      for (const d of c.differences) t.print(`    at ${d.sequence}: ${d.feature} was ${String(d.logged)}, recomputed ${String(d.recomputed)}`)
    }
    return checks.every(c => c.different === 0) ? 0 : 1
  }),
})
