// The rows of a dataset version as a file, for people. Recorded before the first byte is given out.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor } from '../../core/actor.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { Column } from '../../core/schema.ts'
import type { LocalJournal } from '../../store/index.ts'
import { datasetSql } from '../dataset-reader.ts'
import { assertContent, withSession, type DataContext, type DatasetVersion } from '../dataset.ts'
import { literal } from '../sql.ts'
import { assertPurpose, readPurpose } from './purpose.ts'
import { findVersion } from './versions.ts'

export type ExportFormat = 'parquet' | 'csv'

export interface ExportRequest {
  /** As `findVersion` takes it: `DATASET`, `DATASET@VERSION`, or a version. */
  version: string
  format: ExportFormat
  /** Needed. */
  purpose?: string
  actor: Actor
}

export interface ExportFacts {
  dataset: string
  version: string
  rows: number
  schema: Column[]
  format: ExportFormat
  bytes: number
  /** SHA-256 of the bytes where they are the imported file as it was; null where the file was made for this. */
  digest: string | null
  ledger: number
}

const CHUNK = 256 << 10

/**
 * First what it is, then its bytes, a part at a time. A version of one file of the wanted format is given as it was imported; any other is written anew by the
 * engine, rows in their order, into a temporary file.
 * @throws SlipwayError `not_found`, `invalid_request` (no purpose, or a format that there is not), `purpose_forbidden`, `corrupt`.
 */
export async function* exportDataset(context: DataContext & { journal: Pick<LocalJournal, 'get' | 'position'> }, request: ExportRequest): AsyncGenerator<ExportFacts | Uint8Array> {
  const { format, actor } = request
  if (format !== 'parquet' && format !== 'csv') throw new SlipwayError('invalid_request', `An export is parquet or csv, and not ${JSON.stringify(format)}.`, { faults: [{ path: 'format', message: 'must be parquet or csv' }] })
  const purpose = readPurpose(request.purpose)
  const found = await findVersion(context, request.version)
  const { version, dataset, rows, schema } = found
  await assertPurpose(context.metadata, { actor, purpose, action: 'dataset.exported' }, [version])
  await assertContent(context.blobs, found)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-export-'))
  try {
    const [only] = found.files
    const asImported = found.files.length === 1 && only.name.toLowerCase().endsWith(`.${format}`)
    const path = asImported ? context.blobs.path(only.digest) : join(folder, `rows.${format}`)
    if (!asImported) await write(context, found, path, format)
    const digest = asImported ? only.digest : null
    const { size: bytes } = await stat(path)
    const ledger = await context.metadata.record({ actor, action: 'dataset.exported', subject: `datasetVersion/${version}`, details: { dataset, version, rows, format, bytes, purpose } })
    yield { dataset, version, rows, schema, format, bytes, digest, ledger }
    yield* bytesOf(path, digest)
  } finally { await rm(folder, { recursive: true, force: true }) }
}

async function write(context: DataContext, version: DatasetVersion, path: string, format: ExportFormat): Promise<void> {
  await withSession(context.engine, session => session.run(`COPY (${datasetSql(version, context.blobs)}) TO ${literal(path)} (${format === 'csv' ? "FORMAT csv, HEADER true" : 'FORMAT parquet, COMPRESSION zstd'})`))
}

/** @throws SlipwayError `corrupt` at the end, when they were not what was imported. */
async function* bytesOf(path: string, digest: string | null): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    if (digest !== null) hash.update(chunk as Buffer)
    yield chunk as Buffer
  }
  if (digest !== null && hash.digest('hex') !== digest) throw new SlipwayError('corrupt', `The file ${digest} is not what was imported.`)
}
