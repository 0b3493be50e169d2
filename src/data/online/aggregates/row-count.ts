import type { Accumulator, Result } from './accumulator.ts'

export class RowCount implements Accumulator<number> {
  #n = 0

  reset(): void { this.#n = 0 }

  add(_slots: Int32Array, from: number, to: number): void { this.#n += to - from }

  save(): number { return this.#n }

  merge(saved: number): void { this.#n += saved }

  result(): Result { return () => this.#n }
}
