import type { Value } from '../../../core/schema.ts'
import type { Micros } from '../../../core/time.ts'
import type { AggregatePlan } from '../../compiled-service.ts'

/** The value of a feature at t, of the rows that its accumulator has. */
export type Result = (t: Micros) => Value

/** What features of the same rows and column are made from, row by row. */
export interface Accumulator<Saved = unknown> {
  /** No rows again. */
  reset(): void
  /** Takes the rows in `slots` from `from` to before `to`: from the newest to the oldest, each call going on where the one before ended. */
  add(slots: Int32Array, from: number, to: number): void
  /** What it has been given since it had no rows, to be kept. */
  save(): Saved
  /** Adds what was saved, as if its rows came next. */
  merge(saved: Saved): void
  /** How one of its features is read from it. */
  result(feature: AggregatePlan): Result
}
