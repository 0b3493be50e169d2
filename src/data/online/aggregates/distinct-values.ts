import type { Value } from '../../../core/schema.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** Different values, exactly: a number and a bigint never stand for the same one, and −0 is no value. */
export class DistinctValues implements Accumulator<Value[]> {
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

  save(): Value[] { return [...this.#found] }

  merge(values: Value[]): void { for (let i = 0; i < values.length; i++) this.#found.add(values[i]) }

  result(): Result { return () => this.#found.size }
}
