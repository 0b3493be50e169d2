// The project as data. A feature view is an intermediate representation, not code: it compiles to SQL and to incremental state.
import type { Column, ColumnType } from './schema.ts'

/** A keyed thing. `key` is the column that carries it in sources. */
export interface EntityDefinition { name: string; key: string; type: 'string' | 'int64'; description?: string }

/** Files of one dataset (Parquet, CSV or JSON), relative to the project's folder. */
export interface DatasetDefinition {
  name: string
  files: string[]
  /** Its rows, and what is made from them, are not read for a purpose in which these words stand: 'marketing', 'credit scoring'. */
  forbidPurposes?: string[]
  description?: string
}

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
  /** What NaN in a float64 column of the files means; default: it is refused. */
  nan?: 'missing'
  description?: string
}

export type Aggregate =
  | 'count' | 'sum' | 'mean' | 'min' | 'max' | 'stddev' | 'first' | 'last' | 'lastN'
  | 'countDistinct' | 'approxCountDistinct' | 'percentile' | 'share' | 'timeSince'

/**
 * The rows that an aggregate covers at prediction time t. Text is a sliding window, '1h' for (t − 1h, t], or 'lifetime' for all rows up to t.
 * Tumbling: from the start of the stretch in which t lies ('1d': of the day in UTC, moved by `offset`) to t, both included. Session: the rows that lead up
 * to t without a pause of `session` or longer, at most `longest` (default '1d') back; none when the pause before t is that long.
 */
export type Window = string | { tumbling: string; offset?: string } | { session: string; longest?: string }

/** What a row must say; of several keys all must hold. A missing value satisfies nothing but `missing: true`. */
export interface Condition {
  column: string
  equals?: string | number | boolean
  not?: string | number | boolean
  in?: (string | number | boolean)[]
  above?: number
  atLeast?: number
  below?: number
  atMost?: number
  missing?: boolean
}

export interface AggregateFeature {
  name: string
  aggregate: Aggregate
  /** Of the source, or of `lookups`. Not for share; count and timeSince take all rows without it, else those where it is not missing. */
  column?: string
  window: Window
  /** Only rows that satisfy all of these. */
  where?: Condition[]
  /** lastN: how many, 1 to 100. */
  n?: number
  /** percentile: 0.5 is the median. */
  p?: number
  /** share: the rows that are counted, among those of the window. */
  of?: Condition[]
}

export interface LatestFeature { name: string; column: string }

/** A column that each row gets from another view: its feature as it stood at the row's event time, as known when the row became known. */
export interface ViewLookup { name: string; feature: string }

interface ViewBase {
  name: string
  /** One entity, or several that are the key together. */
  entity: string | string[]
  source: string
  /** Only rows that satisfy all of these. */
  where?: Condition[]
  description?: string
  owner?: string
}
export interface AggregateView extends ViewBase { kind: 'aggregate'; features: AggregateFeature[]; lookups?: ViewLookup[] }
/** The latest row per entity: event time in (t − ttl, t]; ties by event time, known-at, sequence. A static source has one row a key. */
export interface LatestView extends ViewBase { kind: 'latest'; features: LatestFeature[]; ttl?: string }
export type ViewDefinition = AggregateView | LatestView

/** The names of a view's entities, in the order of its key. */
export function entitiesOf(view: Pick<ViewDefinition, 'entity'>): readonly string[] { return typeof view.entity === 'string' ? [view.entity] : view.entity }

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
  label: LabelDefinition
  /** What history counts: `knownAt` (default) what was known at the prediction time; `eventTime` what had happened, in its last version, whenever it became known. */
  mode?: 'knownAt' | 'eventTime'
}

/** The outcome: true when `column` is greater than `above`, or is `equals` (exactly one of the two). A null column is no label. */
export interface LabelDefinition {
  name: string
  column: string
  above?: number
  /** A category, true or false, or a number: the type of the column. */
  equals?: string | number | boolean
  /** The column that says when the outcome became known; default: at the time of `time.column` itself. */
  knownAt?: string
}

