import type { SlotTest } from '../slot-test.ts'
import type { Accumulator, Result } from './accumulator.ts'

interface SavedShare { rows: number; satisfy: number }

/** How many rows there are, and how many satisfy a condition. */
export class RowShare implements Accumulator<SavedShare> {
  readonly #of: SlotTest
  #rows = 0
  #satisfy = 0

  constructor(of: SlotTest) { this.#of = of }

  reset(): void {
    this.#rows = 0
    this.#satisfy = 0
  }

  add(slots: Int32Array, from: number, to: number): void {
    this.#rows += to - from
    for (let i = from; i < to; i++) if (this.#of(slots[i])) this.#satisfy++
  }

  save(): SavedShare { return { rows: this.#rows, satisfy: this.#satisfy } }

  merge({ rows, satisfy }: SavedShare): void {
    this.#rows += rows
    this.#satisfy += satisfy
  }

  result(): Result { return () => (this.#rows === 0 ? null : this.#satisfy / this.#rows) }
}
