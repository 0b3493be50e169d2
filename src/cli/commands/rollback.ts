import type { DeploymentChange } from '../../production/index.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { showDeployment } from '../show-deployment.ts'

/** slipway rollback */
export const rollback = command({
  name: 'rollback',
  description: 'Goes back to the deployment before: model, features and code together',
  args: {
    endpoint: { type: 'positional', description: 'The endpoint', required: true },
    undo: { type: 'boolean', description: 'Take the last change back instead, a rollback too' },
    ...DRY_RUN,
  },
  examples: ['slipway rollback flight-delay --dry-run', 'slipway rollback flight-delay', 'slipway rollback flight-delay --undo'],
  run: (args, context) => withConnection(args, context, async connection => {
    const path = `/api/v1/deployments/${encodeURIComponent(args.endpoint)}/${args.undo ? 'undo' : 'rollback'}${args['dry-run'] ? '?dryRun=true' : ''}`
    const change = await connection.call<DeploymentChange>('POST', path)
    if (args.json) context.terminal.print(JSON.stringify(change))
    else showDeployment(change, context.terminal)
  }),
})
