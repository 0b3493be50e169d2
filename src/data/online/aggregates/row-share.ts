import type { SlotTest } from '../slot-test.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** How many rows there are, and how many satisfy a condition. */
export class RowShare implements Accumulator {
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

  result(): Result { return () => (this.#rows === 0 ? null : this.#satisfy / this.#rows) }
}
