// A challenger against the champion, on the outcomes of their own shares of the traffic.
import type { TrialPolicy } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { ROLES, type Outcomes, type PredictionPort, type ServedRelease } from '../core/ports/predictions.ts'
import type { Estimate } from '../core/ports/registry.ts'
import { aucEstimate, aucVariance } from '../core/statistics/auc.ts'
import { testShares } from '../core/statistics/chi-square.ts'
import { alwaysValidDifference, alwaysValidInterval } from '../core/statistics/confidence-sequence.ts'
import { brierScore } from '../core/statistics/scores.ts'
import { formatTime, parseDuration, type Micros } from '../core/time.ts'
import { labelledRows, pairs } from './outcome-rows.ts'
import type { TrialArm, TrialReport } from './records.ts'

/** Labels of an arm under which nothing is said: the interval is asymptotic. */
const FEWEST = 100
/** Outcomes of each kind that DeLong's variance asks for. */
const FEWEST_OF_CLASS = 10
/** A split this unlikely is not the one that was asked for (Fabijan et al. 2019). */
const MISMATCH = 0.001
/** Where a model has no policy: four weeks, and a loss that is hard to see. */
const DEFAULTS: Omit<TrialPolicy, 'share'> = { length: '28d', margin: 0.002 }

export interface TrialRequest { endpoint: string; /** As it was known then; default: now. */ at?: Micros }

/** @throws SlipwayError `not_found` when no challenger ever ran. */
export async function reportTrial(predictions: Pick<PredictionPort, 'outcomes' | 'served'>, request: { endpoint: string; label: string; policy: TrialPolicy | undefined; now: Micros }): Promise<TrialReport> {
  const { endpoint, label, policy, now } = request
  const { challenger, champion } = findArms(await predictions.served(endpoint), endpoint, now)
  const until = Math.min(challenger.until ?? Infinity, champion.until ?? Infinity, now + 1)
  const outcomes = await predictions.outcomes({ endpoint, label, from: challenger.since, to: Math.max(until, challenger.since + 1), knownBy: now })
  const rules = { ...DEFAULTS, ...policy, alpha: policy?.alpha ?? 0.05 }
  const ends = challenger.since + (parseDuration(rules.length) ?? 0)
  const compared = compareArms(armOf(outcomes, champion), armOf(outcomes, challenger), rules.alpha)
  return { endpoint, ...compared, alpha: rules.alpha, margin: rules.margin, from: challenger.since, ends, now, ...judge(compared, rules, now >= ends, ends) }
}

/** The challenger that runs, or the last one, and the champion beside it when it began. */
function findArms(served: readonly ServedRelease[], endpoint: string, now: Micros): { challenger: ServedRelease; champion: ServedRelease } {
  const begun = served.filter(s => s.since <= now)
  const challenger = begun.findLast(s => s.role === 'challenger')
  if (challenger === undefined) throw new SlipwayError('not_found', `${endpoint} has had no challenger.`, { remedy: `Give a release a share of its traffic: slipway deploy ${endpoint} --role challenger --share 0.5` })
  const champion = begun.findLast(s => s.role === 'champion' && s.since <= challenger.since && (s.until ?? Infinity) > challenger.since)
  if (champion === undefined) throw new SlipwayError('not_found', `${endpoint} had no champion when ${challenger.id} began as its challenger.`)
  return { challenger, champion }
}

/** What one release answered in its role. */
export interface ArmRows { release: string; share: number; predictions: number; fallback: number; meanOutput: number | null; scores: Float64Array; truth: Uint8Array }

function armOf(outcomes: Outcomes, { id, number, role, share }: ServedRelease): ArmRows {
  const all: number[] = []
  let fallback = 0
  let sum = 0
  for (let i = 0; i < outcomes.rows; i++) {
    if (outcomes.role[i] !== ROLES.indexOf(role)) continue
    // What answered in place of the model is no outcome of it; its assignment to this arm still counts.
    if (outcomes.fallback[i] !== 0) { fallback++; continue }
    if (outcomes.release[i] !== number) continue
    all.push(i)
    sum += outcomes.output[i]
  }
  return { release: id, share, predictions: all.length, fallback, meanOutput: all.length === 0 ? null : sum / all.length, ...pairs(outcomes, labelledRows(outcomes, all)) }
}

type Compared = Pick<TrialReport, 'champion' | 'challenger' | 'difference' | 'aucDifference' | 'sampleRatio'>

