import { join } from 'node:path'
import type { Actor } from '../core/actor.ts'
import type { Clock } from '../core/clock.ts'
import { resolveConfig, type Config } from '../core/config.ts'
import type { ModelContent } from '../core/definition.ts'
import type { Log } from '../core/log.ts'
import type { ChampionPort } from '../core/ports/champions.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { PredictionPort } from '../core/ports/predictions.ts'
import type { RegistryPort } from '../core/ports/registry.ts'
import type { Column } from '../core/schema.ts'
import type { Metadata } from '../metadata/index.ts'
import type { BlobStore, Journal, SegmentedJournal } from '../store/index.ts'
import { readBuildInfo } from './build-info.ts'
import { openDeployments, type Deployments } from './deployment.ts'
import { openDrills, type Drills } from './drills.ts'
import { JournalIndexes } from './journal-indexes.ts'
import { openLabels, type LabelRequest, type LabelResult } from './labels.ts'
import { contentStore } from './loaded-content.ts'
import type { ModelFile } from './model-files.ts'
import { openModelMemory } from './model-memory.ts'
import { openModelStates, type ModelState } from './model-states.ts'
import { processStream, type StreamItem, type StreamOptions, type StreamSummary } from './ordered-stream.ts'
import { openExplainer, type Explainer } from './explanation.ts'
import { homeTag, sequenceIds } from './prediction-id.ts'
import { featureReader } from './prediction-features.ts'
import { openPredictionReader, type PredictionFilter, type PredictionReader, type PredictionRecord } from './prediction-reader.ts'
import { openPredictor, type Predictor, type PredictRequest, type PredictResult } from './predictor.ts'
import { openReleases, type Release, type ReleaseRequest, type Releases } from './release.ts'
import { openReplayer, type Replayer } from './replay.ts'
import type { RequestShape } from './request.ts'
import { openScorer } from './scoring.ts'
import { openServedFiles, type ServedModel } from './served-files.ts'
import { servedReleases } from './served-releases.ts'
import { traceById, type Trace } from './trace.ts'
import type { Truth } from './truth.ts'
import { openWhatIf, type WhatIf } from './what-if.ts'

export interface ProductionOptions {
  /** Default: that of the settings. */
  config?: Pick<Config, 'production'>
  metadata: Metadata
  blobs: BlobStore
  /** The one journal of the home; losses to a full disk are heard of where it tells them. */
  journal: Journal & Partial<Pick<SegmentedJournal, 'onLost' | 'getMany'>>
  features: FeaturePort
  registry: RegistryPort
  clock: Clock
  /** The home folder: archives lie in its `releases`. */
  home: string
  log: Log
}

/** What an endpoint takes and gives. */
export interface EndpointDescription extends RequestShape {
  release: Release
  /** The model's inputs in order. */
  outputs: Column[]
  threshold: number | null
  content: ModelContent
  ledgerSize: number
}

