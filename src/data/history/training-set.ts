import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatActor } from '../../core/actor.ts'
import type { FeatureContent } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { HistoryMode, TrainingSet, TrainingSetRequest } from '../../core/ports/features.ts'
import type { Column } from '../../core/schema.ts'
import { compileService, type CompiledService } from '../compiled-service.ts'
import { assertContent, getDatasetHead, publishVersion, withSession, type DataContext, type DatasetVersion } from '../dataset.ts'
import { openOnDemand, type OnDemandRunner } from '../on-demand/on-demand.ts'
import { assertPurpose } from '../reads/purpose.ts'
import { identifier, literal, SQL_TYPE } from '../sql.ts'
import { createEarlier, findEarlier, keptSql, setAside, type Derivation } from './earlier-set.ts'
import { createExamples } from './examples.ts'
import { columnSql, createFeatures } from './features.ts'
import type { HistoryContext } from './source-rows.ts'

/**
 * Computes a point-in-time training set and keeps it as a dataset version: the same request on the same data gives the same bytes. Reads the heads of the
 * datasets. Rows without a label known by `labelsKnownBy` are left out unless `keepUnlabelled`. Rows that the set of the same name, or `reuse`, has already are
 * taken from there: the bytes are the same. The ledger gets `trainingset.created` each time.
 * @throws SlipwayError `invalid_definition`, `invalid_request` or `value_out_of_range`, naming what is wrong where; `purpose_forbidden`.
 */
export async function createTrainingSet(context: HistoryContext, content: FeatureContent, request: TrainingSetRequest & { keepUnlabelled?: boolean }): Promise<TrainingSet> {
  const service = compileService(content)
  if (request.to <= request.from) throw new SlipwayError('invalid_request', 'A training set needs a range of prediction times: "to" must be after "from".')
  const mode: string = request.mode ?? request.examples.mode ?? 'knownAt'
  if (!isHistoryMode(mode)) throw new SlipwayError('invalid_request', `The mode of a training set is knownAt or eventTime, and not ${JSON.stringify(mode)}.`, { faults: [{ path: 'mode', message: 'must be knownAt or eventTime' }] })
  const onDemand = openOnDemand(service, await loadBundle(context, content))
  const examples = await getDatasetHead(context.metadata, request.examples.dataset)
  const versions = new Map<string, DatasetVersion>()
  for (const source of content.sources) versions.set(source.name, await getDatasetHead(context.metadata, source.dataset))
  const parents = [...new Set([examples, ...versions.values()].map(v => v.version))]
  await assertPurpose(context.metadata, { actor: request.actor, purpose: request.purpose, action: 'trainingset.created' }, parents)
  for (const version of [examples, ...versions.values()]) await assertContent(context.blobs, version)
  const { from, to, labelsKnownBy = to, keepUnlabelled } = request
  const derivation: Derivation = {
    service: content.service.name, contentDigest: service.digest, examples: request.examples, mode,
    from, to, labelsKnownBy, sources: Object.fromEntries([...versions].map(([name, v]) => [name, v.version])), ...(keepUnlabelled === true ? { keepUnlabelled } : {}),
  }
  const head = await context.metadata.get<{ version: string }>('datasetHead', request.name)
  const earlier = keepUnlabelled === true ? null : await findEarlier(context, { derivation, parents }, [request.reuse, head?.body.version])
  const { file, rows, taken } = await withSession(context.engine, async session => {
    const known = earlier !== null && await createEarlier(session, context, service, examples, earlier) ? earlier : null
    const rows = await createExamples(session, service, request.examples, examples, context.blobs, { from, to, labelsKnownBy, keepUnlabelled })
    const left = known === null ? { rows, from, to } : await setAside(session)
    const computed = await createFeatures(session, context, { service, versions, onDemand, range: left, mode })
    return { rows, taken: known === null ? 0 : rows - left.rows, file: await writeParquet(context, session, trainingSetSql(context, service, computed, known)) }
  })
  const body = { name: request.name, format: 'parquet' as const, schema: trainingSetSchema(service), files: [{ name: `${request.name}.parquet`, ...file }], rows, parents, createdBy: formatActor(request.actor), derivation: derivation as unknown as DatasetVersion['derivation'] }
  const details = { purpose: request.purpose, service: content.service.name, contentDigest: service.digest, mode, from, to, labelsKnownBy, parents, ...(taken > 0 ? { reused: { version: earlier?.version, rows: taken } } : {}) }
  const { version, changed } = await publishVersion(context, body, request.actor, 'trainingset.created', details)
  if (!changed) await context.metadata.record({ actor: request.actor, action: 'trainingset.created', subject: `datasetVersion/${version}`, details: { name: request.name, rows, ...details } })
  return { version, rows, content, contentDigest: service.digest, parents }
}

/** The code of a content's on-demand functions; null where it has none. */
export async function loadBundle(context: Pick<DataContext, 'blobs'>, content: FeatureContent): Promise<string | null> {
  return content.onDemandDigest === null ? null : new TextDecoder().decode(await context.blobs.get(content.onDemandDigest))
}

/** The on-demand functions of a service, from its blob. */
export async function loadRunner(context: Pick<DataContext, 'blobs'>, service: CompiledService): Promise<OnDemandRunner> {
  return openOnDemand(service, await loadBundle(context, service.content))
}

function isHistoryMode(mode: string): mode is HistoryMode { return mode === 'knownAt' || mode === 'eventTime' }

function trainingSetSchema(service: CompiledService): Column[] {
  const { entities } = service.content
  return [
    { name: 'time', type: 'timestamp' },
    ...service.content.service.entities.map(name => ({ name: `entity.${name}`, type: entities.find(e => e.name === name)?.type ?? 'string' as const })),
    { name: 'label', type: 'boolean' },
    ...service.outputs.map(({ name, type }) => ({ name, type })),
  ]
}

/** @param from of `createFeatures` */
function trainingSetSql(context: DataContext, service: CompiledService, from: string, known: DatasetVersion | null): string {
  const schema = trainingSetSchema(service)
  const columns = ['make_timestamptz(t)', ...service.content.service.entities.map((_, i) => `e${i}`), 'label', ...service.outputs.map(columnSql)]
  const computed = `${columns.map((c, i) => `CAST(${c} AS ${SQL_TYPE[schema[i].type]}) AS ${identifier(schema[i].name)}`).join(', ')} FROM ${from}`
  if (known === null) return `SELECT ${computed}`
  const names = schema.map(c => c.name)
  return `SELECT ${names.map(identifier).join(', ')} FROM (SELECT x.n, ${computed} UNION ALL ${keptSql(context, known, names)}) ORDER BY n`
}

async function writeParquet(context: DataContext, session: EngineSession, sql: string): Promise<{ digest: string; bytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-training-set-'))
  try {
    const path = join(folder, 'rows.parquet')
    await session.run(`COPY (${sql}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`)
    return { digest: await context.blobs.putFile(path), bytes: (await stat(path)).size }
  } finally { await rm(folder, { recursive: true, force: true }) }
}