/** The comparison at one look. Its intervals hold at every look at once, so it may be watched. */
export function compareArms(champion: ArmRows, challenger: ArmRows, alpha: number): Compared {
  const n = champion.truth.length + challenger.truth.length
  const enough = Math.min(champion.truth.length, challenger.truth.length) >= FEWEST
  const [a, b] = [errorsOf(challenger), errorsOf(champion)]
  const raw = a.n > 0 && b.n > 0 ? a.mean - b.mean : 0
  const difference = enough ? clip(alwaysValidDifference(a, b, { alpha })) : null
  return {
    champion: summarize(champion), challenger: summarize(challenger),
    difference: difference ?? { value: raw, low: -1, high: 1 },
    aucDifference: enough ? differenceOfAuc(challenger, champion, n, alpha) : null,
    sampleRatio: checkSplit(champion, challenger),
  }
}

function summarize({ release, share, predictions, fallback, meanOutput, scores, truth }: ArmRows): TrialArm {
  const labelled = truth.length
  return { release, share, predictions, fallback, labelled, positives: truth.reduce((n, y) => n + y, 0), meanOutput, brier: labelled === 0 ? null : brierScore(scores, truth), auc: aucEstimate(scores, truth) }
}

/** Squared errors of an arm. */
function errorsOf({ scores, truth }: ArmRows): { n: number; mean: number; variance: number } {
  const n = truth.length
  const mean = brierScore(scores, truth)
  let squares = 0
  for (let i = 0; i < n; i++) squares += ((scores[i] - truth[i]) ** 2 - mean) ** 2
  return { n, mean, variance: squares / (n - 1) }
}

function differenceOfAuc(first: ArmRows, second: ArmRows, n: number, alpha: number): Estimate | null {
  const few = [first, second].some(({ truth }) => { const positives = truth.reduce((k, y) => k + y, 0); return Math.min(positives, truth.length - positives) < FEWEST_OF_CLASS })
  const [a, b] = [aucEstimate(first.scores, first.truth), aucEstimate(second.scores, second.truth)]
  if (few || a === null || b === null) return null
  const error = Math.sqrt(aucVariance(first.scores, first.truth) + aucVariance(second.scores, second.truth))
  return clip(alwaysValidInterval(a.value - b.value, error, n, { alpha }))
}

/** Differences of numbers from 0 to 1 lie in [−1, 1]. */
function clip(estimate: Estimate | null): Estimate | null {
  return estimate === null ? null : { value: estimate.value, low: Math.max(-1, estimate.low), high: Math.min(1, estimate.high) }
}

/** Whether the arms got the shares that were asked for, by assignment, answered by the model or not. */
function checkSplit(champion: ArmRows, challenger: ArmRows): TrialReport['sampleRatio'] {
  const counts = [challenger, champion].map(a => a.predictions + a.fallback)
  const { pValue } = testShares(counts, [challenger.share, champion.share])
  const total = counts[0] + counts[1]
  return { expected: challenger.share / (challenger.share + champion.share), observed: total === 0 ? 0 : counts[0] / total, pValue, warning: pValue < MISMATCH }
}

function judge({ champion, challenger, difference, sampleRatio }: Compared, { margin }: { margin: number }, over: boolean, ends: Micros): Pick<TrialReport, 'verdict' | 'reason'> {
  const { value, low, high } = difference
  const signed = (n: number): string => `${n > 0 ? '+' : ''}${n.toFixed(4)}`
  const labels = `${challenger.labelled.toLocaleString('en')} and ${champion.labelled.toLocaleString('en')} outcomes`
  const numbers = `Brier difference ${signed(value)} (${signed(low)} to ${signed(high)}) on ${labels}`
  const say = (verdict: TrialReport['verdict'], words: string): Pick<TrialReport, 'verdict' | 'reason'> => ({ verdict, reason: `${words}: ${numbers}.` })
  if (sampleRatio.warning) {
    const split = `the challenger got ${(sampleRatio.observed * 100).toFixed(1)} % of the traffic, not ${(sampleRatio.expected * 100).toFixed(1)} %, so the arms cannot be compared`
    return say(over ? 'keep' : 'continue', over ? `The trial is over, and ${split}` : `No judgement, as ${split}`)
  }
  if (high < 0) return say('swap', `${challenger.release} is better for certain`)
  if (low > 0) return say('keep', `${challenger.release} is worse for certain`)
  if (!over) return say('continue', `Neither is shown to be better; the trial goes on to ${formatTime(ends)}`)
  return high <= margin ? say('swap', `The trial is over, and ${challenger.release} is not worse than the margin of ${margin}`) : say('keep', `The trial is over, and ${challenger.release} may be worse than the margin of ${margin}`)
}
