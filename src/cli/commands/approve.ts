import type { Approval } from '../../intelligence/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { wholeNumber } from '../arguments.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'

/** slipway approve */
export const approve = command({
  name: 'approve',
  description: 'Says a person\'s yes or no to a version that passed its gate',
  args: {
    model: { type: 'positional', description: 'The model', required: true },
    version: { type: 'string', valueHint: 'N', description: 'The version (default: the newest)' },
    reject: { type: 'boolean', description: 'Say no; needs a reason' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'Why; it is recorded' },
    ...DRY_RUN,
  },
  examples: ['slipway approve late-arrival --reason "reviewed with operations"', 'slipway approve late-arrival --version 3 --reject --reason "the holdout is one holiday week"'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const version = wholeNumber(args.version, '--version', 1, 999_999)
    if (args.reject && !args.reason) throw new SlipwayError('usage', 'A rejection needs --reason.')
    const approval = await connection.call<Approval>('POST', `/api/v1/models/${encodeURIComponent(args.model)}/approvals${args['dry-run'] ? '?dryRun=true' : ''}`, { ...(version === undefined ? {} : { version }), approved: args.reject !== true, reason: args.reason ?? '' })
    if (args.json) { t.print(JSON.stringify(approval)); return }
    if (args['dry-run']) { t.print(`Would ${approval.approved ? 'approve' : 'reject'} ${approval.model}@${approval.version}, judged by ${approval.gate}, as ${approval.actor}.`); return }
    t.print(`${approval.approved ? t.good('✓ approved') : t.warn('✓ rejected')} ${approval.model}@${approval.version} by ${approval.actor}  ${t.dim(approval.id)}`)
  }),
})
