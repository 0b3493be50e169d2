// Candidate features for a sample of a service's examples, by the same set-based computation as any training set: a few queries for each chunk of the grid.
import type { AggregateView, EntityDefinition, FeatureContent, SourceDefinition, ViewDefinition } from '../../core/definition.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { EngineSession } from '../../core/ports/engine.ts'
import type { Exploration, ExplorationRequest, ExploredCandidate } from '../../core/ports/exploration.ts'
import type { Column } from '../../core/schema.ts'
import { toFloats, type ColumnData, type Table } from '../../core/table.ts'
import { formatTime, type Micros } from '../../core/time.ts'
import { compileService, contentDigest, type CompiledService } from '../compiled-service.ts'
import { assertContent, getDatasetHead, withSession, type DataContext, type DatasetVersion } from '../dataset.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { columnSql, createFeatures } from '../history/features.ts'
import { createExamples } from '../history/examples.ts'
import type { HistoryContext } from '../history/source-rows.ts'
import { loadRunner } from '../history/training-set.ts'
import { assertPurpose } from '../reads/purpose.ts'
import { openOnDemand } from '../on-demand/on-demand.ts'
import { identifier, SQL_TYPE } from '../sql.ts'
import { findCategories } from './categories.ts'
import { readGridWish } from './exploration-request.ts'
import { makeGrid, valueColumns, type GridCandidate } from './grid.ts'
import { knownFeatures } from './known-features.ts'
import { Pruning } from './pruning.ts'
import { findRelations, type FoundRelation } from './relations.ts'
import { sampleEvenly } from './sampling.ts'

/** Features of a view that are computed at once: what bounds the memory that is not the result. */
const CHUNK = 96

/** Where no `from` is given, this share of the examples goes by first: windows fill, and categories are found in it. */
const FIRST_SHARE = 0.1

interface Definitions { entities: readonly EntityDefinition[]; sources: readonly SourceDefinition[]; views: readonly ViewDefinition[] }

/**
 * Computes the grid for a sample of the labelled examples and drops what is useless at sight. Nothing is kept; the ledger gets `features.explored`.
 * The same request on the same data gives the same answer.
 * @throws SlipwayError `invalid_request` for a wish that cannot be met, or a range without labelled examples; `value_out_of_range`.
 */
export async function exploreFeatures(context: HistoryContext, definitions: Definitions, content: FeatureContent, request: ExplorationRequest): Promise<Exploration> {
  const { windows, aggregates } = readGridWish(request)
  const relations = findRelations(content, definitions, request)
  const service = compileService(content)
  const examples = await getDatasetHead(context.metadata, request.examples.dataset)
  const versions = new Map<string, DatasetVersion>()
  for (const source of new Set([...content.sources, ...relations.map(r => r.source)])) if (!versions.has(source.name)) versions.set(source.name, await getDatasetHead(context.metadata, source.dataset))
  const parents = [...new Set([examples, ...versions.values()].map(v => v.version))]
  await assertPurpose(context.metadata, { actor: request.actor, purpose: request.purpose, action: 'features.explored' }, parents)
  for (const version of [examples, ...versions.values()]) await assertContent(context.blobs, version)

  return withSession(context.engine, async session => {
    const sampled = await createSample(session, context, service, examples, request)
    const { categories, notes } = await categoriesOf(session, context, relations, versions, aggregates.includes('share') ? sampled.from : null)
    const { grid, leftOut } = makeGrid(relations, request.most, {
      aggregates, windows, views: definitions.views.map(v => v.name), keys: new Set(definitions.entities.map(e => e.key)),
      categoriesOf: (source, column) => categories.get(source)?.get(column) ?? [],
    })
    const { candidates, ...computed } = await computeGrid({ session, context, definitions, service, versions, request, rows: sampled.rows }, grid)
    const dropped = new Set(candidates.filter(c => c.dropped !== null).map(c => c.name))
    const details = {
      purpose: request.purpose, service: content.service.name, contentDigest: contentDigest(content), from: sampled.from, to: sampled.to, labelsKnownBy: request.labelsKnownBy,
      examples: sampled.examples, rows: sampled.rows, seed: request.seed, candidates: candidates.length, kept: candidates.length - dropped.size, leftOut, parents,
    }
    await context.metadata.record({ actor: request.actor, action: 'features.explored', subject: `service/${content.service.name}`, details })
    return { content, candidates, views: viewsOf(grid.filter(c => !dropped.has(nameOf(c)))), leftOut, notes, parents, ...computed, ...sampled.range }
  })
}

