// Time decides which rows do what: the early ones teach, later ones choose, still later ones judge once.
import { SlipwayError } from '../../core/errors.ts'
import { formatTime, type Micros } from '../../core/time.ts'

/** Of the rows that do not judge, this share teaches. */
const TEACHING = 0.6
/** The rows that judge, where the model's policy holds out fewer. */
const LEAST_JUDGING = 0.25
/** Rows of each outcome that a slice must have: under it no gain could be told from noise. */
const FEWEST_OF_A_CLASS = 20

/** How much of the examples by time each slice takes. */
export interface Shares { early: number; later: number; last: number }

/** The last slice is at least what a gate under the policy holds out, so that the rows of a later gate have chosen nothing. */
export function sharesOf(holdout: number): Shares {
  const last = Math.max(LEAST_JUDGING, holdout)
  return { early: (1 - last) * TEACHING, later: (1 - last) * (1 - TEACHING), last }
}

export interface Slice { from: Micros; /** Exclusive. */ to: Micros; rows: number; positives: number }

export interface Slices {
  /** Row numbers: before `later`, labels known when it began. */
  early: Uint32Array
  /** Labels known when the last slice began. */
  later: Uint32Array
  /** All that was known when the last slice began: what the judged models are trained on. */
  before: Uint32Array
  last: Uint32Array
  described: { early: Slice; later: Slice; last: Slice }
}

/** For each row, by time. */
export interface Timeline { times: Float64Array; labelsKnown: Float64Array; labels: Uint8Array }

/** @throws SlipwayError `invalid_request` for a slice with too few rows of an outcome. */
export function sliceRows({ times, labelsKnown, labels }: Timeline, shares: Shares): Slices {
  const at = (share: number): Micros => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  const laterFrom = at(shares.early)
  const lastFrom = at(shares.early + shares.later)
  const choose = (from: Micros, to: Micros, knownBy: Micros): Uint32Array => {
    const rows: number[] = []
    for (let i = 0; i < times.length; i++) if (times[i] >= from && times[i] < to && labelsKnown[i] <= knownBy) rows.push(i)
    return Uint32Array.from(rows)
  }
  const end = times[times.length - 1] + 1
  const slices = { early: choose(times[0], laterFrom, laterFrom), later: choose(laterFrom, lastFrom, lastFrom), before: choose(times[0], lastFrom, lastFrom), last: choose(lastFrom, end, Number.POSITIVE_INFINITY) }
  const describe = (name: 'early' | 'later' | 'last', from: Micros, to: Micros): Slice => {
    const rows = slices[name]
    const positives = rows.reduce((n, i) => n + labels[i], 0)
    if (Math.min(positives, rows.length - positives) < FEWEST_OF_A_CLASS) {
      throw new SlipwayError('invalid_request', `The ${name} slice of the examples (from ${formatTime(from)} to ${formatTime(to)}) has ${rows.length} rows with known labels, ${positives} of them positive; ${FEWEST_OF_A_CLASS} of each outcome are needed.`, { remedy: 'Take more rows, or a longer range.' })
    }
    return { from, to, rows: rows.length, positives }
  }
  return { ...slices, described: { early: describe('early', times[0], laterFrom), later: describe('later', laterFrom, lastFrom), last: describe('last', lastFrom, end) } }
}
