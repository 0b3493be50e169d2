import type { Value } from '../../../core/schema.ts'
import type { AggregatePlan } from '../../compiled-service.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** The least and the greatest value. */
export class Extremes implements Accumulator {
  readonly #column: ValueColumn
  #least: Value = null
  #greatest: Value = null

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    this.#least = null
    this.#greatest = null
  }

  add(slots: Int32Array, from: number, to: number): void {
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (x === null || x !== x) continue
      if (this.#least === null || x < this.#least) this.#least = x
      if (this.#greatest === null || x > this.#greatest) this.#greatest = x
    }
  }

  result({ aggregate }: AggregatePlan): Result { return aggregate === 'min' ? () => this.#least : () => this.#greatest }
}
