// The project as data. A feature view is an intermediate representation, not code: it compiles to SQL and to incremental state.
import type { Column, ColumnType } from './schema.ts'

/** A keyed thing. `key` is the column that carries it in sources. */
export interface EntityDefinition { name: string; key: string; type: 'string' | 'int64'; description?: string }

/** Files of one dataset (Parquet, CSV or JSON), relative to the project's folder. */
export interface DatasetDefinition { name: string; files: string[]; description?: string }

/** Rows or events of a dataset. With `eventTime` its rows are events, known at `knownAt` (default: the event time); without, it is static. */
export interface SourceDefinition {
  name: string
  dataset: string
  /** The columns that identify a row; a second row with the same id is a correction of the first. */
  id: string[]
  eventTime?: string
  knownAt?: string
  /** What is read of it, event time and id included. Rows without an event time are not events and are left out. */
  columns: Column[]
  description?: string
}

export type Aggregate = 'count' | 'sum' | 'mean'

export interface AggregateFeature {
  name: string
  aggregate: Aggregate
  /** Not for count of rows; count of a column counts what is not missing. */
  column?: string
  /** Half-open (t − window, t], such as '1h'. */
  window: string
}

export interface LatestFeature { name: string; column: string }

interface ViewBase { name: string; entity: string; source: string; description?: string; owner?: string }
export interface AggregateView extends ViewBase { kind: 'aggregate'; features: AggregateFeature[] }
/** The latest row per entity: event time in (t − ttl, t]; ties by event time, known-at, sequence. A static source has one row a key. */
export interface LatestView extends ViewBase { kind: 'latest'; features: LatestFeature[]; ttl?: string }
export type ViewDefinition = AggregateView | LatestView

/** A feature that the request itself carries. */
export interface RequestFeature { name: string; type: ColumnType; optional?: boolean; /** False: only an input of on-demand features. */ model?: boolean }

/** A pure function over named inputs: request features, or `view.feature` names. */
export interface OnDemandFeature { name: string; export: string; type: 'float64' | 'int64' | 'boolean' | 'string'; inputs: string[] }

/** What a model reads, in this order: request features, `view.feature` names, on-demand features. */
export interface ServiceDefinition {
  name: string
  entities: string[]
  request: RequestFeature[]
  /** `view.feature` names. */
  features: string[]
  onDemand?: { module: string; functions: OnDemandFeature[] }
  description?: string
}

/** Where labelled examples come from: one row of a dataset is one prediction that could have been made. */
export interface ExamplesDefinition {
  dataset: string
  /** Prediction time = column + offset, such as '-30m'. */
  time: { column: string; offset?: string }
  /** Entity name → column. */
  entities: Record<string, string>
  /** Request feature → column. */
  request: Record<string, string>
  /** True when `column` > `above`; a null column is no label. Known at `knownAt`. */
  label: { name: string; column: string; above: number; knownAt: string }
}

export interface LearnerDefinition { name: 'gbdt' | 'logistic'; params?: Record<string, number> }

/** The standard by which candidates are judged. */
export interface EvaluationPolicy {
  metric: 'auc'
  /** The last share of the examples by time, never trained on: 0.2 is a fifth. */
  holdout: number
  /** Judged against the champion, or against `baseline` where there is none. */
  baseline: LearnerDefinition
  /** The lower bound of (candidate − reference) must exceed this. 0.005 asks for a win, −0.005 for no loss. */
  margin: number
  /** Two-sided level of the interval. */
  alpha: number
  /** A named policy approves by itself; a person is asked otherwise. */
  approval: { policy: string } | { role: 'approver'; fourEyes?: boolean }
}

export interface ModelDefinition {
  name: string
  service: string
  examples: ExamplesDefinition
  learner: LearnerDefinition
  evaluation: EvaluationPolicy
  seed?: number
  description?: string
}

export interface EndpointDefinition {
  name: string
  model: string
  /** Decision = output > threshold; none without it. */
  threshold?: number
  /** The entity by which labels find their prediction (it need not be read by any view). */
  labelEntity?: string
  description?: string
}

/** What `slipway.ts` exports by default. */
export interface ProjectDefinition {
  name: string
  entities: EntityDefinition[]
  datasets: DatasetDefinition[]
  sources: SourceDefinition[]
  views: ViewDefinition[]
  services: ServiceDefinition[]
  models: ModelDefinition[]
  endpoints: EndpointDefinition[]
}

/** Types a project file's default export; the check of its content is `checkProject`. */
export function defineProject(project: ProjectDefinition): ProjectDefinition { return project }

/**
 * All that computes feature values for a model: a service with everything that it refers to, on-demand code by digest.
 * Its digest (canonical JSON) is its identity.
 */
export interface FeatureContent {
  service: ServiceDefinition
  views: ViewDefinition[]
  sources: SourceDefinition[]
  entities: EntityDefinition[]
  /** SHA-256 of the bundled module in the blob store; null without on-demand features. */
  onDemandDigest: string | null
  /** The model's inputs in order, names and types. */
  outputs: Column[]
}

/** All that computes an output. Gate and approval refer to its digest. */
export interface ModelContent {
  /** Blob digest and format of the model artifact. */
  model: { digest: string; format: string }
  features: FeatureContent
  /** Decision threshold, part of what is judged; null for none. */
  threshold: number | null
}
