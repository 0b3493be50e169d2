import type { AggregatePlan } from '../../compiled-service.ts'
import { RunningSum } from '../../exact-sum.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

interface SavedSum { n: number; words: number[] }

/** Exact sum and count: of sum, mean, and a count beside them. */
export class ValueSum implements Accumulator<SavedSum> {
  readonly #column: ValueColumn
  readonly #sum = new RunningSum()
  #n = 0

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    this.#n = 0
    this.#sum.reset()
  }

  add(slots: Int32Array, from: number, to: number): void {
    const sum = this.#sum
    if (this.#column.kind === 'double') { this.#n += sum.addSlots(this.#column.values, slots, from, to); return }
    const { values } = this.#column
    // Whole numbers add up exactly as long as their sum is below 2^53.
    let whole = 0
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (x === null) continue
      this.#n++
      if (typeof x !== 'number') { sum.addInteger(x as bigint); continue }
      const next = whole + x
      if (next <= Number.MAX_SAFE_INTEGER && next >= Number.MIN_SAFE_INTEGER) whole = next
      else { sum.add(whole); whole = x }
    }
    sum.add(whole)
  }

  save(): SavedSum { return { n: this.#n, words: this.#sum.words() } }

  merge({ n, words }: SavedSum): void {
    this.#n += n
    for (let i = 0; i < words.length; i++) this.#sum.add(words[i])
  }

  result({ aggregate }: AggregatePlan): Result {
    switch (aggregate) {
      case 'sum': return () => this.#sum.round()
      case 'mean': return () => (this.#n === 0 ? null : this.#sum.round() / this.#n)
      default: return () => this.#n
    }
  }
}
