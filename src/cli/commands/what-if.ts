import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import type { PredictionRecord, WhatIfAnswer } from '../../production/index.ts'
import { everyValue } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection, type Connection } from '../connection.ts'
import { percent, showExplanation, showValue } from '../show-explanation.ts'
import { alignRows, type Terminal } from '../terminal.ts'

/** slipway what-if */
export const whatIf = command({
  name: 'what-if',
  description: 'Scores a prediction again with other feature values; nothing is journaled',
  args: {
    prediction: { type: 'positional', description: 'The prediction to begin with', required: true },
    set: { type: 'string', valueHint: 'NAME=VALUE', description: 'Another value of a feature; may be repeated, and NAME= is missing' },
    release: { type: 'string', valueHint: 'N', description: 'Number or id of the release that scores (default: the champion)' },
    explain: { type: 'boolean', description: 'Show what each input contributes then' },
  },
  examples: [
    'slipway what-if pred_0000002kj0ydxk --set distance=2475 --set carrier=AA', 'slipway what-if pred_0000002kj0ydxk --set origin_weather.visibility= --explain',
    'slipway what-if pred_0000002kj0ydxk --release 2 --json',
  ],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const { id, endpoint } = await connection.call<PredictionRecord>('GET', `/api/v1/predictions/${encodeURIComponent(args.prediction)}`)
    const features = await readFeatures(everyValue(context.words, '--set'), endpoint, connection)
    const number = Number(args.release)
    const answer = await connection.call<WhatIfAnswer>('POST', `/api/v1/endpoints/${encodeURIComponent(endpoint)}/what-if`, {
      prediction: id, features, explain: args.explain === true, ...(args.release === undefined ? {} : { release: Number.isSafeInteger(number) ? number : args.release }),
    })
    if (args.json) t.print(JSON.stringify(answer))
    else showAnswer(answer, t)
  }),
})

/** Values as the champion's features are typed; of a name that it has not, as JSON or text: the server knows what to say. */
async function readFeatures(settings: readonly string[], endpoint: string, connection: Connection): Promise<Record<string, unknown>> {
  if (settings.length === 0) return {}
  const { features } = await connection.call<{ features: Column[] }>('GET', `/api/v1/endpoints/${encodeURIComponent(endpoint)}`)
  return Object.fromEntries(settings.map(setting => {
    const [name, value] = setting.split(/=(.*)/s, 2)
    if (value === undefined || name === '') throw new SlipwayError('usage', `--set takes NAME=VALUE, and got ${JSON.stringify(setting)}.`)
    return [name, readValue(value, features.find(c => c.name === name)?.type)]
  }))
}

function readValue(text: string, type: Column['type'] | undefined): unknown {
  if (text === '') return null
  if (type === 'string') return text
  try { return JSON.parse(text) } catch { return text }
}

function showAnswer({ release, output, decision, changed, before, explanation }: WhatIfAnswer, t: Terminal): void {
  const answer = (p: number, yes: boolean | null): string => `${t.bold(percent(p))}${yes === null ? '' : `, ${yes ? t.warn('yes') : t.good('no')}`}`
  t.print(`${answer(output, decision)}  ${t.dim(`by ${release}`)}`)
  if (before !== null) t.print(`${t.dim('was')} ${answer(before.output, before.decision)}  ${t.dim(`by ${before.release}, ${before.prediction}`)}`)
  if (changed.length === 0) t.print(t.dim('no value differs from what was logged'))
  else for (const line of alignRows(changed.map(c => [c.feature, showValue(c.from), '→', showValue(c.to)]), { indent: '  ' })) t.print(line)
  if (explanation === undefined) return
  t.print()
  showExplanation(explanation, t)
}
