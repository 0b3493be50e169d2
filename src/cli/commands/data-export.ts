import { resolve } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'
import { saveReply } from '../save-reply.ts'

/** slipway data export */
export const dataExport = command({
  name: 'data export',
  description: 'Writes a dataset version to a Parquet or CSV file; recorded with who took it and what for',
  args: {
    dataset: { type: 'positional', description: 'DATASET (where it stands) or DATASET@VERSION', required: true },
    out: { type: 'string', valueHint: 'FILE', description: 'A .parquet or .csv file' },
    purpose: { type: 'string', valueHint: 'TEXT', description: 'What the rows are for, in a few words' },
  },
  examples: ['slipway data export flights --out flights.parquet --purpose "audit of May"', 'slipway data export flights@3f9c1a --out flights.csv --purpose "a question of the airline"'],
  run: (args, context) => withConnection(args, context, async connection => {
    const { terminal: t } = context
    const { out, purpose } = args
    if (out === undefined || purpose === undefined) throw new SlipwayError('usage', `An export needs --out FILE and --purpose TEXT.`)
    const format = /\.(parquet|csv)$/i.exec(out)?.[1].toLowerCase()
    if (format === undefined) throw new SlipwayError('usage', `--out must be a .parquet or .csv file, and is ${JSON.stringify(out)}.`)
    const [dataset, version] = args.dataset.includes('@') ? [args.dataset.slice(0, args.dataset.lastIndexOf('@')), args.dataset.slice(args.dataset.lastIndexOf('@') + 1)] : [args.dataset, undefined]
    const query = new URLSearchParams({ format, purpose, ...(version === undefined ? {} : { version }) })
    t.progress('writing rows …')
    const { headers, body } = await connection.bytes(`/api/v1/datasets/${encodeURIComponent(dataset)}/export?${query}`)
    const path = resolve(context.cwd, out)
    const written = await saveReply(path, body, Number(headers['content-length']), t.progress)
    const facts = { dataset, version: String(headers['slipway-version']), rows: Number(headers['slipway-rows']), bytes: written, digest: headers['slipway-digest'] === undefined ? null : String(headers['slipway-digest']), file: path, ledger: Number(headers['slipway-ledger']) }
    if (args.json) { t.print(JSON.stringify(facts)); return }
    t.print(`${t.good('✓')} ${facts.rows.toLocaleString('en')} rows of ${t.bold(`${dataset}@${facts.version.slice(0, 12)}`)} in ${out} (${written.toLocaleString('en')} bytes${facts.digest === null ? '' : ', the file as it was imported'})`)
    t.print(t.dim(`recorded as ledger entry ${facts.ledger}`))
  }),
})
