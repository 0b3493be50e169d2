import type { Outcomes } from '../core/ports/predictions.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../core/time.ts'

/** The share of outcomes that had come by the delay that is waited for. */
const QUANTILE = 0.999
/** Outcomes under which a delay at that quantile says nothing. */
const FEWEST = 1_000

/** Predictions without truth: those that wait for it, and those that wait in vain. */
export interface MissingTruth {
  /** Younger than `delay`. */
  awaited: number
  /** Older: a cancelled flight never arrives. */
  never: number
  /** Event time to known outcome at the 99.9th percentile of those that came; null while too few came. */
  delay: Micros | null
  /** The same in words, and how it was decided. */
  sentence: string
}

export function countMissingTruth({ eventTime, label, labelKnownAt }: Outcomes, rows: readonly number[], knownBy: Micros): MissingTruth {
  const delays = Float64Array.from(rows.filter(i => !Number.isNaN(label[i])), i => labelKnownAt[i] - eventTime[i]).sort()
  const without = rows.filter(i => Number.isNaN(label[i]))
  const n = (count: number): string => count.toLocaleString('en')
  if (delays.length < FEWEST) {
    return { awaited: without.length, never: 0, delay: null, sentence: `${n(without.length)} of ${n(rows.length)} predictions have no outcome yet; too few outcomes (${n(delays.length)}) have come to say which never will.` }
  }
  const delay = delays[Math.ceil(QUANTILE * delays.length) - 1]
  const never = without.filter(i => knownBy - eventTime[i] > delay).length
  const awaited = without.length - never
  return {
    awaited, never, delay,
    sentence: `${n(never)} of ${n(rows.length)} predictions will never get an outcome: they are older than ${formatDelay(delay)}, within which 99.9 % of the ${n(delays.length)} outcomes that came had come. ${awaited === 0 ? 'No other is awaited.' : `${n(awaited)} more ${awaited === 1 ? 'is' : 'are'} awaited.`}`,
  }
}

function formatDelay(delay: Micros): string {
  if (delay >= 3 * DAY) return `${(delay / DAY).toFixed(1)} days`
  return delay >= 3 * HOUR ? `${(delay / HOUR).toFixed(1)} hours` : `${Math.max(0, delay / MINUTE).toFixed(0)} minutes`
}
