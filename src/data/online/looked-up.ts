import type { Value } from '../../core/schema.ts'
import type { Micros } from '../../core/time.ts'

/** State that rows are looked up in, as far as it tells whether an answer still holds. */
export interface LookedUp {
  /** How many changes there were. */
  readonly changes: number
  /** The greatest known-at of any. */
  readonly newestKnown: Micros
  /** `changes` at the last one that was known earlier than one before it. */
  readonly backfilledAt: number
  /** `changes` at the last one of this key; Infinity where that is not known. */
  changedAt(id: string, key: Value): number
}
