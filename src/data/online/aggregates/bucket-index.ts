import type { ValueColumn } from '../value-column.ts'

/** Numbers the buckets that values of a column were seen in, so that counts of them lie in arrays. */
export class BucketIndex {
  readonly #numbers = new Map<number, number>()
  readonly #middles: number[] = []
  #order: Int32Array = new Int32Array(0)

  numberOf(middle: number): number {
    let number = this.#numbers.get(middle)
    if (number === undefined) {
      this.#numbers.set(middle, number = this.#middles.length)
      this.#middles.push(middle)
    }
    return number
  }

  middleOf(number: number): number { return this.#middles[number] }

  get size(): number { return this.#middles.length }

  /** All numbers by their middles, the least first. */
  order(): Int32Array {
    if (this.#order.length < this.size) this.#order = Int32Array.from(this.#middles.keys()).sort((a, b) => this.#middles[a] - this.#middles[b])
    return this.#order
  }
}

const INDEXES = new WeakMap<ValueColumn, BucketIndex>()

/** One for all who read a column: what one of them saved another merges. */
export function bucketIndexOf(column: ValueColumn): BucketIndex {
  let index = INDEXES.get(column)
  if (index === undefined) INDEXES.set(column, index = new BucketIndex())
  return index
}
