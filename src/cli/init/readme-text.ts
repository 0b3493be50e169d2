import { formatTime } from '../../core/time.ts'
import type { Choices } from './choices.ts'
import { shown } from './guess-target.ts'

/** README.md of the project: what it is, and the next commands. */
export function readmeText(choices: Choices, sample: string): string {
  const { name, source, outcome, inputs, derived, leftOut, split, time } = choices
  const question = outcome.above === undefined ? `\`${outcome.column}\` is ${shown(outcome.equals ?? null)}` : `\`${outcome.column}\` is above ${outcome.above}`
  const read = inputs.filter(i => i.model).length + derived.length
  return `# ${name}

Predicts whether ${question}. Made by \`slipway init\` out of ${source}.

| file | what it is |
|---|---|
| slipway.ts | the project: data, features, model with its evaluation policy, endpoint |
${derived.length === 0 ? '' : '| on-demand.ts | features that are made of times |\n'}| data/${name}.parquet | the cleaned table |
| data/${name}.cleaning.json | how each column was read, and how many values were lost |

The model reads ${read} features; ${leftOut.length} columns are left out, and slipway.ts says why. It is judged on the last ${Math.round(split.share * 100)} % ${'column' in time ? `by ${time.column}` : 'of the rows'}.

## Next

\`\`\`sh
slipway serve                        # http://127.0.0.1:4777, the console and the API
slipway predict ${name} --data '${sample.replaceAll("'", "'\\''")}'
slipway trace PREDICTION             # what it rests on, down to the data
slipway verify                       # everything that was recorded, against its digests
\`\`\`

A newer table, cleaned in the same way, and a new candidate that must beat the model that serves:

\`\`\`sh
slipway init NEWER-FILE --name ${name} --refresh
slipway apply
slipway train ${name} --from ${formatTime(split.from).slice(0, 10)} --to 2100-01-01
slipway deploy ${name}
\`\`\`
`
}
