import type { AggregatePlan } from '../../compiled-service.ts'
import { bucketMiddle, rankOf } from '../../meaning/percentile.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** The middles of the buckets that the values lie in: of percentiles. */
export class Buckets implements Accumulator {
  readonly #column: ValueColumn
  #middles = new Float64Array(64)
  #n = 0
  /** How many of them are in order, the least first. */
  #sorted = 0

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    this.#n = 0
    this.#sorted = 0
  }

  add(slots: Int32Array, from: number, to: number): void {
    const most = this.#n + to - from
    if (most > this.#middles.length) {
      const grown = new Float64Array(most * 2)
      grown.set(this.#middles)
      this.#middles = grown
    }
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      // An int64 beyond 2^53 is rounded to the nearest double.
      if (x !== null && x === x) this.#middles[this.#n++] = bucketMiddle(Number(x))
    }
  }

  result({ p }: AggregatePlan): Result {
    return () => {
      if (this.#n === 0) return null
      if (this.#sorted < this.#n) this.#middles.subarray(0, this.#n).sort()
      this.#sorted = this.#n
      return this.#middles[rankOf(p, this.#n) - 1]
    }
  }
}
