import type { Value } from '../../../core/schema.ts'
import { RunningSum } from '../../exact-sum.ts'
import { lowestBit, unitsOf } from '../../exact-units.ts'
import { deviationOf, squareParts } from '../../meaning/deviation.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** The exact sums of values and of their squares. */
export class Deviation implements Accumulator {
  readonly #column: ValueColumn
  readonly #sum = new RunningSum()
  readonly #squares = new RunningSum()
  #n = 0

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    this.#n = 0
    this.#sum.reset()
    this.#squares.reset()
  }

  add(slots: Int32Array, from: number, to: number): void {
    if (this.#column.kind === 'double') {
      const { values } = this.#column
      for (let i = from; i < to; i++) {
        const x = values[slots[i]]
        if (x === x) this.#addNumber(x)
      }
      return
    }
    const { values } = this.#column
    for (let i = from; i < to; i++) {
      const x = values[slots[i]]
      if (typeof x === 'number') this.#addNumber(x)
      else if (typeof x === 'bigint') this.#addInteger(x)
    }
  }

  #addNumber(x: number): void {
    const { high, low } = squareParts(x)
    this.#sum.add(x)
    this.#squares.add(high)
    this.#squares.add(low)
    this.#n++
  }

  #addInteger(x: bigint): void {
    this.#sum.addInteger(x)
    this.#squares.addInteger(x * x)
    this.#n++
  }

  result(): Result { return () => this.#value() }

  #value(): Value {
    if (this.#n < 2) return null
    const sum = this.#sum.words()
    const squares = this.#squares.words()
    // The greatest unit of which all words are multiples; its square is that of the squares.
    const exponent = Math.min(...sum.map(lowestBit), ...squares.map(x => Math.floor(lowestBit(x) / 2)))
    if (exponent === Number.POSITIVE_INFINITY) return 0
    const total = (words: readonly number[], unit: number): bigint => words.reduce((n, x) => n + unitsOf(x, unit), 0n)
    return deviationOf(this.#n, total(sum, exponent), total(squares, 2 * exponent), exponent)
  }
}
