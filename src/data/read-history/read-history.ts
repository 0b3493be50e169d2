// Historical features for entity rows that somebody brings: each row as it came, and beside it what its features were at its time.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor } from '../../core/actor.ts'
import type { FeatureContent } from '../../core/definition.ts'
import { SlipwayError, type Fault } from '../../core/errors.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode } from '../../core/ports/features.ts'
import { tableRows, type Table } from '../../core/table.ts'
import { compileService, contentDigest as digestOfContent, type CompiledService } from '../compiled-service.ts'
import { assertContent, getDatasetHead, withSession, type DatasetVersion } from '../dataset.ts'
import { columnSql, createFeatures, putInOrder } from '../history/features.ts'
import type { HistoryContext } from '../history/source-rows.ts'
import { loadRunner } from '../history/training-set.ts'
import { assertPurpose, readPurpose } from '../reads/purpose.ts'
import { columnTypeOf, identifier, literal, pathLiteral, SQL_TYPE } from '../sql.ts'
import { eventTimeColumns, withEventTimes } from './event-times.ts'
import { createGiven, type GivenRows } from './given-rows.ts'
import { castWanted, wantedColumns, type GivenColumn, type WantedColumn } from './wanted-columns.ts'

export interface HistoryRequest {
  rows: GivenRows
  /** A registered service, or `view.feature` names. */
  features: string | readonly string[]
  /** Which column has the time as of which features are read; default `event_timestamp`. */
  timestamp?: string
  mode?: HistoryMode
  /** With the event time and the age of each value of a view. */
  origins?: boolean
  /** `parquet`: the bytes of a file; `tables`: rows, so many at a time. */
  format: 'parquet' | 'tables'
  actor: Actor
  /** Needed. */
  purpose?: string
}

export interface HistoryFacts {
  rows: number
  /** The given columns in their order, then the features. */
  columns: string[]
  mode: HistoryMode
  /** Of the feature definitions that were computed. */
  contentDigest: string
  /** The dataset version of each source. */
  sources: { [source: string]: string }
  /** Of the answer as Parquet, SHA-256. */
  bytes: number
  digest: string
  ledger: number
}

const TIMESTAMP = 'event_timestamp'
const PART = 50_000
const CHUNK = 256 << 10

/**
 * First what it is, then its rows. As many rows as came, in their order, with their columns as they were; then a column for each feature of a view, by its full
 * name `view.feature`, and for each on-demand function. A row without a time, or with a key that is missing, keeps its place, its features as of a key without
 * rows. With `origins`, a column `view.feature__event_time` and one `view.feature__age` (seconds, at the row's time) for each feature of a view whose source has
 * event times: of the newest row that made the value; null where none did. Recorded as `features.read` before the first byte is given out.
 * @param content of `features`
 * @throws SlipwayError `invalid_request`, `missing_entity`, `missing_request_field`, `wrong_type`, `value_out_of_range`; `purpose_forbidden`; `not_found` for a
 *   dataset that was never imported.
 */
export async function* readHistory(context: HistoryContext, content: FeatureContent, request: HistoryRequest): AsyncGenerator<HistoryFacts | Uint8Array | Table> {
  const { actor, format, mode = 'knownAt', timestamp = TIMESTAMP } = request
  if (mode !== 'knownAt' && mode !== 'eventTime') throw new SlipwayError('invalid_request', `mode must be knownAt or eventTime, and is ${JSON.stringify(mode)}.`, { faults: [{ path: 'mode', message: 'must be knownAt or eventTime' }] })
  const purpose = readPurpose(request.purpose)
  const service = compileService(request.origins === true ? withEventTimes(content) : content)
  const contentDigest = digestOfContent(content)
  const versions = new Map<string, DatasetVersion>()
  for (const source of content.sources) versions.set(source.name, await getDatasetHead(context.metadata, source.dataset))
  const sources = Object.fromEntries([...versions].map(([name, v]) => [name, v.version]))
  await assertPurpose(context.metadata, { actor, purpose, action: 'features.read' }, Object.values(sources))
  for (const version of versions.values()) await assertContent(context.blobs, version)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-history-'))
  try {
    const file = join(folder, 'answer.parquet')
    const { rows, columns, names } = await withSession(context.engine, async session => {
      const wanted = wantedColumns(service, timestamp)
      const given = await createGiven(session, request.rows, wanted, async bytes => { const path = join(folder, 'given.parquet'); await writeFile(path, bytes); return path })
      const features = featureColumns(service, content.outputs.map(o => o.name), given)
      if (format === 'tables') assertTypes(given)
      const range = await createAsked(session, service, wanted, await castWanted(session, wanted, given))
      await putInOrder(session, 'given')
      const from = await createFeatures(session, context, { service, versions, onDemand: await loadRunner(context, service), range, mode })
      const selected = [...given.map(g => `${g.sql} AS ${identifier(g.name)}`), ...features.map(f => `CAST(${f.sql} AS ${f.type}) AS ${identifier(f.name)}`)]
      await session.run(`COPY (SELECT ${selected.join(', ')} FROM ${from} POSITIONAL JOIN given) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`)
      return { rows: range.rows, columns: [...given, ...features].map(c => c.name), names: features.map(f => f.name) }
    })
    const [{ size: bytes }, digest] = [await stat(file), await digestOfFile(file)]
    const details = { purpose, mode, ...(request.origins === true ? { origins: true } : {}), rows, features: names, contentDigest, sources, bytes, digest }
    const ledger = await context.metadata.record({ actor, action: 'features.read', subject: typeof request.features === 'string' ? `service/${request.features}` : 'features/list', details })
    yield { rows, columns, mode, contentDigest, sources, bytes, digest, ledger }
    if (format === 'parquet') for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) yield chunk as Buffer
    else yield* tablesOf(context, file, rows)
  } finally { await rm(folder, { recursive: true, force: true }) }
}

