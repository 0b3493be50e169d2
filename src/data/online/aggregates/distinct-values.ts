import type { Value } from '../../../core/schema.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** Different values, exactly: a number and a bigint never stand for the same one, and −0 is no value. */
export class DistinctValues implements Accumulator {
  readonly #column: ValueColumn
  readonly #found = new Set<Value>()

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void { this.#found.clear() }

  add(slots: Int32Array, from: number, to: number): void {
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (x !== null && x === x) this.#found.add(x)
    }
  }

  result(): Result { return () => this.#found.size }
}
