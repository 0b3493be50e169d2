// Sums of gradients and hessians by bin. On the 2^-30 grid every sum is exact, so that their order does not matter.
import type { BinnedFeature } from './bins.ts'

/** Gradients in (−1, 1) and hessians in [0, ¼] lie on multiples of 2^-30: 2^22 rows add up without rounding. */
export const MAX_ROWS = 2 ** 22

/** 1.5 · 2^22: adding it rounds a number below 2^21 to a multiple of 2^-30, ties to even. */
const GRID = 6291456

export function toGrid(x: number): number { return x + GRID - GRID }

/** Per bin two doubles: gradient and hessian. `offsets[f]` is where feature f begins. */
export interface Layout { offsets: Int32Array; size: number }

export function layoutOf(features: readonly BinnedFeature[]): Layout {
  const offsets = new Int32Array(features.length)
  let size = 0
  features.forEach((f, i) => { offsets[i] = size; size += f.bins * 2 })
  return { offsets, size }
}

/**
 * Fills `into` for the chosen features from rows `index[from … to)`, whose gradients and hessians stand packed in g and h from 0 on.
 * Four columns at a time: one reading of row, gradient and hessian serves four.
 */
export function fillHistogram(into: Float64Array, features: readonly BinnedFeature[], chosen: readonly number[], layout: Layout, index: Uint32Array, from: number, to: number, g: Float64Array, h: Float64Array): void {
  into.fill(0)
  const n = to - from
  let c = 0
  for (; c + 3 < chosen.length; c += 4) {
    addFour(into, n, index, from, g, h,
      features[chosen[c]].codes, layout.offsets[chosen[c]], features[chosen[c + 1]].codes, layout.offsets[chosen[c + 1]],
      features[chosen[c + 2]].codes, layout.offsets[chosen[c + 2]], features[chosen[c + 3]].codes, layout.offsets[chosen[c + 3]])
  }
  for (; c < chosen.length; c++) addOne(into, n, index, from, g, h, features[chosen[c]].codes, layout.offsets[chosen[c]])
}

function addFour(into: Float64Array, n: number, index: Uint32Array, from: number, g: Float64Array, h: Float64Array, c0: Uint8Array, o0: number, c1: Uint8Array, o1: number, c2: Uint8Array, o2: number, c3: Uint8Array, o3: number): void {
  for (let i = 0; i < n; i++) {
    const row = index[from + i]
    const gi = g[i]
    const hi = h[i]
    const a = o0 + (c0[row] << 1)
    into[a] += gi
    into[a + 1] += hi
    const b = o1 + (c1[row] << 1)
    into[b] += gi
    into[b + 1] += hi
    const c = o2 + (c2[row] << 1)
    into[c] += gi
    into[c + 1] += hi
    const d = o3 + (c3[row] << 1)
    into[d] += gi
    into[d + 1] += hi
  }
}

function addOne(into: Float64Array, n: number, index: Uint32Array, from: number, g: Float64Array, h: Float64Array, codes: Uint8Array, offset: number): void {
  for (let i = 0; i < n; i++) {
    const a = offset + (codes[index[from + i]] << 1)
    into[a] += g[i]
    into[a + 1] += h[i]
  }
}

/** larger = parent − smaller, in place of the parent; exact on the grid. */
export function subtractHistogram(parent: Float64Array, smaller: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i] -= smaller[i]
}