/** `constant` knows only the share of positives: the baseline of a first model. */
export interface LearnerDefinition { name: 'gbdt' | 'logistic' | 'constant'; params?: Record<string, number> }

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
  /** How a challenger is compared on live outcomes before it may take over. */
  trial?: TrialPolicy
}

/** A live comparison of challenger and champion on the outcomes of their own shares. */
export interface TrialPolicy {
  /** Of the traffic, for the challenger: 0.5 is a half. */
  share: number
  /** Event time after which the trial ends: '28d'. */
  length: string
  /** Mean squared error of the probability (Brier) that the challenger may be worse by, and still take over at the end. */
  margin: number
  /** Level of the always-valid interval; default 0.05. */
  alpha?: number
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

/** What answers when model, features or store fail, tried in this order. It is part of the content that is judged. */
export interface FallbackDefinition {
  /** The release that answered before, where there is one and it works. */
  previousRelease?: boolean
  /** The first rule whose condition holds; a missing value holds for none. */
  rules?: FallbackRule[]
  /** When nothing else has answered. */
  output: number
}

/** A condition on a request feature. */
export interface FallbackRule { request: string; above?: number; below?: number; equals?: string | number | boolean; output: number }

export interface EndpointDefinition {
  name: string
  model: string
  /** Decision = output > threshold; none without it. */
  threshold?: number
  /** The entity by which labels find their prediction (it need not be read by any view). */
  labelEntity?: string
  /** Names the outcome of a model that no definition describes, where a component is used alone. Within a project it is the model's. */
  label?: string
  /** The entity whose key keeps its release while traffic is shared; default: the label entity, else all entities together. */
  stickyEntity?: string
  fallback?: FallbackDefinition
  description?: string
}

/** An endpoint as it is registered. `unmanaged`: no project declares it, it is served straight from a file, and nothing judged its model. */
export interface StoredEndpoint extends EndpointDefinition { unmanaged?: true }

/** A rule over an endpoint's predictions and their outcomes. */
export type MonitorDefinition = QualityMonitor | DriftMonitor | FallbackMonitor

interface MonitorBase {
  name: string
  endpoint: string
  /** How much of the past is looked at: '7d'. */
  window: string
  /** How often, by the home's clock: '1d'. */
  every: string
  /** page: somebody decides now, and an incident opens; ticket: in working hours; info: a note. */
  severity: 'page' | 'ticket' | 'info'
  description?: string
}

/** Fires when the whole interval of the metric lies beyond the limit. */
export interface QualityMonitor extends MonitorBase {
  kind: 'quality'
  /** auc: below the limit is bad; brier and ece: above it. */
  metric: 'auc' | 'brier' | 'ece'
  limit: number
  /** Chance of a false alarm within a year of looks, at a quality that is exactly the limit; default 0.05. */
  falseAlarmsPerYear?: number
  /** Labels under which nothing is said; default 200. */
  fewest?: number
}

/** Fires when a feature moved against the training set by more than noise gives, with effect and evidence. */
export interface DriftMonitor extends MonitorBase {
  kind: 'drift'
  /** Effect beyond noise, in standard deviations (numbers) or Jensen-Shannon distance (categories); default 0.25. */
  limit?: number
  /** Only these; default: every input of the model. */
  features?: string[]
  fewest?: number
}

/** Fires when a greater share of answers came from the fallback. */
export interface FallbackMonitor extends MonitorBase { kind: 'fallback'; /** Default 0: any. */ limit?: number }

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
  monitors?: MonitorDefinition[]
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
  /** Blob digest and format of the model artifact; `outputs`: the names of its scores, where it gives several a row, one a class. */
  model: { digest: string; format: string; outputs?: string[] }
  features: FeatureContent
  /** Decision threshold, part of what is judged; null for none. */
  threshold: number | null
  /** Absent: failures are errors. */
  fallback?: FallbackDefinition
}
