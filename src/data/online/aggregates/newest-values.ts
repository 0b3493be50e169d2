import type { AggregatePlan } from '../../compiled-service.ts'
import { lastValuesText } from '../../meaning/last-values.ts'
import { getSlot, hasSlot, type ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** The newest values, as many as any of its features asks for. */
export class NewestValues implements Accumulator<number[]> {
  readonly #column: ValueColumn
  readonly #most: number
  readonly #slots: number[] = []

  constructor(column: ValueColumn, most: number) {
    this.#column = column
    this.#most = most
  }

  reset(): void { this.#slots.length = 0 }

  add(slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to && this.#slots.length < this.#most; i++) if (hasSlot(this.#column, slots[i])) this.#slots.push(slots[i])
  }

  save(): number[] { return [...this.#slots] }

  merge(slots: number[]): void { for (let i = 0; i < slots.length && this.#slots.length < this.#most; i++) this.#slots.push(slots[i]) }

  result({ n }: AggregatePlan): Result { return () => lastValuesText(this.#slots.slice(0, n).map(slot => getSlot(this.#column, slot))) }
}
