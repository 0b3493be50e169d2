import { estimateDistinct, REGISTERS } from '../../meaning/distinct-sketch.ts'
import { sketchSlot, type ValueColumn } from '../value-column.ts'
import type { Accumulator, Result } from './accumulator.ts'

/** Powers 2^-rank. */
const WEIGHTS = Float64Array.from({ length: 64 }, (_, rank) => 2 ** -rank)

/** Registers of the greatest rank, with their sum of 2^-rank: exact, since it has 53 bits at most. */
export class DistinctSketch implements Accumulator<Int32Array> {
  readonly #column: ValueColumn
  readonly #ranks = new Uint8Array(REGISTERS)
  readonly #filled = new Int32Array(REGISTERS)
  #count = 0
  #sum = 0

  /** @param column one that keeps sketches */
  constructor(column: ValueColumn) { this.#column = column }

  reset(): void {
    for (let i = 0; i < this.#count; i++) this.#ranks[this.#filled[i]] = 0
    this.#count = 0
    this.#sum = 0
  }

  add(slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const sketch = sketchSlot(this.#column, slots[i])
      if (sketch > 0) this.#take(sketch)
    }
  }

  /** Register and rank of each register that is filled, as sketches of values are. */
  save(): Int32Array { return Int32Array.from({ length: this.#count }, (_, i) => this.#filled[i] * 64 + this.#ranks[this.#filled[i]]) }

  merge(sketches: Int32Array): void { for (let i = 0; i < sketches.length; i++) this.#take(sketches[i]) }

  #take(sketch: number): void {
    const register = sketch >> 6
    const rank = sketch & 63
    const before = this.#ranks[register]
    if (rank <= before) return
    this.#ranks[register] = rank
    this.#sum += WEIGHTS[rank]
    if (before === 0) this.#filled[this.#count++] = register
    else this.#sum -= WEIGHTS[before]
  }

  result(): Result { return () => estimateDistinct(this.#sum, this.#count) }
}
