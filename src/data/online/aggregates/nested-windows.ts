import type { Micros } from '../../../core/time.ts'
import { lowerBound, reachOf, type WindowPlan } from '../../meaning/window.ts'

/** Windows that end at t, from the shortest to the longest at each t: tumbling ones grow and shrink among the others. */
export class NestedWindows {
  readonly #reach: Float64Array
  /** Those whose bound is not t − reach. */
  readonly #tumbling: { at: number; window: WindowPlan }[]
  /** Rows of each window have event times greater than this. */
  readonly bounds: Float64Array
  readonly order: Int32Array

  constructor(windows: readonly WindowPlan[]) {
    this.#reach = Float64Array.from(windows, reachOf)
    this.#tumbling = windows.flatMap((window, at) => (window.kind === 'tumbling' ? [{ at, window }] : []))
    this.bounds = new Float64Array(windows.length)
    this.order = Int32Array.from(windows.keys()).sort((a, b) => this.#reach[a] - this.#reach[b])
  }

  /** Sets bounds and order for t. */
  place(t: Micros): void {
    const { bounds, order } = this
    for (let w = 0; w < bounds.length; w++) bounds[w] = t - this.#reach[w]
    if (this.#tumbling.length === 0) return
    for (const { at, window } of this.#tumbling) bounds[at] = lowerBound(window, t)
    // They are nearly always in the order of the time before.
    for (let i = 1; i < order.length; i++) {
      const w = order[i]
      let at = i
      for (; at > 0 && bounds[order[at - 1]] < bounds[w]; at--) order[at] = order[at - 1]
      order[at] = w
    }
  }
}
