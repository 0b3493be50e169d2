import type { AggregatePlan } from '../../compiled-service.ts'
import { bucketMiddle, rankOf } from '../../meaning/percentile.ts'
import { growFloats, growIntegers, type ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'
import { bucketIndexOf, type BucketIndex } from './bucket-index.ts'

/** Numbers of buckets, with how many values each has. */
interface SavedBuckets { buckets: Int32Array; counts: Int32Array }

/** The buckets that the values lie in: of percentiles. Few values are kept as the middles of theirs, many are counted. */
export class Buckets implements Accumulator<SavedBuckets> {
  readonly #column: ValueColumn
  readonly #index: BucketIndex
  #middles: Float64Array = new Float64Array(64)
  #n = 0
  /** How many of the middles are in order, the least first. */
  #sorted = 0
  /** By number of the bucket. */
  #counts: Int32Array = new Int32Array(0)
  #counted = 0

  constructor(column: ValueColumn) {
    this.#column = column
    this.#index = bucketIndexOf(column)
  }

  reset(): void {
    this.#n = 0
    this.#sorted = 0
    if (this.#counted > 0) this.#counts.fill(0)
    this.#counted = 0
  }

  add(slots: Int32Array, from: number, to: number): void {
    const most = this.#n + to - from
    if (most > this.#middles.length) this.#middles = growFloats(this.#middles, most * 2)
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      // An int64 beyond 2^53 is rounded to the nearest double.
      if (x !== null && x === x) this.#middles[this.#n++] = bucketMiddle(Number(x))
    }
  }

  save(): SavedBuckets {
    this.#count()
    const buckets: number[] = []
    for (let bucket = 0; bucket < this.#counts.length; bucket++) if (this.#counts[bucket] > 0) buckets.push(bucket)
    return { buckets: Int32Array.from(buckets), counts: Int32Array.from(buckets, bucket => this.#counts[bucket]) }
  }

  merge({ buckets, counts }: SavedBuckets): void {
    this.#makeRoom()
    for (let i = 0; i < buckets.length; i++) {
      this.#counts[buckets[i]] += counts[i]
      this.#counted += counts[i]
    }
  }

  result({ p }: AggregatePlan): Result { return () => (this.#counted > 0 ? this.#amongCounted(p) : this.#amongMiddles(p)) }

  #amongMiddles(p: number): number | null {
    if (this.#n === 0) return null
    if (this.#sorted < this.#n) this.#middles.subarray(0, this.#n).sort()
    this.#sorted = this.#n
    return this.#middles[rankOf(p, this.#n) - 1]
  }

  #amongCounted(p: number): number | null {
    this.#count()
    const order = this.#index.order()
    let left = rankOf(p, this.#counted)
    let i = -1
    while (left > 0) left -= this.#counts[order[++i]]
    return this.#index.middleOf(order[i])
  }

  /** Counts those that are not counted yet. */
  #count(): void {
    const numbers = Array.from(this.#middles.subarray(0, this.#n), middle => this.#index.numberOf(middle))
    this.#makeRoom()
    for (const number of numbers) this.#counts[number]++
    this.#counted += this.#n
    this.#n = 0
    this.#sorted = 0
  }

  #makeRoom(): void { if (this.#counts.length < this.#index.size) this.#counts = growIntegers(this.#counts, this.#index.size * 2) }
}
