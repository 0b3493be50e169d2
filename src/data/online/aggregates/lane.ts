import type { Value } from '../../../core/schema.ts'
import type { Micros } from '../../../core/time.ts'
import type { AggregatePlan } from '../../compiled-service.ts'
import { windowKey } from '../../meaning/window.ts'
import type { LookupColumn } from '../lookup-column.ts'
import type { RowValues } from '../row-values.ts'
import { openTest, type SlotTest } from '../slot-test.ts'
import type { Accumulator, Result } from './accumulator.ts'
import { openAccumulators } from './open-accumulators.ts'

/** An accumulator with what is read from it, window by window. */
export interface Part { /** Its place among those of its lane. */ index: number; accumulator: Accumulator; windows: { slot: number; value: Result }[][] }

/** The features whose rows satisfy the same conditions: their windows contain one another, so that each goes on where the one before ended. */
export class Lane {
  readonly test: SlotTest | null
  readonly parts: readonly Part[]
  /** Those that its features and conditions read. */
  readonly lookups: readonly LookupColumn[]
  readonly #features: readonly AggregatePlan[]
  readonly #rows: RowValues

  /** @param windows the keys of the windows that a read has, in the order in which it numbers them */
  constructor(features: readonly AggregatePlan[], windows: readonly string[], rows: RowValues) {
    this.test = openTest(features[0].where, name => rows.columnOf(name))
    this.#features = features
    this.#rows = rows
    this.lookups = rows.lookupsOf(features.flatMap(f => [f.column, ...[...f.where, ...f.of].map(c => c.column)]))
    this.parts = openAccumulators(features, rows).map(({ accumulator, features: own }, index) => ({
      index, accumulator,
      windows: windows.map(key => own.filter(f => windowKey(f.window) === key).map(f => ({ slot: f.slot, value: accumulator.result(f) }))),
    }))
  }

  /** The accumulators of its parts once more. */
  openAccumulators(): Accumulator[] { return openAccumulators(this.#features, this.#rows).map(part => part.accumulator) }

  /**
   * Writes each feature at its slot of `out`.
   * @param slots rows that satisfy the conditions, the newest first
   * @param reach how many of them each window has
   * @param order the windows from the shortest to the longest
   */
  write(slots: Int32Array, reach: Int32Array, order: Int32Array, t: Micros, out: Value[]): void {
    const { parts } = this
    for (let p = 0; p < parts.length; p++) {
      const { accumulator, windows } = parts[p]
      accumulator.reset()
      let from = 0
      for (let i = 0; i < order.length; i++) {
        const features = windows[order[i]]
        if (features.length === 0) continue
        const to = reach[order[i]]
        if (to > from) accumulator.add(slots, from, to)
        from = to
        for (let k = 0; k < features.length; k++) out[features[k].slot] = features[k].value(t)
      }
    }
  }

  /** The same of no rows. */
  writeNone(t: Micros, out: Value[]): void {
    for (const { accumulator, windows } of this.parts) {
      accumulator.reset()
      for (const features of windows) for (const { slot, value } of features) out[slot] = value(t)
    }
  }
}
