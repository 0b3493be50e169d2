import type { Value } from '../../../core/schema.ts'
import type { AggregatePlan } from '../../compiled-service.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

interface SavedExtremes { least: Value; greatest: Value }

/** The least and the greatest value. */
export class Extremes implements Accumulator<SavedExtremes> {
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
      if (x !== null && x === x) this.#take(x)
    }
  }

  save(): SavedExtremes { return { least: this.#least, greatest: this.#greatest } }

  merge({ least, greatest }: SavedExtremes): void {
    if (least === null || greatest === null) return
    this.#take(least)
    this.#take(greatest)
  }

  #take(x: Exclude<Value, null>): void {
    if (this.#least === null || x < this.#least) this.#least = x
    if (this.#greatest === null || x > this.#greatest) this.#greatest = x
  }

  result({ aggregate }: AggregatePlan): Result { return aggregate === 'min' ? () => this.#least : () => this.#greatest }
}
