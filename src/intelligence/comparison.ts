// The gate's arithmetic: no I/O, so that anybody can do it again.
import type { Estimate } from '../core/ports/registry.ts'
import { aucEstimate, comparePairedAuc } from '../core/statistics/auc.ts'
import { normalQuantile } from '../core/statistics/normal.ts'

/** DeLong's variances are those of large samples: with fewer rows of a class the gate refuses. */
export const FEWEST_OF_A_CLASS = 10

/** The share of cases in which a difference of `detectable` would have been shown. */
const POWER = 0.8

export interface Comparison {
  passed: boolean
  rows: number
  positives: number
  candidate: Estimate
  referenceValue: Estimate
  /** Candidate − reference with its interval at level alpha. */
  difference: Estimate
  standardError: number
  z: number
  /** Two-sided, of no difference. */
  pValue: number
  /** How far above the margin the true difference would have to be for the gate to pass in 80 % of cases: (z₁₋α/₂ + z₀.₈) · standard error. */
  detectable: number
  reason: string
}

/** Passes when the lower bound of (candidate − reference) exceeds the margin. Labels need both outcomes. */
export function compareScores(
  input: { candidate: Float64Array; reference: Float64Array; labels: Uint8Array; referenceName: string },
  { margin, alpha }: { margin: number; alpha: number },
): Comparison {
  const { labels } = input
  const rows = labels.length
  let positives = 0
  for (const label of labels) positives += label
  const { difference: value, standardError, z, pValue } = comparePairedAuc(input.candidate, input.reference, labels)
  const quantile = normalQuantile(1 - alpha / 2)
  const reach = quantile * standardError
  const difference = { value, low: value - reach, high: value + reach }
  const detectable = (quantile + normalQuantile(POWER)) * standardError
  const candidate = aucEstimate(input.candidate, labels, alpha)!
  const referenceValue = aucEstimate(input.reference, labels, alpha)!
  const enough = Math.min(positives, rows - positives) >= FEWEST_OF_A_CLASS
  const passed = enough && difference.low > margin
  const facts = `AUC ${show(candidate.value)} against ${show(referenceValue.value)} of ${input.referenceName} on the same ${rows} rows (${positives} positive): the difference is ${signed(value)}, ${percent(1 - alpha)} interval ${signed(difference.low)} to ${signed(difference.high)}`
  let reason: string
  if (!enough) reason = `Too few rows to judge: ${positives} positive and ${rows - positives} negative, and ${FEWEST_OF_A_CLASS} of each are needed. ${facts}.`
  else if (passed) reason = `${facts}; its lower bound exceeds the margin ${signed(margin)}.`
  else reason = `${facts}; its lower bound does not exceed the margin ${signed(margin)}. A true difference of ${show(detectable)} above the margin would have passed in 80 % of cases.`
  return { passed, rows, positives, candidate, referenceValue, difference, standardError, z, pValue, detectable, reason }
}

function show(n: number): string { return n.toFixed(4) }
function signed(n: number): string { return `${n < 0 ? '−' : '+'}${show(Math.abs(n))}` }
function percent(share: number): string { return `${Number((share * 100).toPrecision(4))} %` }