/** What is computed, by its name in the answer; request features are among the given columns. */
function featureColumns(service: CompiledService, outputs: readonly string[], given: readonly GivenColumn[]): { name: string; sql: string; type: string }[] {
  const wanted = new Set(outputs)
  const features = [...service.outputs.filter(o => o.from !== 'request' && wanted.has(o.name)).map(o => ({ name: o.name, sql: columnSql(o), type: SQL_TYPE[o.type] })), ...eventTimeColumns(service, outputs)]
  const faults = features.flatMap((f): Fault[] => (given.some(g => g.name.toLowerCase() === f.name.toLowerCase()) ? [{ path: f.name, message: 'is a column of the rows already, and the name of a feature that is asked for' }] : []))
  if (faults.length > 0) throw new SlipwayError('invalid_request', `${faults.map(f => `${f.path} ${f.message}`).join('; ')}.`, { faults, remedy: 'Rename or leave out the columns of the rows.' })
  return features
}

function assertTypes(given: readonly GivenColumn[]): void {
  const faults = given.flatMap((g): Fault[] => (columnTypeOf(g.type) === null ? [{ path: g.name, message: `has the type ${g.type}` }] : []))
  if (faults.length > 0) throw new SlipwayError('wrong_type', `Only an answer as Parquet can carry every column back: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}.`, { faults, remedy: 'Ask for application/vnd.apache.parquet, or leave the columns out.' })
}

/** Creates `examples` of the given rows. Where the time is missing so are the keys: no row of a source counts. */
async function createAsked(session: EngineSession, service: CompiledService, wanted: readonly WantedColumn[], casts: readonly (string | null)[]): Promise<{ rows: number; from: number; to: number }> {
  const castOf = (role: WantedColumn['role'], name: string): string | null => casts[wanted.findIndex(w => w.role === role && (role === 'key' ? w.entity : w.name) === name)] ?? null
  const time = `epoch_us(${casts[0]})`
  const [{ rows, first, last }] = tableRows(await session.query(`SELECT count(*) AS rows, min(${time}) AS first, max(${time}) AS last FROM given`))
  const range = { rows: Number(rows), from: Number(first ?? 0), to: Number(last ?? 0) + 1 }
  const entities = service.content.service.entities.map((name, i) => {
    const cast = castOf('key', name)
    return cast === null ? `CAST(NULL AS VARCHAR) AS e${i}` : `CASE WHEN ${time} IS NOT NULL THEN ${cast} END AS e${i}`
  })
  const request = service.request.map((r, i) => `${castOf('request', r.name) ?? `CAST(NULL AS ${SQL_TYPE[r.type]})`} AS r${i}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE examples AS SELECT ${['n', `coalesce(${time}, ${range.from}) AS t`, ...entities, ...request].join(', ')} FROM given ORDER BY n`)
  return range
}

async function* tablesOf(context: HistoryContext, file: string, rows: number): AsyncGenerator<Table> {
  const session = await context.engine.connect()
  try {
    // One without rows too: it tells the types.
    for (let from = 0; from === 0 || from < rows; from += PART) {
      yield await session.query(`SELECT * FROM read_parquet(${pathLiteral(file)}) WHERE file_row_number >= ${from} AND file_row_number < ${from + PART} ORDER BY file_row_number`)
    }
  } finally { await session.close() }
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
