import type { Accumulator, Result } from './accumulator.ts'

export class RowCount implements Accumulator {
  #n = 0

  reset(): void { this.#n = 0 }

  add(_slots: Int32Array, from: number, to: number): void { this.#n += to - from }

  result(): Result { return () => this.#n }
}
