import type { Micros } from '../time.ts'
import type { Table } from '../table.ts'
import type { Row, Value } from '../schema.ts'
import type { Actor } from '../actor.ts'
import type { ExamplesDefinition, FeatureContent } from '../definition.ts'
import type { Exploration, ExplorationRequest } from './exploration.ts'

/** What the data component offers the others. Plain data only, so that it may live in another process. */
export interface FeaturePort {
  /** The registered service, or a list of `view.feature` names, with all that it refers to. `not_found`, `unknown_feature`. */
  describe(service: string | readonly string[]): Promise<{ content: FeatureContent; digest: string }>
  /** Point-in-time examples as a dataset version. Recorded in the ledger with actor and purpose. */
  createTrainingSet(request: TrainingSetRequest): Promise<TrainingSet>
  /** Candidate features, computed point-in-time for a sample of examples and rid of what is useless at sight. Recorded in the ledger with actor and purpose. */
  exploreFeatures(request: ExplorationRequest): Promise<Exploration>
  /** The rows of a dataset version. */
  loadDataset(version: string): Promise<Table>
  /** Gets online state ready for this content; idempotent. Only after it, `read` takes its digest. */
  prepare(content: FeatureContent): Promise<{ digest: string }>
  /** Features for a batch, at the journal position that the answer names. Applies what was pushed before, waits for no sync. */
  read(digest: string, rows: FeatureRequest[], options?: { origins?: boolean }): Promise<FeatureRead>
  /** Only the on-demand functions, over request and looked-up values: for replay. */
  computeOnDemand(content: FeatureContent, rows: { request: Row; features: Value[] }[]): Promise<Value[][]>
  /** Journals events and applies them in order. Returns when applied; durable once the journal is, at `last`. `acceptedAt`: default the home's time. */
  push(source: string, events: PushedEvent[], acceptedAt?: Micros): Promise<PushReceipt>
}

export type HistoryMode = 'knownAt' | 'eventTime'

export interface TrainingSetRequest {
  name: string
  service: string
  /** Computes these features in place of the registered ones: another model's, on the same examples. */
  content?: FeatureContent
  examples: ExamplesDefinition
  /** Prediction times in [from, to). */
  from: Micros
  to: Micros
  /** Only labels known by then; default `to`. */
  labelsKnownBy?: Micros
  /** A training set with some of these rows: they are taken from it, where definitions and data are the same. */
  reuse?: string
  /**
   * `knownAt`: nothing is read that was not known at the prediction time. `eventTime`: rows count from their event time on, in their last version, whenever they
   * became known. Default: what the examples say, else `knownAt`.
   */
  mode?: HistoryMode
  actor: Actor
  purpose: string
}

/** Columns: `time` (prediction time), `entity.<name>`, `label` (boolean), then the service's outputs in order; rows by time, then as in the dataset. */
export interface TrainingSet {
  version: string
  rows: number
  content: FeatureContent
  contentDigest: string
  /** Dataset versions that it was made from. */
  parents: string[]
}

export interface FeatureRequest {
  entities: Record<string, Value>
  request: Row
  /** Prediction time. */
  at: Micros
}

export interface FeatureRead {
  /** Journal position of the state that was read. */
  asOf: number
  /** One vector a row, in the order of `content.outputs`. */
  vectors: Value[][]
  /** Where `origins` was asked for: one a value, null for what no view gave (request and on-demand features). */
  origins?: (FeatureOrigin | null)[][]
}

/**
 * How a value came about. `present`: from rows; `missing`: the row that answers holds no value; `notFound`: no row counts; `expired`: the key has rows, all older
 * than the view's ttl or window. `eventTime`: of the newest row that counts (of the newest expired one); null where there is none, or the source is static.
 */
export interface FeatureOrigin { status: 'present' | 'missing' | 'notFound' | 'expired'; eventTime: Micros | null }

export interface PushedEvent {
  /** The source's columns. */
  values: Row
  /** When it became known, where that is later than its acceptance. */
  knownAt?: Micros
}

export interface PushReceipt { first: number; last: number; duplicates: number }