/** Creates the temporary table `sampled`, like `examples` of the labelled examples but for the numbers. */
async function createSample(session: EngineSession, { blobs }: DataContext, service: CompiledService, version: DatasetVersion, request: ExplorationRequest): Promise<{ rows: number; examples: number; from: Micros; to: Micros; range: { examples: number; from: Micros; to: Micros } }> {
  const { from, to = Number.MAX_SAFE_INTEGER, labelsKnownBy } = request
  const all = await createExamples(session, service, request.examples, version, blobs, { from: from ?? Number.MIN_SAFE_INTEGER, to, labelsKnownBy, labelTimes: true })
  const first = from === undefined ? Math.floor(all * FIRST_SHARE) : 0
  const examples = all - first
  if (examples < 1) {
    const range = `${from === undefined ? '' : ` from ${formatTime(from)}`}${request.to === undefined ? '' : ` to ${formatTime(request.to)}`}`
    throw new SlipwayError('invalid_request', `Dataset ${request.examples.dataset} has no examples${range} with labels known by ${formatTime(labelsKnownBy)}.`, { remedy: 'Choose a range in which labels are known.' })
  }
  const chosen = sampleEvenly(examples, request.rows, request.seed)
  await session.load('chosen', { rows: chosen.length, schema: [{ name: 'n', type: 'float64' }], columns: [{ type: 'float64', values: chosen.map(n => n + first) }] })
  await session.run(`CREATE OR REPLACE TEMP TABLE sampled AS SELECT row_number() OVER (ORDER BY n) - 1 AS n, * EXCLUDE (n) FROM examples WHERE n IN (SELECT CAST(n AS BIGINT) FROM chosen) ORDER BY n; DROP TABLE chosen; DROP TABLE examples`)
  const times = await session.query('SELECT CAST(min(t) AS BIGINT) AS first, CAST(max(t) AS BIGINT) AS last FROM sampled')
  const [start, end] = times.columns.map(c => Number(c.values[0]))
  const range = { examples, from: from ?? start, to: request.to ?? end + 1 }
  return { rows: chosen.length, ...range, range }
}

/** By source and column; `before` null: none are wanted. */
async function categoriesOf(session: EngineSession, context: HistoryContext, relations: readonly FoundRelation[], versions: ReadonlyMap<string, DatasetVersion>, before: Micros | null): Promise<{ categories: Map<string, Map<string, string[]>>; notes: string[] }> {
  const categories = new Map<string, Map<string, string[]>>()
  const notes: string[] = []
  if (before === null) return { categories, notes }
  for (const source of new Set(relations.map(r => r.source))) {
    const texts = [...new Set(relations.filter(r => r.source === source).flatMap(r => valueColumns(source, r.entities)))].filter(c => c.type === 'string').map(c => c.name)
    const found = await findCategories(session, context, source, texts, required(versions, source.name), before)
    categories.set(source.name, found)
    const none = texts.filter(name => found.get(name)?.length === 0)
    if (none.length > 0) notes.push(`No shares of ${none.join(', ')} of ${source.name}: nothing frequent was known before ${formatTime(before)}.`)
  }
  return { categories, notes }
}

interface Bench { session: EngineSession; context: HistoryContext; definitions: Definitions; service: CompiledService; versions: ReadonlyMap<string, DatasetVersion>; request: ExplorationRequest; rows: number }

