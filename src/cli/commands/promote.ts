import type { DeploymentChange } from '../../production/index.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { showDeployment } from '../show-deployment.ts'

/** slipway promote */
export const promote = command({
  name: 'promote',
  description: 'Makes the challenger the champion, with all traffic',
  args: { endpoint: { type: 'positional', description: 'The endpoint', required: true }, ...DRY_RUN },
  examples: ['slipway promote flight-delay --dry-run', 'slipway promote flight-delay'],
  run: (args, context) => withConnection(args, context, async connection => {
    const change = await connection.call<DeploymentChange>('POST', `/api/v1/deployments/${encodeURIComponent(args.endpoint)}/promote${args['dry-run'] ? '?dryRun=true' : ''}`)
    if (args.json) context.terminal.print(JSON.stringify(change))
    else showDeployment(change, context.terminal)
  }),
})
