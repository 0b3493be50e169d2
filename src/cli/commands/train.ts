import type { Approval, Gate } from '../../intelligence/index.ts'
import { SlipwayError } from '../../core/errors.ts'
import { command, DRY_RUN } from '../command.ts'
import { withConnection } from '../connection.ts'
import { followTraining } from '../follow-training.ts'
import { showGate } from '../show-gate.ts'

/** slipway train */
export const train = command({
  name: 'train',
  description: 'Trains a candidate, puts it through the gate, and asks the model\'s policy to approve it',
  args: {
    model: { type: 'positional', description: 'The model', required: true },
    from: { type: 'string', valueHint: 'TIME', required: true, description: 'First prediction time (ISO 8601)' },
    to: { type: 'string', valueHint: 'TIME', required: true, description: 'Prediction times before this' },
    'labels-known-by': { type: 'string', valueHint: 'TIME', description: 'Only labels known by then (default: --to)' },
    learner: { type: 'string', valueHint: 'NAME', description: 'gbdt or logistic, in place of the declared one' },
    params: { type: 'string', valueHint: 'NAME=N,…', description: 'Parameters of the learner, in place of the declared ones' },
    'skip-gate': { type: 'boolean', description: 'Stop after training' },
    ...DRY_RUN,
  },
  examples: ['slipway train late-arrival --from 2013-01-01 --to 2013-04-01', 'slipway train late-arrival --from 2013-01-01 --to 2013-04-01 --params trees=300,leaves=63'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const model = encodeURIComponent(args.model)
    const range = { from: args.from, to: args.to, ...(args['labels-known-by'] === undefined ? {} : { labelsKnownBy: args['labels-known-by'] }) }
    const learner = readLearner(args)
    const asked = { ...range, ...(learner === undefined ? {} : { learner }) }
    if (args['dry-run']) {
      const would = await connection.call<{ next: number }>('POST', `/api/v1/models/${model}/train?dryRun=true`, asked)
      if (args.json) t.print(JSON.stringify(would))
      else t.print(`Would train ${args.model}@${would.next} on prediction times from ${args.from} to ${args.to}, judge it, and ask its policy.`)
      return 0
    }
    const trained = await followTraining(connection, args.model, asked, line => { t.progress(line) })
    const { run, version } = trained
    if (!args.json) {
      const m = run.candidate?.metrics
      t.print(`${t.good('✓')} ${t.bold(`${version.model}@${version.version}`)}  ${t.dim(run.id)}`)
      if (run.data !== null) t.print(`  ${run.data.counts.training.toLocaleString('en')} rows trained, ${run.data.counts.holdout.toLocaleString('en')} held out in time`)
      if (m !== undefined) t.print(`  AUC ${m.auc.value.toFixed(4)} (${m.auc.low.toFixed(4)} to ${m.auc.high.toFixed(4)}), log loss ${m.logLoss.toFixed(4)}, Brier ${m.brier.toFixed(4)}`)
    }
    if (args['skip-gate']) { if (args.json) t.print(JSON.stringify(trained)); return 0 }
    t.progress('judging …')
    const gate = await connection.call<Gate>('POST', `/api/v1/models/${model}/gate`, { version: version.version })
    const byPolicy = 'policy' in gate.policy.approval
    const approval = gate.passed && byPolicy ? await connection.call<Approval>('POST', `/api/v1/models/${model}/approvals`, { version: version.version, policy: true }) : null
    if (args.json) t.print(JSON.stringify({ ...trained, gate, approval }))
    else {
      showGate(gate, t)
      if (approval !== null) t.print(`${t.good('✓')} approved by ${approval.actor}  ${t.dim(approval.id)}`)
      else if (gate.passed) t.print(`${t.warn('…')} waits for a person: slipway approve ${args.model} --version ${version.version}`)
    }
    return gate.passed ? 0 : 3
  }),
})

/** `--params` alone keeps the learner that all use. */
function readLearner(args: { learner?: string; params?: string }): { name: string; params?: Record<string, number> } | undefined {
  if (args.learner === undefined && args.params === undefined) return undefined
  const params = args.params?.split(',').map(part => {
    const [name, value] = part.split('=')
    if (name.trim() === '' || value === undefined || value.trim() === '' || Number.isNaN(Number(value))) throw new SlipwayError('usage', `--params takes NAME=N,…, and ${JSON.stringify(part)} is not of that form.`)
    return [name.trim(), Number(value)] as const
  })
  return { name: args.learner ?? 'gbdt', ...(params === undefined ? {} : { params: Object.fromEntries(params) }) }
}
