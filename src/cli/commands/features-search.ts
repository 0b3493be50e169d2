import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { SEARCH_DEFAULTS, type FeatureSearch, type FeatureSearchProgress } from '../../intelligence/index.ts'
import { wholeNumber } from '../arguments.ts'
import { command } from '../command.ts'
import { withConnection, type Connection } from '../connection.ts'
import { FOUND_MARK, foundFeaturesText, foundFeaturesYaml } from '../found-features-text.ts'
import { showFeatureSearch } from '../show-feature-search.ts'
import type { Wire } from '../wire.ts'

const STEPS: Record<FeatureSearchProgress['step'], string> = { grid: 'computing candidates', screen: 'looking at the early rows', choose: 'choosing on the later rows', check: 'checking each survivor', judge: 'judging on the last rows' }

/** slipway features search */
export const featuresSearch = command({
  name: 'features search',
  description: 'Makes a grid of candidate features, drops what is useless, and shows those that later rows speak for; registers nothing',
  args: {
    model: { type: 'string', valueHint: 'NAME', required: true, description: 'The model to search for' },
    windows: { type: 'string', valueHint: 'W,…', default: SEARCH_DEFAULTS.windows.join(','), description: 'Windows: durations, or lifetime' },
    aggregates: { type: 'string', valueHint: 'A,…', description: 'Only these aggregates (default: all that give a number)' },
    sources: { type: 'string', valueHint: 'S,…', description: 'Only these sources (default: all with an entity\'s key)' },
    relations: { type: 'string', valueHint: 'FILE', description: 'JSON: [{"source": "…", "entities": ["…"]}], in place of the relations that are found' },
    limit: { type: 'string', valueHint: 'N', default: String(SEARCH_DEFAULTS.limit), description: 'Survivors at most' },
    most: { type: 'string', valueHint: 'N', default: String(SEARCH_DEFAULTS.most), description: 'Candidates at most' },
    rows: { type: 'string', valueHint: 'N', default: String(SEARCH_DEFAULTS.rows), description: 'Examples at most, taken evenly over time' },
    from: { type: 'string', valueHint: 'TIME', description: 'First prediction time (default: where a tenth of the examples has gone by)' },
    to: { type: 'string', valueHint: 'TIME', description: 'Prediction times before this (default: all)' },
    'labels-known-by': { type: 'string', valueHint: 'TIME', description: 'Only labels known by then (default: now)' },
    seed: { type: 'string', valueHint: 'N', description: 'Of the sample and the probes (default: the model\'s)' },
    out: { type: 'string', valueHint: 'FILE', description: 'Write the survivors\' views to this .ts or .yaml file' },
    all: { type: 'boolean', description: 'Show every candidate with the reason why it was dropped' },
  },
  examples: ['slipway features search --model late-arrival', 'slipway features search --model late-arrival --windows 1h,1d,7d --limit 5 --out views.generated.ts', 'slipway features search --model late-arrival --sources arrivals --json | jq .judgement'],
  async run(args, context) {
    const { terminal: t } = context
    const file = args.out === undefined ? undefined : await writableFile(resolve(context.cwd, args.out))
    const optional = { aggregates: list(args.aggregates, '--aggregates'), sources: list(args.sources, '--sources'), relations: await readRelations(args.relations, context.cwd), from: args.from, to: args.to, labelsKnownBy: args['labels-known-by'], seed: wholeNumber(args.seed, '--seed', 0, Number.MAX_SAFE_INTEGER) }
    const wish = {
      model: args.model, windows: list(args.windows, '--windows'), limit: wholeNumber(args.limit, '--limit', 1, 100), most: wholeNumber(args.most, '--most', 1, 5_000), rows: wholeNumber(args.rows, '--rows', 100, 1_000_000),
      ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined)),
    }
    const found = await withConnection(args, context, connection => follow(connection, wish, line => { t.progress(line) }))
    const text = file !== undefined && found.features.length > 0 ? await textFor(file, found) : null
    if (file !== undefined && text !== null) await writeFile(file, text)
    if (args.json) { t.print(JSON.stringify(found)); return }
    showFeatureSearch(found, t, { all: args.all === true })
    if (found.features.length === 0) return
    t.print()
    if (file !== undefined) t.print(`${t.good('✓')} ${file}  ${t.dim('import it in the project file, then slipway plan, apply, train')}`)
    else t.print(foundFeaturesText(found))
  },
})

async function follow(connection: Connection, wish: object, show: (line: string) => void): Promise<Wire<FeatureSearch>> {
  for await (const line of connection.lines<{ progress: FeatureSearchProgress } | { result: Wire<FeatureSearch> }>('POST', '/api/v1/features/search', wish)) {
    if ('result' in line) return line.result
    const { step, done, of } = line.progress
    show(`searching: ${STEPS[step]}${done === undefined ? '' : ` ${done} of ${of}`}`)
  }
  throw new SlipwayError('unreachable', 'The server ended the reply before the search did.')
}

async function textFor(file: string, found: Wire<FeatureSearch>): Promise<string> {
  const { model, service, views, features } = found
  return extname(file) === '.ts' ? foundFeaturesText({ model, service, views, features }) : foundFeaturesYaml({ model, service, views, features })
}

/** @throws SlipwayError `usage` for a file of another kind, or one that somebody wrote. */
async function writableFile(file: string): Promise<string> {
  if (!['.ts', '.yaml', '.yml'].includes(extname(file))) throw new SlipwayError('usage', `--out must be a .ts or .yaml file, and is ${JSON.stringify(file)}.`)
  if (existsSync(file) && !(await readFile(file, 'utf8')).slice(0, 200).includes(FOUND_MARK)) throw new SlipwayError('usage', `${file} is there and was not written by a feature search; name another file.`)
  return file
}

function list(text: string | undefined, option: string): string[] | undefined {
  if (text === undefined) return undefined
  const parts = text.split(',').map(p => p.trim())
  if (parts.includes('')) throw new SlipwayError('usage', `${option} takes names with commas between them, and is ${JSON.stringify(text)}.`)
  return parts
}

async function readRelations(path: string | undefined, cwd: string): Promise<unknown> {
  if (path === undefined) return undefined
  const file = resolve(cwd, path)
  try { return JSON.parse(await readFile(file, 'utf8')) } catch (cause) { throw new SlipwayError('usage', `--relations: ${file} is no JSON that can be read: ${(cause as Error).message}.`, { cause }) }
}
