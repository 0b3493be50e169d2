import type { Trace } from '../../production/index.ts'
import { command } from '../command.ts'
import { withConnection, type Connection } from '../connection.ts'
import { showTrace, type DatasetNames } from '../show-trace.ts'

/** slipway trace */
export const trace = command({
  name: 'trace',
  description: 'Shows the chain of a prediction: features, release, gate, approval, run, datasets, and the outcome',
  args: {
    prediction: { type: 'positional', description: 'The prediction\'s id', required: true },
    brief: { type: 'boolean', description: 'Leave the feature values out' },
  },
  examples: ['slipway trace pred_0000002kj0ydxk', 'slipway trace pred_0000002kj0ydxk --json | jq .steps'],
  run: (args, context) => withConnection(args, context, async connection => {
    const found = await connection.call<Trace>('GET', `/api/v1/predictions/${encodeURIComponent(args.prediction)}/trace`)
    if (args.json) context.terminal.print(JSON.stringify(found))
    else showTrace(found, context.terminal, { features: args.brief !== true, datasets: await datasetNames(connection, found) })
  }),
})

async function datasetNames(connection: Connection, { steps }: Trace): Promise<DatasetNames> {
  const names = new Map<string, { name: string; rows: number; files: string[] }>()
  for (const { subject, missing } of steps) {
    const [kind, version] = subject.split('/')
    if (kind !== 'datasetVersion' || missing !== undefined) continue
    const { name, rows, files } = await connection.call<{ name: string; rows: number; files: { name: string }[] }>('GET', `/api/v1/datasets/versions/${version}`)
    names.set(version, { name, rows, files: files.map(f => f.name) })
  }
  return names
}