/** The production component: releases, deployments, predictions, their outcomes, and the proof of each. */
export interface Production extends PredictionPort, ChampionPort, Replayer, Explainer, WhatIf, Pick<Deployments, 'deploy' | 'promote' | 'withdraw' | 'rollback' | 'undo'> {
  /** Makes the model or the features of an endpoint fail for a while, to practise it. */
  startDrill: Drills['start']
  endDrill: Drills['end']
  listDrills: Drills['list']
  /** Packages a judged candidate. `not_deployable`, `gate_refused` or `approval_required` unless it passed and was approved, or is waived. */
  createRelease(request: ReleaseRequest): Promise<{ release: Release; ledger: number }>
  /** Opens the archive of a release and checks every digest. `corrupt` names what differs. */
  readRelease: Releases['read']
  listReleases: Releases['list']
  /** Checks every archive. */
  verifyReleases: Releases['verify']
  getDeployment: Deployments['get']
  /** Whether endpoints answer, and what is in memory: of each, by name, or of one. `unknown_endpoint`. */
  modelStates(endpoint?: string): Promise<ModelState[]>
  /**
   * Gets an endpoint ready now, and lets it answer again after `unloadModel`. One that is served from a file reads it again: other bytes are a new release.
   * It changes no other deployment. `unknown_endpoint`, `not_deployable`, `corrupt`.
   */
  loadModel(request: { endpoint: string; actor: Actor }): Promise<ModelState>
  /** Takes an endpoint's models out of memory. It answers `model_not_ready` until it is loaded, or the server starts anew; its deployment stays. */
  unloadModel(request: { endpoint: string; actor: Actor }): Promise<ModelState>
  /**
   * Serves model files, each as an endpoint of its name: an implicit release under a recorded waiver, marked unmanaged. The same bytes again change nothing.
   * `invalid_request` with every fault at once.
   */
  serveFiles(files: readonly ModelFile[], actor: Actor): Promise<ServedModel[]>
  /** `unknown_endpoint`, or `not_deployable` without a deployed release. */
  describeEndpoint(endpoint: string): Promise<EndpointDescription>
  /** Predicts and journals; the answer is durable after `waitDurable`. */
  predict(request: PredictRequest): Promise<PredictResult>
  /** The same for a batch of plain numbers, column by column; null where only `predict` can answer, or say what is wrong. */
  predictNumbers: Predictor['predictNumbers']
  label(request: LabelRequest): Promise<LabelResult>
  /** Items strictly in order, acknowledged in groups. */
  processStream(items: AsyncIterable<StreamItem>, options: StreamOptions): Promise<StreamSummary>
  latencies: PredictionReader['latencies']
  getPrediction(id: string): Promise<PredictionRecord>
  listPredictions(filter?: PredictionFilter): Promise<PredictionRecord[]>
  /** Labels of a prediction by its sequence, newest first. */
  getTruth(sequence: number): Promise<Truth[]>
  trace(id: string): Promise<Trace>
  /** How many predictions of an endpoint there are. */
  counts(endpoint: string): Promise<{ predictions: number }>
  /** Forgets what is remembered of definitions: after a change of the project. */
  refreshDefinitions(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the component: reads its indexes from the journal and opens what is deployed. Models are loaded when they are first asked, or before that
 * beside the answers. A deployment whose content is damaged is logged and answers with that fault; the others work.
 */
export async function openProduction(options: ProductionOptions): Promise<Production> {
  const { metadata, blobs, journal, features, registry, clock, log } = options
  const home = join(options.home)
  const { production: settings } = options.config ?? resolveConfig().config
  const memory = openModelMemory(settings.modelMemory)
  const contents = contentStore(blobs, features, memory)
  const indexes = new JournalIndexes()
  const ids = sequenceIds(await homeTag(metadata))
  const releases = openReleases({ metadata, blobs, registry, contents, clock, home, build: await readBuildInfo() })
  const deployments = openDeployments({ metadata, releases, contents, clock })
  const states = openModelStates({ metadata, deployments, memory, log })
  const files = openServedFiles({ metadata, blobs, clock, releases, deployments, states, log })
  const drills = openDrills({ metadata, clock, serving: deployments.serving, explain: deployments.explain })
  const predictor = openPredictor({ metadata, journal, deployments, indexes, ids, clock, scorer: openScorer({ features, log }), drill: drills.active, refusal: states.refusal })
  const labels = openLabels({ metadata, journal, indexes, ids, clock })
  const reader = openPredictionReader({ journal, indexes, ids, clock })
  const replayer = openReplayer({ reader, releases, contents, features })

  await indexes.rebuild(journal)
  const unsubscribe = journal.onLost?.(() => indexes.rebuild(journal))
  await drills.load()
  await deployments.load((endpoint, error) => { log.error('A deployed release could not be opened; its endpoint does not answer by it.', { endpoint, error }) })
  await states.hold()
  await Promise.race([states.warmUp(), wait(settings.warmUp)])

  return {
    createRelease: request => releases.create(request), readRelease: releases.read, listReleases: releases.list, verifyReleases: releases.verify,
    deploy: deployments.deploy, promote: deployments.promote, withdraw: deployments.withdraw, rollback: deployments.rollback, undo: deployments.undo, getDeployment: deployments.get, champion: deployments.championOfModel,
    startDrill: drills.start, endDrill: drills.end, listDrills: drills.list,
    modelStates: states.list, serveFiles: files.serve,
    async loadModel({ endpoint, actor }) {
      await files.reread(endpoint, actor)
      return states.load(endpoint, actor)
    },
    unloadModel: ({ endpoint, actor }) => states.unload(endpoint, actor),
    predict: predictor.predict, predictNumbers: predictor.predictNumbers,
    async describeEndpoint(endpoint) {
      const { serving: { champion: { release, content }, ledgerSize }, shape } = await predictor.describe(endpoint)
      return { ...shape, release, ledgerSize, content: content.content, outputs: content.content.features.outputs, threshold: content.content.threshold }
    },
    label: request => labels.label(request),
    processStream: (items, stream) => processStream({ predictor, labels, features, journal, clock, log }, items, stream),
    getPrediction: reader.get, listPredictions: reader.list, getTruth: async sequence => reader.getTruth(sequence), outcomes: reader.outcomes, latencies: reader.latencies,
    features: featureReader({ journal, indexes, releases, contents }),
    async served(endpoint) {
      const deployment = await deployments.get(endpoint)
      return deployment === null ? [] : servedReleases(deployment, new Map((await releases.list(endpoint)).map(r => [r.number, r])))
    },
    trace: id => traceById({ metadata, blobs, reader, contents }, id),
    replay: replayer.replay, replayMany: replayer.replayMany,
    ...openExplainer({ reader, releases, contents }),
    ...openWhatIf({ metadata, reader, releases, contents, champion: async endpoint => (await predictor.describe(endpoint)).serving.champion }),
    counts: async endpoint => ({ predictions: indexes.predictions(endpoint).size }),
    refreshDefinitions: async () => { labels.refresh(); predictor.refresh() },
    async close() {
      unsubscribe?.()
      await states.stop()
    },
  }
}

async function wait(ms: number): Promise<void> { await new Promise<void>(resolve => { setTimeout(resolve, ms).unref() }) }
