// What `slipway init` decides about a table, before anything is written.
import type { LearnerDefinition } from '../../core/definition.ts'
import type { ColumnType } from '../../core/schema.ts'
import type { Outcome, RowTime, Split } from '../../data/index.ts'

/** A column that the request carries. */
export interface InputColumn {
  name: string
  original: string
  type: ColumnType
  /** It misses values in the table, so a request may leave it out. */
  optional: boolean
  /** False: only on-demand functions read it. */
  model: boolean
}

/** A number made of times by an on-demand function. */
export interface DerivedFeature { name: string; kind: 'hour' | 'weekday' | 'month' | 'year' | 'days_before'; /** The column; for `days_before` the earlier one, then the time. */ inputs: string[] }

export interface LeftOut { name: string; why: string; /** Leaks are said aloud. */ leak: boolean }

export interface Choices {
  /** Of project, dataset, service, model and endpoint. */
  name: string
  /** The user's file. */
  source: string
  outcome: Outcome
  /** The label's name. */
  label: string
  counts: { positive: number; negative: number; none: number }
  time: RowTime
  /** Why the rows' order stands in for a time. */
  timeNote: string | null
  /** The column by which labels find their prediction; added when the table has none. */
  key: { column: string; type: 'string' | 'int64'; added: boolean; note: string | null }
  knownAt: string | null
  split: Split
  dropRepeated: boolean
  inputs: InputColumn[]
  derived: DerivedFeature[]
  leftOut: LeftOut[]
  warnings: string[]
  learner: LearnerDefinition
}

/** The column that orders the examples in the written table. */
export function timeColumn({ time }: Pick<Choices, 'time'>): string { return 'column' in time ? time.column : 'row_time' }
