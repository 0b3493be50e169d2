// The data component: datasets, history, and online features that agree with it to the bit.
import { join } from 'node:path'
import { type Actor, localActor } from '../core/actor.ts'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config.ts'
import type { DatasetDefinition, FeatureContent } from '../core/definition.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Engine } from '../core/ports/engine.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { StateBackend } from '../core/ports/state-backend.ts'
import { coerceValue } from '../core/schema.ts'
import type { Table } from '../core/table.ts'
import { formatDuration, parseDuration, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import type { BlobStore, LocalJournal, SegmentedJournal } from '../store/index.ts'
import { compileService, contentDigest } from './compiled-service.ts'
import { getDatasetHead, getDatasetVersion, importDataset, loadDataset, type DatasetVersion } from './dataset.ts'
import { exploreFeatures } from './exploration/explore.ts'
import { checkFeatures, type FeatureCheck } from './history/check.ts'
import { FactFolder } from './history/fact-folder.ts'
import { collectRows } from './history/journal-rows.ts'
import { createTrainingSet, loadRunner } from './history/training-set.ts'
import { readValueHistory, type ValueHistory, type ValueHistoryRequest } from './history/value-history.ts'
import { showTime } from './online/event-acceptor.ts'
import { FUTURE_TOLERANCE } from './online/event-state.ts'
import { OnlineStore, type SourceStatus } from './online/online-store.ts'
import { openKeeper } from './online/open-keeper.ts'
import type { KeeperStatus } from './online/state-keeper.ts'
import { addNeeds, type Needs } from './online/state-spec.ts'
import { profileDataset, type DatasetProfile } from './profile/profile.ts'
import { checkProject } from './project-check.ts'
import { readHistory, type HistoryFacts, type HistoryRequest } from './read-history/read-history.ts'
import { compareVersions, type CompareRequest, type VersionDifference } from './reads/compare-versions.ts'
import { exportDataset, type ExportFacts, type ExportRequest } from './reads/export.ts'
import { listVersions, type VersionFacts } from './reads/versions.ts'
import { RegisteredFeatures } from './registered-features.ts'
import { readDataLog, type DataLog, type DataLogQuery } from './undo/data-log.ts'
import { HeadOrder } from './undo/heads.ts'
import { finishUndos, undoData, type UndoChange, type UndoRequest } from './undo/undo.ts'

export interface FeatureStoreOptions {
  metadata: Metadata
  journal: LocalJournal & Partial<Pick<SegmentedJournal, 'onLost'>>
  blobs: BlobStore
  engine: Engine
  clock: Clock
  config: { features: Pick<Config['features'], 'lateness'> }
  /** The home's folder. */
  home: string
  /** Opens the place where online state is kept. */
  openState(): Promise<StateBackend>
  log: Log
}

export interface MaterializeRequest {
  /** A source, or a view for the source that it reads. */
  source: string
  /** Default: the head of the source's dataset. */
  datasetVersion?: string
  /** The last event time that is taken; default: now. A static source takes all rows. */
  upTo?: Micros
  actor?: Actor
}

export interface Materialization { source: string; datasetVersion: string; upTo: Micros; /** The journal position from which on the rows count. */ sequence: number; rows: number; ledger: number }

/** The data component. */
export interface FeatureStore extends FeaturePort {
  /** Makes rows of a dataset version part of online state. `not_found`, `invalid_request`, `event_time_out_of_range` (`upTo` ahead of the clock). */
  materialize(request: MaterializeRequest): Promise<Materialization>
  /** Takes a dataset's files, relative to `projectDir`, into the home as an immutable version. */
  importDataset(definition: DatasetDefinition, projectDir: string, actor: Actor): Promise<DatasetVersion & { changed: boolean }>
  /**
   * Online state and dataset heads go back to a position of the journal; reads are then what they were there. Reads go on meanwhile, pushes come after it.
   * `invalid_request` for a position that there is not, `not_found` for a source or dataset.
   */
  undo(request: UndoRequest): Promise<UndoChange>
  /** Pushes in stretches, materializations, imports and undos with their positions, the newest first: where an undo may go back to. */
  dataLog(query?: DataLogQuery): Promise<DataLog>
  /** The versions of a dataset, the newest first. `not_found`. */
  datasetVersions(dataset: string): Promise<VersionFacts[]>
  /** What differs between two dataset versions. Recorded as `dataset.compared`. `not_found`, `purpose_forbidden`. */
  compareVersions(request: CompareRequest): Promise<VersionDifference>
  /** A dataset version as a file: first what it is, then its bytes. Recorded as `dataset.exported`. `not_found`, `invalid_request`, `purpose_forbidden`. */
  exportDataset(request: ExportRequest): AsyncIterable<ExportFacts | Uint8Array>
  /**
   * Historical features for rows of keys and times that somebody brings: first what it is, then the rows as they came with their features beside them, as
   * Parquet or as tables. Recorded as `features.read`.
   */
  readHistory(request: HistoryRequest): AsyncIterable<HistoryFacts | Uint8Array | Table>
  /** Recomputes the features of logged predictions from history, as of their positions, and compares bits. */
  checkFeatures(content: FeatureContent, predictions: Table): Promise<FeatureCheck>
  /** The same for predictions as the journal has them: of these streams, with sequences in [from, to]. */
  checkLogged(content: FeatureContent, range: { streams: string[]; from?: number; to?: number }): Promise<FeatureCheck>
  /** What the columns of a dataset version hold (default: all of them). `not_found`. */
  profile(version: string, columns?: readonly string[]): Promise<DatasetProfile>
  /** How the features of one entity went, as of now: a feature's value at each of many times, and the rows behind it. */
  valueHistory(features: readonly string[], request: ValueHistoryRequest): Promise<ValueHistory>
  /** Every fault of a project, none when it can be applied. */
  checkProject(project: unknown): Fault[]
  /** What online state holds. */
  status(): Promise<{ lateness: Micros; sources: SourceStatus[]; kept: KeeperStatus }>
  /** Saves online state. Journal and metadata belong to the caller, who closes them after. */
  close(): Promise<void>
}

/**
 * Opens the data component: online state is restored from where it is kept and the journal.
 * @throws SlipwayError `invalid_config` when features.lateness is no duration; `unreachable` when the place where online state is kept cannot be reached.
 * @example
 * const features = await openFeatureStore({ metadata, journal, blobs, engine, clock: systemClock, config, home: '.slipway', openState, log })
 * const { digest } = await features.prepare((await features.describe('departure')).content)
 * const { vectors } = await features.read(digest, [{ entities: { origin: 'JFK' }, request: { distance: 944 }, at: systemClock.now() }])
 */
export async function openFeatureStore(options: FeatureStoreOptions): Promise<FeatureStore> {
  const { metadata, journal, blobs, engine, clock, config, home, openState, log } = options
  const lateness = parseDuration(config.features.lateness)
  if (lateness === null || lateness < 0) {
    throw new SlipwayError('invalid_config', `features.lateness must be a duration such as '24h', and is '${config.features.lateness}'.`, { faults: [{ path: 'features.lateness', message: 'must be a duration' }] })
  }
  const keeper = await openKeeper(join(home, 'state'), openState, log)
  const context = { metadata, blobs, engine, journal, clock, log, lateness, keeper, facts: new FactFolder(join(home, 'state', 'facts'), log), heads: new HeadOrder(journal) }
  const online = new OnlineStore(context)
  const registered = new RegisteredFeatures(metadata)
  const undoContext = { ...context, registered }
  try {
    await online.restore(await registeredNeeds(registered, log))
    await finishUndos(undoContext, online.undos)
  } catch (error) { await keeper.close(); throw error }
  const save = (): Promise<void> => online.save().catch((error: unknown) => {
    const known = error instanceof SlipwayError ? { code: error.code, reason: error.message, remedy: error.remedy } : { error }
    log.warn('Online state was not saved; the journal still has all of it.', { backend: keeper.backend, ...known })
  })
  const unsubscribe = [metadata.onSeal(save), journal.onLost?.(() => online.rebuild()) ?? ((): void => {})]
  const describe = async (asked: string | readonly string[]): Promise<FeatureContent> => {
    const definitions = await registered.current()
    return typeof asked === 'string' ? registered.service(definitions, asked) : registered.features(definitions, asked)
  }

  return {
    async describe(service) {
      const content = await describe(service)
      return { content, digest: contentDigest(content) }
    },
    async createTrainingSet(request) {
      return createTrainingSet(context, request.content ?? await describe(request.service), request)
    },
    async exploreFeatures(request) {
      const definitions = await registered.current()
      return exploreFeatures(context, definitions, registered.service(definitions, request.service), request)
    },
    loadDataset: version => loadDataset(context, version),
    importDataset: (definition, projectDir, actor) => importDataset(context, definition, projectDir, actor),
    async prepare(content) {
      const service = compileService(content)
      await online.prepare(service, await loadRunner(context, service))
      return { digest: service.digest }
    },
    async read(digest, rows, options) {
      while (online.waiting !== null) await online.waiting
      return online.read(digest, rows, options)
    },
    async computeOnDemand(content, rows) {
      const service = compileService(content)
      const runner = await loadRunner(context, service)
      return rows.map(({ request, features }) => runner.compute(service.request.map(r => coerceValue(request[r.name], r.type, `request.${r.name}`)), features))
    },
    async push(source, events, acceptedAt) {
      const current = registered.current()
      const definitions = current instanceof Promise ? await current : current
      while (online.waitingToPush !== null) await online.waitingToPush
      return online.push(registered.source(definitions, source), events, acceptedAt)
    },
    async materialize(request) {
      const definitions = await registered.current()
      const view = definitions.views.find(v => v.name === request.source)
      const source = registered.source(definitions, definitions.sources.some(s => s.name === request.source) ? request.source : view?.source ?? request.source)
      const now = clock.now()
      const upTo = request.upTo ?? now
      if (!Number.isSafeInteger(upTo)) throw new SlipwayError('wrong_type', `upTo must be a time in whole microseconds, and is ${String(upTo)}.`)
      if (upTo > now + FUTURE_TOLERANCE) {
        throw new SlipwayError('event_time_out_of_range', `upTo is ${showTime(upTo)}, more than ${formatDuration(FUTURE_TOLERANCE)} ahead of the home's clock, ${showTime(now)}: rows from the future would close the present to reads.`, { remedy: "Use a time up to now, or set the home's clock." })
      }
      const { version } = request.datasetVersion === undefined ? await getDatasetHead(metadata, source.dataset) : await getDatasetVersion(metadata, request.datasetVersion)
      await online.cover(await registeredNeeds(registered, log))
      const { sequence, rows } = await online.materialize(source, version, upTo)
      // So that a restart need not read the dataset again.
      await save()
      const details = { source: source.name, datasetVersion: version, upTo, sequence, rows }
      const ledger = await metadata.record({ actor: request.actor ?? localActor(), action: 'feature.materialized', subject: `source/${source.name}`, details })
      return { ...details, ledger }
    },
    datasetVersions: dataset => listVersions(context, dataset),
    compareVersions: request => compareVersions(context, request),
    exportDataset: request => exportDataset(context, request),
    async *readHistory(request) { yield* readHistory(context, await describe(request.features), request) },
    dataLog: (query = {}) => readDataLog(context, online.undos, query),
    async undo(request) {
      const release = request.dryRun === true ? (): void => {} : online.holdPushes()
      try {
        await online.cover(await registeredNeeds(registered, log))
        const change = await undoData(undoContext, online, request, release)
        if (change.ledger !== null) await save()
        return change
      } finally { release() }
    },
    checkLogged: async (content, range) => checkFeatures(context, content, await collectRows(journal, range)),
    checkFeatures: (content, predictions) => checkFeatures(context, content, predictions),
    profile: (version, columns) => profileDataset(context, version, columns),
    valueHistory: async (features, request) => readValueHistory(context, await describe(features), request),
    checkProject,
    status: async () => ({ lateness, sources: online.status(), kept: keeper.status() }),
    async close() {
      for (const stop of unsubscribe) stop()
      await save()
      await keeper.close()
    },
  }
}

/** What the registered services read. One that cannot be resolved holds up nobody else. */
async function registeredNeeds(registered: RegisteredFeatures, log: Log): Promise<Needs> {
  const needs: Needs = new Map()
  const definitions = await registered.current()
  for (const { definition } of definitions.services) {
    try { addNeeds(needs, compileService(registered.service(definitions, definition.name)).views) } catch (error) {
      if (!(error instanceof SlipwayError)) throw error
      log.warn('A registered feature service cannot be resolved.', { service: definition.name, reason: error.message })
    }
  }
  return needs
}
