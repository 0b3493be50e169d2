import type { Estimate } from '../ports/registry.ts'
import { normalQuantile, twoSidedP } from './normal.ts'

/** Scores must be numbers (no NaN); a label is positive when it is not 0. Both in the same order. */
export type Numbers = ArrayLike<number>

/**
 * How each row is placed among the rows of the other class: the share that it beats, a tie counting half.
 * Their means are the AUC; their variances are all that DeLong's method needs. One sort, n log n (Sun & Xu 2014).
 */
export interface Placements { auc: number; positives: Float64Array; negatives: Float64Array }

/** In the order of the rows. */
export function placeRows(scores: Numbers, labels: Numbers): Placements {
  const n = scores.length
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let positive = 0
  for (let i = 0; i < n; i++) if (labels[i] !== 0) positive++
  const negative = n - positive
  // Negatives below (for a positive) or positives above (for a negative), doubled so that halves stay whole numbers.
  const beaten = new Float64Array(n)
  let total = 0
  let negativesBelow = 0
  let positivesBelow = 0
  for (let start = 0; start < n;) {
    let end = start
    let tiedPositives = 0
    while (end < n && scores[order[end]] === scores[order[start]]) { if (labels[order[end]] !== 0) tiedPositives++; end++ }
    const tiedNegatives = end - start - tiedPositives
    const forPositive = 2 * negativesBelow + tiedNegatives
    const forNegative = 2 * (positive - positivesBelow - tiedPositives) + tiedPositives
    for (let k = start; k < end; k++) beaten[order[k]] = labels[order[k]] !== 0 ? forPositive : forNegative
    total += tiedPositives * forPositive
    negativesBelow += tiedNegatives
    positivesBelow += tiedPositives
    start = end
  }
  const positives = new Float64Array(positive)
  const negatives = new Float64Array(negative)
  let p = 0
  let q = 0
  for (let i = 0; i < n; i++) {
    if (labels[i] !== 0) positives[p++] = beaten[i] / (2 * negative)
    else negatives[q++] = beaten[i] / (2 * positive)
  }
  return { auc: total / (2 * positive * negative), positives, negatives }
}

/** The same placements when only one score is asked for, in the order of the scores: two plain sorts, several times quicker than one of row numbers. */
function placeClasses(scores: Numbers, labels: Numbers): Placements {
  const n = scores.length
  let p = 0
  for (let i = 0; i < n; i++) if (labels[i] !== 0) p++
  const above = new Float64Array(p)
  const below = new Float64Array(n - p)
  let q = p = 0
  for (let i = 0; i < n; i++) {
    if (labels[i] !== 0) above[p++] = scores[i]
    else below[q++] = scores[i]
  }
  above.sort()
  below.sort()
  const positives = new Float64Array(p)
  const negatives = new Float64Array(q)
  let total = 0
  let lower = 0
  let upTo = 0
  for (let i = 0; i < p; i++) {
    while (lower < q && below[lower] < above[i]) lower++
    while (upTo < q && below[upTo] <= above[i]) upTo++
    total += lower + upTo
    positives[i] = (lower + upTo) / (2 * q)
  }
  lower = upTo = 0
  for (let j = 0; j < q; j++) {
    while (lower < p && above[lower] < below[j]) lower++
    while (upTo < p && above[upTo] <= below[j]) upTo++
    negatives[j] = (2 * p - lower - upTo) / (2 * p)
  }
  return { auc: total / (2 * p * q), positives, negatives }
}

/** Area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half. NaN without both classes. */
export function auc(scores: Numbers, labels: Numbers): number {
  return placeClasses(scores, labels).auc
}

/**
 * AUC with DeLong's interval (DeLong, DeLong & Clarke-Pearson 1988), cut to [0, 1]. Null without both classes;
 * with fewer than two rows of a class there is no variance, and the interval is all of [0, 1].
 */
export function aucEstimate(scores: Numbers, labels: Numbers, alpha = 0.05): Estimate | null {
  const { auc: value, positives, negatives } = placeClasses(scores, labels)
  if (positives.length === 0 || negatives.length === 0) return null
  if (positives.length < 2 || negatives.length < 2) return { value, low: 0, high: 1 }
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt(varianceOfMean(positives) + varianceOfMean(negatives))
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}

/** DeLong's variance of one AUC. NaN with fewer than two rows of a class. */
export function aucVariance(scores: Numbers, labels: Numbers): number {
  const { positives, negatives } = placeClasses(scores, labels)
  return varianceOfMean(positives) + varianceOfMean(negatives)
}

export interface PairedAuc {
  first: number
  second: number
  /** first − second. */
  difference: number
  /** Standard error of the difference; 0 when both order every pair alike. */
  standardError: number
  z: number
  /** Two-sided, of no difference. */
  pValue: number
}

/**
 * DeLong's paired comparison of two scores on the same rows. The variance is that of the differences of placements,
 * which equals V(first) + V(second) − 2 Cov and never falls below 0 by rounding. NaN with fewer than two rows of a class.
 */
export function comparePairedAuc(first: Numbers, second: Numbers, labels: Numbers): PairedAuc {
  const a = placeRows(first, labels)
  const b = placeRows(second, labels)
  const variance = varianceOfMean(a.positives.map((v, i) => v - b.positives[i])) + varianceOfMean(a.negatives.map((v, i) => v - b.negatives[i]))
  const difference = a.auc - b.auc
  const standardError = Math.sqrt(variance)
  const z = difference === 0 ? 0 : difference / standardError
  return { first: a.auc, second: b.auc, difference, standardError, z, pValue: twoSidedP(z) }
}

/** Unbiased sample variance / n, in two passes. */
function varianceOfMean(values: Float64Array): number {
  const n = values.length
  if (n < 2) return Number.NaN
  let mean = 0
  for (const v of values) mean += v
  mean /= n
  let squares = 0
  for (const v of values) squares += (v - mean) * (v - mean)
  return squares / (n - 1) / n
}
