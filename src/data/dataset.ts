// Dataset versions: immutable, content-addressed snapshots. No path and no time is part of their identity.
import { access, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { formatActor, type Actor } from '../core/actor.ts'
import type { DatasetDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Json } from '../core/canonical.ts'
import type { Engine, EngineSession } from '../core/ports/engine.ts'
import type { Column } from '../core/schema.ts'
import type { Table } from '../core/table.ts'
import type { Metadata } from '../metadata/index.ts'
import type { BlobStore, Body } from '../store/index.ts'
import { datasetSql, describeFiles, formatOf, type DatasetFormat } from './dataset-reader.ts'

/** What datasets and history work with. */
export interface DataContext { engine: Engine; blobs: BlobStore; metadata: Metadata; /** Without it a change of a head has no place in a journal. */ heads?: HeadPositions }

/** Where changes of dataset heads get their place in the journal's order. */
export interface HeadPositions {
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** A row for the change that follows; returns its position when it is durable. */
  place(dataset: string, version: string): Promise<number>
}

/** The body of document `datasetVersion/<sha256>`. */
export interface DatasetVersion {
  version: string
  /** The dataset that brought it first. */
  name: string
  format: DatasetFormat
  schema: Column[]
  files: { name: string; digest: string; bytes: number }[]
  rows: number
  /** Dataset versions that it was computed from. */
  parents: string[]
  createdBy: string
  /** How it came about, for derived versions: service, content digest, range, purpose. */
  derivation: { [key: string]: Json | undefined } | null
}

/** The identity of a version: SHA-256 of {schema, file digests in order, row count}. */
export function datasetVersionId(content: { schema: readonly Column[]; files: readonly { digest: string }[]; rows: number }): string {
  return digestOf({ schema: content.schema.map(({ name, type }) => ({ name, type })), files: content.files.map(f => f.digest), rows: content.rows })
}

/**
 * Takes a dataset's files into the home, as they are, and makes their version the head of the dataset. The same content again changes nothing.
 * @throws SlipwayError `invalid_definition` naming the file that is missing, of an unknown format or unreadable, or the column of a type that datasets do not have.
 */
export async function importDataset(context: DataContext, definition: DatasetDefinition, projectDir: string, actor: Actor): Promise<DatasetVersion & { changed: boolean }> {
  const where = `Dataset ${definition.name}`
  const formats = new Set(definition.files.map(file => {
    const format = formatOf(file)
    if (format === null) throw new SlipwayError('invalid_definition', `${where}: ${file} must be a .parquet, .csv, .tsv, .json, .ndjson or .jsonl file.`)
    return format
  }))
  if (formats.size !== 1) throw new SlipwayError('invalid_definition', `${where} must have at least one file, and all of one format.`)
  const [format] = formats
  const files: DatasetVersion['files'] = []
  for (const file of definition.files) {
    const path = resolve(projectDir, file)
    const found = await access(path).then(() => stat(path)).catch((cause: unknown) => { throw new SlipwayError('invalid_definition', `${where}: there is no readable file ${file} in ${projectDir}.`, { cause }) })
    if (!found.isFile()) throw new SlipwayError('invalid_definition', `${where}: ${file} is not a file.`)
    files.push({ name: basename(file), digest: await context.blobs.putFile(path), bytes: found.size })
  }
  const described = await withSession(context.engine, session => describeFiles(session, format, files.map(f => context.blobs.path(f.digest)), where))
  return publishVersion(context, { name: definition.name, format, ...described, files, parents: [], createdBy: formatActor(actor), derivation: null }, actor, 'dataset.imported')
}

/** Registers content that is already in the blob store, and moves the dataset's head to it, as one change. */
export async function publishVersion(context: DataContext, content: Omit<DatasetVersion, 'version'>, actor: Actor, action: string, details: { [key: string]: Json | undefined } = {}): Promise<DatasetVersion & { changed: boolean }> {
  const { metadata, heads } = context
  const version = datasetVersionId(content)
  const publish = async (): Promise<DatasetVersion & { changed: boolean }> => {
    const stored = await metadata.get<DatasetVersion>('datasetVersion', version)
    const head = await metadata.get<{ version: string }>('datasetHead', content.name)
    if (stored !== null && head?.body.version === version) return { ...stored.body, changed: false }
    const body: DatasetVersion = stored?.body ?? { version, ...content }
    const position = await heads?.place(content.name, version)
    await metadata.change({ actor, action, subject: `datasetVersion/${version}`, details: { name: content.name, rows: content.rows, previous: head?.body.version ?? null, ...(position === undefined ? {} : { position }), ...details } }, async tx => {
      if (stored === null) await tx.put('datasetVersion', version, body as unknown as Body)
      await tx.put('datasetHead', content.name, { version })
    })
    return { ...body, changed: true }
  }
  return heads === undefined ? publish() : heads.inTurn(publish)
}

/** @throws SlipwayError `not_found`. */
export async function getDatasetVersion(metadata: Metadata, version: string): Promise<DatasetVersion> {
  const found = await metadata.get<DatasetVersion>('datasetVersion', version)
  if (found === null) throw new SlipwayError('not_found', `There is no dataset version ${version}.`)
  return found.body
}

/** The version that a dataset stands at. @throws SlipwayError `not_found` when none was imported. */
export async function getDatasetHead(metadata: Metadata, name: string): Promise<DatasetVersion> {
  const head = await metadata.get<{ version: string }>('datasetHead', name)
  if (head === null) throw new SlipwayError('not_found', `Dataset ${name} has no version yet; \`slipway apply\` imports its files.`)
  return getDatasetVersion(metadata, head.body.version)
}

/** The rows of a version, in the order of its files. @throws SlipwayError `not_found`, or `corrupt` when its bytes are gone. */
export async function loadDataset(context: DataContext, version: string): Promise<Table> {
  const content = await getDatasetVersion(context.metadata, version)
  await assertContent(context.blobs, content)
  return withSession(context.engine, session => session.query(datasetSql(content, context.blobs)))
}

/** @throws SlipwayError `corrupt` when a file of the version is not in the blob store. */
export async function assertContent(blobs: BlobStore, content: DatasetVersion): Promise<void> {
  for (const file of content.files) if (!await blobs.has(file.digest)) throw new SlipwayError('corrupt', `Dataset version ${content.version} lacks its file ${file.name} (${file.digest}).`)
}

export async function withSession<T>(engine: Engine, work: (session: EngineSession) => Promise<T>): Promise<T> {
  const session = await engine.connect()
  try { return await work(session) } finally { await session.close() }
}
