import { resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { openSurvey, type Survey } from '../../data/index.ts'
import { openEngine } from '../../platform.ts'
import { command, DRY_RUN } from '../command.ts'
import { initProject } from '../init/init-project.ts'
import { refreshData } from '../init/refresh-data.ts'
import { homeFolder, loadConfig } from '../settings.ts'

/** slipway init */
export const init = command({
  name: 'init',
  description: 'From a CSV or Parquet file to a trained, judged and served model, with the project written for it',
  args: {
    file: { type: 'positional', description: 'A CSV (.csv, .tsv, .txt, also .gz) or Parquet file', required: true },
    target: { type: 'string', valueHint: 'COLUMN', description: 'What is to be predicted: a column of two values, or a number with --above' },
    above: { type: 'string', valueHint: 'NUMBER', description: 'The outcome is true where the target is greater' },
    positive: { type: 'string', valueHint: 'VALUE', description: 'The outcome is true where the target is this' },
    time: { type: 'string', valueHint: 'COLUMN', description: 'When a row was asked about; row-order takes the rows as they come, mixed assumes no time' },
    key: { type: 'string', valueHint: 'COLUMN', description: 'What names a row; row-number numbers them' },
    'known-at': { type: 'string', valueHint: 'COLUMN', description: 'When the outcome became known (default: at once)' },
    include: { type: 'string', valueHint: 'COLUMN,…', description: 'Columns to read although they look useless or leaking' },
    exclude: { type: 'string', valueHint: 'COLUMN,…', description: 'Columns not to read' },
    name: { type: 'string', valueHint: 'NAME', description: 'Of the project, its model and its endpoint (default: from the file\'s name)' },
    project: { type: 'string', valueHint: 'DIR', default: '.', description: 'The folder of the project' },
    yes: { type: 'boolean', description: 'Take every guess, ask nothing' },
    force: { type: 'boolean', description: 'Replace project files that were edited' },
    refresh: { type: 'boolean', description: 'Only clean FILE as the table before was cleaned, in its place' },
    ...DRY_RUN,
  },
  examples: [
    'slipway init customers.csv', 'slipway init customers.csv --target churned --time signup_date --key customer_id --yes',
    'slipway init flights.parquet --target arr_delay --above 15 --time scheduled_departure --known-at arrived_at', 'slipway init customers.csv --yes --dry-run',
    'slipway init customers-june.csv --name customers --refresh',
  ],
  async run(args, context) {
    const { terminal: t, cwd } = context
    const list = (text: string | undefined): string[] => text?.split(',').map(c => c.trim()).filter(c => c !== '') ?? []
    const file = resolve(cwd, args.file)
    const place = { dir: resolve(cwd, args.project), shown: args.project }
    const options = {
      file, target: args.target, positive: args.positive, above: readNumber(args.above), time: args.time, key: args.key, knownAt: args['known-at'], name: args.name,
      include: list(args.include), exclude: list(args.exclude), yes: args.yes === true,
      interactive: args.yes !== true && args.json !== true && process.stdin.isTTY === true && process.stdout.isTTY === true,
    }
    if (options.above !== undefined && options.positive !== undefined) throw new SlipwayError('usage', 'An outcome is true above a number, or where it is a value: give --above or --positive.')
    const engine = await openEngine(loadConfig(homeFolder(args, context), context.env).config)
    const look = (known?: Parameters<typeof openSurvey>[2]): Promise<Survey> => { t.progress(`looking at ${args.file} …`); return openSurvey(engine, file, known) }
    const flags = { home: args.home, json: args.json === true, dryRun: args['dry-run'] === true, force: args.force === true }
    try {
      return args.refresh === true ? await refreshData(look, place, options, flags, t) : await initProject(look, place, options, flags, context)
    } finally { await engine.close() }
  },
})

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const n = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(n)) throw new SlipwayError('usage', `--above must be a number, and is ${JSON.stringify(text)}.`)
  return n
}
