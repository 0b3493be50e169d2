import type { PredictionExplanation } from '../../production/index.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { percent, showExplanation } from '../show-explanation.ts'

/** slipway explain */
export const explain = command({
  name: 'explain',
  description: 'Shows why a prediction came out as it did: what each input contributed, exactly, by the release that answered',
  args: {
    prediction: { type: 'positional', description: 'The prediction\'s id', required: true },
    top: { type: 'string', valueHint: 'N', description: 'Show the N greatest contributions, and the others in one line' },
  },
  examples: ['slipway explain pred_0000002kj0ydxk', 'slipway explain pred_0000002kj0ydxk --top 5', 'slipway explain pred_0000002kj0ydxk --json | jq .contributions'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const top = wholeNumber(args.top, '--top', 1, 10_000)
    const found = await connection.call<PredictionExplanation>('GET', `/api/v1/predictions/${encodeURIComponent(args.prediction)}/explanation`)
    if (args.json) { t.print(JSON.stringify(found)); return }
    const { endpoint, output, decision, threshold, id, release } = found
    t.print(`${t.bold(endpoint)} answered ${t.bold(percent(output))}${decision === null ? '' : `, ${decision ? t.warn('yes') : t.good('no')}`}${threshold === null ? '' : t.dim(` (above ${percent(threshold)} is yes)`)}  ${t.dim(`${id}, ${release}`)}`)
    t.print()
    showExplanation(found, t, top)
  }),
})
