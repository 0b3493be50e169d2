import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** How many rows have a value. */
export class ValueCount implements Accumulator<number> {
  readonly #column: ValueColumn
  #n = 0

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void { this.#n = 0 }

  add(slots: Int32Array, from: number, to: number): void {
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (x !== null && x === x) this.#n++
    }
  }

  save(): number { return this.#n }

  merge(saved: number): void { this.#n += saved }

  result(): Result { return () => this.#n }
}
