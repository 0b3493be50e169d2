import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SlipwayError } from '../../core/errors.ts'
import { command } from '../command.ts'
import { withConnection } from '../connection.ts'

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
    const expected = Number(headers['content-length'])
    const path = resolve(context.cwd, out)
    const written = await writeFile(path, body, t.progress)
    if (written !== expected) throw new SlipwayError('unreachable', `Only ${written} of ${expected} bytes came.`)
    await rename(`${path}.part`, path)
    const facts = { dataset, version: String(headers['slipway-version']), rows: Number(headers['slipway-rows']), bytes: written, digest: headers['slipway-digest'] === undefined ? null : String(headers['slipway-digest']), file: path, ledger: Number(headers['slipway-ledger']) }
    if (args.json) { t.print(JSON.stringify(facts)); return }
    t.print(`${t.good('✓')} ${facts.rows.toLocaleString('en')} rows of ${t.bold(`${dataset}@${facts.version.slice(0, 12)}`)} in ${out} (${written.toLocaleString('en')} bytes${facts.digest === null ? '' : ', the file as it was imported'})`)
    t.print(t.dim(`recorded as ledger entry ${facts.ledger}`))
  }),
})

/** Into FILE.part, which goes when the bytes do not all come. */
async function writeFile(path: string, body: NodeJS.ReadableStream, progress: (text: string) => void): Promise<number> {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      progress(`writing rows … ${(bytes / 1e6).toFixed(1)} MB`)
      done(null, chunk)
    },
  })
  try { await pipeline(body, counted, createWriteStream(`${path}.part`)) } catch (cause) {
    await rm(`${path}.part`, { force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw new SlipwayError('storage_full', `${path} could not be written: ${message}.`, { cause })
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EROFS'].includes(code ?? '')) throw new SlipwayError('usage', `${path} cannot be written: ${message}.`, { cause })
    throw new SlipwayError('unreachable', `The rows did not all come: ${message}.`, { cause })
  }
  return bytes
}
