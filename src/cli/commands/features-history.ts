import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { saveReply } from '../save-reply.ts'

const TYPES: Record<string, string> = { '.parquet': 'application/vnd.apache.parquet', '.csv': 'text/csv', '.arrow': 'application/vnd.apache.arrow.stream', '.arrows': 'application/vnd.apache.arrow.stream' }

/** slipway features history */
export const featuresHistory = command({
  name: 'features history',
  description: 'Takes a file of keys and times, and writes the same rows with what their features were then; recorded with who asked and what for',
  args: {
    rows: { type: 'string', valueHint: 'FILE', description: 'A .parquet, .csv or .arrow file: a column a key, event_timestamp, request features' },
    features: { type: 'string', valueHint: 'NAMES', description: 'view.feature names with commas between them' },
    service: { type: 'string', valueHint: 'NAME', description: 'All that a service reads, in place of --features' },
    out: { type: 'string', valueHint: 'FILE', description: 'A .parquet file' },
    mode: { type: 'string', valueHint: 'MODE', description: 'knownAt (default): what was known then; eventTime: what had happened then, in its last version' },
    timestamp: { type: 'string', valueHint: 'COLUMN', description: 'The column of times (default: event_timestamp)' },
    origins: { type: 'boolean', description: 'With the event time and the age of each value' },
    purpose: { type: 'string', valueHint: 'TEXT', description: 'What the features are for, in a few words' },
  },
  examples: ['slipway features history --rows labels.parquet --features card.count_1d,card.mean_amount --out training.parquet --purpose "a model of fraud"', 'slipway features history --rows labels.csv --service check --mode eventTime --out training.parquet --purpose "an audit"'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const { rows, features, service, out, mode, timestamp, origins, purpose } = args
    if (rows === undefined || out === undefined || purpose === undefined) throw new SlipwayError('usage', 'Historical features need --rows FILE, --out FILE and --purpose TEXT.')
    if ((features === undefined) === (service === undefined)) throw new SlipwayError('usage', 'Say which features: --features view.feature,… or --service NAME, one of the two.')
    if (mode !== undefined && mode !== 'knownAt' && mode !== 'eventTime') throw new SlipwayError('usage', `--mode must be knownAt or eventTime, and is ${JSON.stringify(mode)}.`)
    const type = TYPES[extname(rows).toLowerCase()]
    if (type === undefined) throw new SlipwayError('usage', `--rows must be a .parquet, .csv or .arrow file, and is ${JSON.stringify(rows)}.`)
    if (extname(out).toLowerCase() !== '.parquet') throw new SlipwayError('usage', `--out must be a .parquet file, and is ${JSON.stringify(out)}.`)
    const [from, to] = [resolve(context.cwd, rows), resolve(context.cwd, out)]
    if (!existsSync(from)) throw new SlipwayError('usage', `There is no file ${from}.`)
    const query = new URLSearchParams(Object.entries({ features, service, mode, timestamp, origins: origins === true ? 'true' : undefined, purpose }).filter((e): e is [string, string] => e[1] !== undefined))
    t.progress('computing features …')
    const { headers, body } = await connection.upload(`/api/v1/features/history?${query}`, { path: from, type }, 'application/vnd.apache.parquet')
    const bytes = await saveReply(to, body, Number(headers['content-length']), t.progress)
    const facts = { rows: Number(headers['slipway-rows']), file: to, bytes, digest: String(headers['slipway-digest']), contentDigest: String(headers['slipway-content-digest']), ledger: Number(headers['slipway-ledger']) }
    if (args.json) { t.print(JSON.stringify(facts)); return }
    t.print(`${t.good('✓')} ${facts.rows.toLocaleString('en')} rows with their features in ${out} (${bytes.toLocaleString('en')} bytes)`)
    t.print(t.dim(`recorded as ledger entry ${facts.ledger}`))
  }),
})
