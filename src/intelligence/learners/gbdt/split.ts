// The best split of a leaf from its histogram. Gain: T. Chen, C. Guestrin, XGBoost (KDD 2016), eq. 7 without the half; categories
// in the order of gradient/hessian: W. D. Fisher (1958), as in LightGBM.
import type { BinnedFeature } from './bins.ts'
import type { Layout } from './histogram.ts'
import type { GbdtParams } from './params.ts'

/** Below this a gain is rounding. */
const LEAST_GAIN = 1e-10

export interface Split {
  gain: number
  feature: number
  /** Numbers: bins ≤ it go left. */
  bin: number
  /** 1: missing goes left, 0: right, −1: training had none here. Categories: 0. */
  missingLeft: number
  /** Categories: the codes that go left, ascending. */
  codes: number[] | null
  /** Sums over the rows that go left. */
  g: number
  h: number
}

export interface LeafSums { rows: number; g: number; h: number }

/**
 * The split with the greatest gain; ties go to the first feature, then the first bin. Null when none gains.
 * @param counts rows per bin in the layout of bins; without it they are estimated by the hessian's share, as LightGBM does
 */
export function findSplit(histogram: Float64Array, features: readonly BinnedFeature[], chosen: readonly number[], layout: Layout, leaf: LeafSums, params: GbdtParams, counts: Uint32Array | null): Split | null {
  const best: Split = { gain: Math.max(params.minGain, LEAST_GAIN), feature: -1, bin: 0, missingLeft: -1, codes: null, g: 0, h: 0 }
  for (const f of chosen) {
    const feature = features[f]
    if (feature.input.type === 'category') findCategories(best, f, feature, histogram, layout.offsets[f], leaf, params, counts)
    else findCut(best, f, feature, histogram, layout.offsets[f], leaf, params, counts)
  }
  return best.feature < 0 ? null : best
}

function findCut(best: Split, f: number, feature: BinnedFeature, histogram: Float64Array, offset: number, leaf: LeafSums, params: GbdtParams, counts: Uint32Array | null): void {
  const { l2, minLeafRows, minLeafHessian } = params
  const { g: G, h: H, rows } = leaf
  const perHessian = rows / H
  const last = feature.bins - 1
  const mg = histogram[offset + 2 * last]
  const mh = histogram[offset + 2 * last + 1]
  const mn = counts === null ? mh * perHessian : counts[(offset >> 1) + last]
  const parent = G * G / (H + l2)
  const hasMissing = feature.hasMissing && (mh !== 0 || mg !== 0)
  // Twice where some are missing: missing right, then missing left. With all values left, only missing can go right.
  for (let side = 0; side <= (hasMissing ? 1 : 0); side++) {
    let gl = side === 1 ? mg : 0
    let hl = side === 1 ? mh : 0
    let nl = side === 1 ? mn : 0
    const end = hasMissing && side === 0 ? last : last - 1
    for (let b = 0; b < end; b++) {
      const at = offset + 2 * b
      const hb = histogram[at + 1]
      if (counts === null ? hb === 0 && histogram[at] === 0 : counts[at >> 1] === 0) continue
      gl += histogram[at]
      hl += hb
      nl += counts === null ? hb * perHessian : counts[at >> 1]
      if (nl < minLeafRows || hl < minLeafHessian) continue
      const hr = H - hl
      if (rows - nl < minLeafRows || hr < minLeafHessian) break
      const gr = G - gl
      const gain = gl * gl / (hl + l2) + gr * gr / (hr + l2) - parent
      if (gain > best.gain) { best.gain = gain; best.feature = f; best.bin = b; best.missingLeft = hasMissing ? side : -1; best.codes = null; best.g = gl; best.h = hl }
    }
  }
}

function findCategories(best: Split, f: number, feature: BinnedFeature, histogram: Float64Array, offset: number, leaf: LeafSums, params: GbdtParams, counts: Uint32Array | null): void {
  const { minLeafRows, minLeafHessian, minCategoryRows, categorySmoothing, categoriesPerSplit } = params
  const { g: G, h: H, rows } = leaf
  const perHessian = rows / H
  const l2 = params.l2 + params.categoryL2
  const rowsOf = (code: number): number => (counts === null ? histogram[offset + 2 * code + 1] * perHessian : counts[(offset >> 1) + code])
  const order: number[] = []
  for (let code = 0; code < feature.bins; code++) if (rowsOf(code) >= minCategoryRows) order.push(code)
  if (order.length === 0) return
  const ratio = new Float64Array(feature.bins)
  for (const code of order) ratio[code] = histogram[offset + 2 * code] / (histogram[offset + 2 * code + 1] + categorySmoothing)
  order.sort((a, b) => ratio[a] - ratio[b] || a - b)
  const parent = G * G / (H + l2)
  let length = 0
  let reversed = false
  // From both ends of the order: what is set apart goes left, all the rest, small and unseen categories too, right.
  for (let side = 0; side < 2; side++) {
    let gl = 0
    let hl = 0
    let nl = 0
    for (let k = 0; k < order.length && k < categoriesPerSplit; k++) {
      const code = order[side === 0 ? k : order.length - 1 - k]
      gl += histogram[offset + 2 * code]
      hl += histogram[offset + 2 * code + 1]
      nl += rowsOf(code)
      if (nl < minLeafRows || hl < minLeafHessian) continue
      const hr = H - hl
      if (rows - nl < minLeafRows || hr < minLeafHessian) break
      const gr = G - gl
      const gain = gl * gl / (hl + l2) + gr * gr / (hr + l2) - parent
      if (gain > best.gain) { best.gain = gain; best.feature = f; best.g = gl; best.h = hl; length = k + 1; reversed = side === 1 }
    }
  }
  if (length === 0) return
  best.bin = 0
  best.missingLeft = 0
  best.codes = (reversed ? order.slice(order.length - length) : order.slice(0, length)).sort((a, b) => a - b)
}