async function computeGrid(bench: Bench, grid: readonly GridCandidate[]): Promise<Pick<Exploration, 'table' | 'times' | 'labelsKnown' | 'labels' | 'candidates'>> {
  const { context, request, rows, service } = bench
  const early = Math.max(1, Math.floor(rows * request.early))
  const existing = service.outputs.map(({ name, type }) => ({ name, type }))
  const { columns: [times, labelsKnown, labels, ...base] } = await computeColumns(bench, service, await loadRunner(context, service), ['make_timestamptz(t)', 'make_timestamptz(label_known)', 'label', ...service.outputs.map(columnSql)], [
    { name: 'time', type: 'timestamp' }, { name: 'labelKnown', type: 'timestamp' }, { name: 'label', type: 'boolean' }, ...existing,
  ])
  const pruning = new Pruning()
  service.outputs.forEach(({ name, type }, i) => { if (type !== 'string') pruning.keep(name, earlyFloats(base[i], early)) })
  const isKnown = knownFeatures(service.content)
  const known = new Map(grid.map(c => [c, isKnown(c)]))
  const wanted = grid.filter(c => known.get(c) === undefined)
  const verdicts = new Map<GridCandidate, ExploredCandidate['dropped']>()
  const schema: Column[] = [...existing]
  const columns = [...base]
  for (const chunk of chunksOf(wanted)) {
    request.signal?.throwIfAborted()
    request.onProgress?.({ done: verdicts.size, of: wanted.length })
    const table = await computeChunk(bench, chunk)
    chunk.forEach((candidate, i) => {
      const verdict = pruning.judge(nameOf(candidate), earlyFloats(table.columns[i], early))
      verdicts.set(candidate, verdict)
      if (verdict !== null) return
      schema.push(table.schema[i])
      columns.push(table.columns[i])
    })
  }
  request.onProgress?.({ done: verdicts.size, of: wanted.length })
  const candidates = grid.map((c): ExploredCandidate => {
    const name = known.get(c)
    return { name: nameOf(c), text: c.text, dropped: name === undefined ? verdicts.get(c) ?? null : { reason: 'known', detail: `the service reads it as ${name}` } }
  })
  return { table: { rows, schema, columns }, times: times.values as Float64Array, labelsKnown: labelsKnown.values as Float64Array, labels: labels.values as Uint8Array, candidates }
}

/** In the order of the grid; of one view each, whose features share their windows' rows. */
function chunksOf(wanted: readonly GridCandidate[]): GridCandidate[][] {
  const chunks: GridCandidate[][] = []
  for (const candidate of wanted) {
    const last = chunks.at(-1)
    if (last !== undefined && last.length < CHUNK && last[0].view === candidate.view) last.push(candidate)
    else chunks.push([candidate])
  }
  return chunks
}

/** One column a candidate, from a service of these features alone: its examples are those of the service itself. */
async function computeChunk(bench: Bench, chunk: readonly GridCandidate[]): Promise<Table> {
  const { definitions, service } = bench
  const names = chunk.map(nameOf)
  const content = buildFeatureContent({ name: 'candidates', entities: service.content.service.entities, request: [], features: names }, { ...definitions, views: viewsOf(chunk) }, null)
  const candidates = compileService(content)
  return computeColumns(bench, candidates, openOnDemand(candidates, null), candidates.outputs.map(columnSql), candidates.outputs.map(({ name, type }) => ({ name, type })))
}

async function computeColumns({ session, versions, context, request }: Bench, service: CompiledService, onDemand: ReturnType<typeof openOnDemand>, sql: readonly string[], schema: readonly Column[]): Promise<Table> {
  // What one computation adds to the examples is not there in the next.
  await session.run('CREATE OR REPLACE TEMP TABLE examples AS SELECT * FROM sampled')
  const range = await session.query('SELECT min(t) AS first, max(t) + 1 AS last FROM examples')
  const [from, to] = range.columns.map(c => Number(c.values[0]))
  const computed = await createFeatures(session, context, { service, versions, onDemand, range: { from, to }, mode: request.examples.mode ?? 'knownAt' })
  return session.query(`SELECT ${sql.map((c, i) => `CAST(${c} AS ${SQL_TYPE[schema[i].type]}) AS ${identifier(schema[i].name)}`).join(', ')} FROM ${computed}`)
}

function earlyFloats(column: ColumnData, early: number): Float64Array { return toFloats(column).subarray(0, early) }

function viewsOf(candidates: readonly GridCandidate[]): AggregateView[] {
  const views = new Map<string, AggregateView>()
  for (const { view, relation: { source, entities }, feature } of candidates) {
    const found = views.get(view) ?? { name: view, kind: 'aggregate', entity: entities.length === 1 ? entities[0].name : entities.map(e => e.name), source: source.name, features: [] }
    found.features.push(feature)
    views.set(view, found)
  }
  return [...views.values()]
}

function nameOf({ view, feature }: GridCandidate): string { return `${view}.${feature.name}` }

function required(versions: ReadonlyMap<string, DatasetVersion>, source: string): DatasetVersion {
  const found = versions.get(source)
  if (found === undefined) throw new RangeError(`no dataset version for source ${source}`)
  return found
}
