import type { DeploymentChange } from '../../production/index.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { showDeployment } from '../show-deployment.ts'

/** slipway withdraw */
export const withdraw = command({
  name: 'withdraw',
  description: 'Ends the challenger; the champion gets all traffic',
  args: { endpoint: { type: 'positional', description: 'The endpoint', required: true }, ...DRY_RUN },
  examples: ['slipway withdraw flight-delay'],
  run: (args, context) => withConnection(args, context, async connection => {
    const change = await connection.call<DeploymentChange>('POST', `/api/v1/deployments/${encodeURIComponent(args.endpoint)}/withdraw${args['dry-run'] ? '?dryRun=true' : ''}`)
    if (args.json) context.terminal.print(JSON.stringify(change))
    else showDeployment(change, context.terminal)
  }),
})
