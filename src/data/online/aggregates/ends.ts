import { SECOND } from '../../../core/time.ts'
import type { AggregatePlan } from '../../compiled-service.ts'
import { getSlot, hasSlot, type ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

const NONE = -1

interface SavedEnds { newest: number; oldest: number }

/** The newest and the oldest row that has a value; of all rows without a column. */
export class Ends implements Accumulator<SavedEnds> {
  readonly #column: ValueColumn | null
  readonly #times: () => Float64Array
  #newest = NONE
  #oldest = NONE

  /** @param times event times by slot */
  constructor(column: ValueColumn | null, times: () => Float64Array) {
    this.#column = column
    this.#times = times
  }

  reset(): void {
    this.#newest = NONE
    this.#oldest = NONE
  }

  add(slots: Int32Array, from: number, to: number): void {
    const column = this.#column
    if (this.#newest === NONE) this.#newest = firstWith(column, slots, from, to)
    const oldest = this.#newest === NONE ? NONE : lastWith(column, slots, from, to)
    if (oldest !== NONE) this.#oldest = oldest
  }

  save(): SavedEnds { return { newest: this.#newest, oldest: this.#oldest } }

  merge({ newest, oldest }: SavedEnds): void {
    if (newest === NONE) return
    if (this.#newest === NONE) this.#newest = newest
    this.#oldest = oldest
  }

  result({ aggregate }: AggregatePlan): Result {
    if (aggregate === 'timeSince') return t => (this.#newest === NONE ? null : (t - this.#times()[this.#newest]) / SECOND)
    const column = this.#column as ValueColumn
    const end = aggregate === 'first' ? () => this.#oldest : () => this.#newest
    return () => {
      const slot = end()
      return slot === NONE ? null : getSlot(column, slot)
    }
  }
}

function firstWith(column: ValueColumn | null, slots: Int32Array, from: number, to: number): number {
  for (let i = from; i < to; i++) if (column === null || hasSlot(column, slots[i])) return slots[i]
  return NONE
}

function lastWith(column: ValueColumn | null, slots: Int32Array, from: number, to: number): number {
  for (let i = to - 1; i >= from; i--) if (column === null || hasSlot(column, slots[i])) return slots[i]
  return NONE
}
