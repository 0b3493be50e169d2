import type { Actor } from '../actor.ts'
import type { Aggregate, AggregateView, ExamplesDefinition, FeatureContent } from '../definition.ts'
import type { Table } from '../table.ts'
import type { Micros } from '../time.ts'

/** Which rows a feature may be made of: those of a source that carry these entities' keys, one entity or several that are the key together. */
export interface Relation { source: string; entities: string[] }

/** A grid of candidate features for the examples of a service: every relation × column × aggregate × window. */
export interface ExplorationRequest {
  service: string
  examples: ExamplesDefinition
  /** Prediction times in [from, to). Default `from`: where a tenth of the labelled examples has gone by; default `to`: after the last. */
  from?: Micros
  to?: Micros
  /** Only labels known by then. */
  labelsKnownBy: Micros
  /** Durations, or 'lifetime'. */
  windows: string[]
  /** Default: those of `GRID_AGGREGATES`. */
  aggregates?: Aggregate[]
  /** Only of these; default: every source of events that carries an entity's key. */
  sources?: string[]
  /** In place of the relations that are found. */
  relations?: Relation[]
  /** Candidates at most; the cheaper aggregates come first. */
  most: number
  /** Examples at most, taken evenly over time. */
  rows: number
  seed: number
  /** Of the rows, the first ones: what is constant, missing or correlated is found in them alone. */
  early: number
  actor: Actor
  purpose: string
  onProgress?: (progress: { done: number; of: number }) => void
  signal?: AbortSignal
}

/** known: the service reads it already. Else what the early rows show. */
export type DropReason = 'known' | 'missing' | 'constant' | 'duplicate' | 'correlated'

export interface ExploredCandidate {
  /** `view.feature`. */
  name: string
  /** In words: `mean dep_delay over 3h by origin, of departures`. */
  text: string
  /** Null while it is among the columns of the table. */
  dropped: { reason: DropReason; detail: string } | null
}

export interface Exploration {
  /** What the service reads. */
  content: FeatureContent
  /** Every candidate in the order of the grid: cheaper ones first. */
  candidates: ExploredCandidate[]
  /** The definitions of those that were not dropped. */
  views: AggregateView[]
  /** Cut off by `most`. */
  leftOut: number
  /** What a person should know: relations without candidates, categories that nothing was known of. */
  notes: string[]
  /** `content.outputs`, then the candidates that are left; rows by time. */
  table: Table
  /** For each row: prediction time, when its label became known, and the label (0 or 1). */
  times: Float64Array
  labelsKnown: Float64Array
  labels: Uint8Array
  /** Labelled examples in the range, of which the table's rows were taken. */
  examples: number
  from: Micros
  to: Micros
  /** Dataset versions that were read. */
  parents: string[]
}
