import type { Value } from '../../../core/schema.ts'
import { RunningSum } from '../../exact-sum.ts'
import { lowestBit, unitsOf } from '../../exact-units.ts'
import { deviationOf, squareParts } from '../../meaning/deviation.ts'
import type { ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

interface SavedSums { n: number; sum: number[]; high: number[]; low: number[] }

/** The exact sums of values and of their squares. */
export class Deviation implements Accumulator<SavedSums> {
  readonly #column: ValueColumn
  readonly #sum = new RunningSum()
  /** The squares in two parts, each of which has words of about one size. */
  readonly #high = new RunningSum()
  readonly #low = new RunningSum()
  #n = 0

  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    this.#n = 0
    this.#sum.reset()
    this.#high.reset()
    this.#low.reset()
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
    this.#high.add(high)
    this.#low.add(low)
    this.#n++
  }

  #addInteger(x: bigint): void {
    this.#sum.addInteger(x)
    this.#high.addInteger(x * x)
    this.#n++
  }

  save(): SavedSums { return { n: this.#n, sum: this.#sum.words(), high: this.#high.words(), low: this.#low.words() } }

  merge({ n, sum, high, low }: SavedSums): void {
    this.#n += n
    for (const word of sum) this.#sum.add(word)
    for (const word of high) this.#high.add(word)
    for (const word of low) this.#low.add(word)
  }

  result(): Result { return () => this.#value() }

  #value(): Value {
    if (this.#n < 2) return null
    const sum = this.#sum.words()
    const squares = [...this.#high.words(), ...this.#low.words()]
    // The greatest unit of which all words are multiples; its square is that of the squares.
    const exponent = Math.min(...sum.map(lowestBit), ...squares.map(x => Math.floor(lowestBit(x) / 2)))
    if (exponent === Number.POSITIVE_INFINITY) return 0
    const total = (words: readonly number[], unit: number): bigint => words.reduce((n, x) => n + unitsOf(x, unit), 0n)
    return deviationOf(this.#n, total(sum, exponent), total(squares, 2 * exponent), exponent)
  }
}
