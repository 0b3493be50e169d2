import { SlipwayError } from '../core/errors.ts'
import type { Outcomes, PredictionPort } from '../core/ports/predictions.ts'
import type { Estimate } from '../core/ports/registry.ts'
import { aucEstimate } from '../core/statistics/auc.ts'
import { measureCalibration, type Calibration } from '../core/statistics/calibration.ts'
import { brierScore, logLoss } from '../core/statistics/scores.ts'
import type { Micros } from '../core/time.ts'
import { answered, labelledRows, pairs } from './outcome-rows.ts'
import { nextPeriod, startOfPeriod, type PeriodLength } from './period.ts'

/** What a chart can show, and more than anybody reads. */
const MOST_PERIODS = 2_000

export interface PerformanceQuery {
  endpoint: string
  label: string
  /** Predictions with event time in [from, to). */
  from: Micros
  to: Micros
  by: PeriodLength
  /** Truth as it was known then; default: now. */
  knownBy?: Micros
  /** Two-sided level of the intervals; default 0.05. */
  alpha?: number
}

/** Metrics rest on the model's answers whose truth has come, and are null where those do not give one. */
export interface Performance {
  /** Event times in [from, to), cut to the query's range. */
  from: Micros
  to: Micros
  /** Answers: a shadow gives none. */
  predictions: number
  /** Of them, those that did not come from the model. */
  fallback: number
  labelled: number
  /** labelled / (predictions − fallback); null without any. */
  labelledShare: number | null
  positives: number
  /** Mean output of the model, labelled or not. */
  meanOutput: number | null
  /** With DeLong's interval; null without both outcomes. */
  auc: Estimate | null
  /** Nats a prediction. */
  logLoss: number | null
  brier: number | null
  /** Mean predicted against observed with its Wilson interval, ECE of 15 bins, recalibration line. */
  calibration: Calibration | null
}

export interface PerformanceReport {
  endpoint: string
  label: string
  by: PeriodLength
  knownBy: Micros
  total: Performance
  /** From the first prediction's period to the last one's, empty ones between them included. */
  periods: Performance[]
}

/** @throws SlipwayError `invalid_request` for an empty range or one of too many periods. */
export async function measurePerformance(predictions: Pick<PredictionPort, 'outcomes'>, query: PerformanceQuery, now: Micros): Promise<PerformanceReport> {
  const { endpoint, label, from, to, by, knownBy = now, alpha = 0.05 } = query
  if (!(from < to)) throw new SlipwayError('invalid_request', 'The range is empty: `from` must be before `to`.')
  const outcomes = await predictions.outcomes({ endpoint, label, from, to, knownBy })
  return {
    endpoint, label, by, knownBy,
    total: summarize(outcomes, answered(outcomes), from, to, alpha),
    periods: splitPeriods(outcomes, by).map(p => summarize(outcomes, p.rows, Math.max(from, p.from), Math.min(to, p.to), alpha)),
  }
}

/** Answers by period, from the first one's to the last one's. @throws SlipwayError `invalid_request` for more periods than anybody reads. */
export function splitPeriods(outcomes: Outcomes, by: PeriodLength): { from: Micros; to: Micros; rows: number[] }[] {
  const members = new Map<Micros, number[]>()
  for (const i of answered(outcomes)) {
    const start = startOfPeriod(outcomes.eventTime[i], by)
    const list = members.get(start)
    if (list === undefined) members.set(start, [i])
    else list.push(i)
  }
  if (members.size === 0) return []
  const starts = [...members.keys()].sort((a, b) => a - b)
  const periods = []
  for (let start = starts[0]; start <= starts[starts.length - 1]; start = nextPeriod(start, by)) {
    if (periods.length === MOST_PERIODS) throw new SlipwayError('invalid_request', `The predictions span more than ${MOST_PERIODS} periods by ${by}; choose longer periods or a shorter range.`)
    periods.push({ from: start, to: nextPeriod(start, by), rows: members.get(start) ?? [] })
  }
  return periods
}

/** Answers of one period, measured. */
export function summarize(outcomes: Outcomes, rows: readonly number[], from: Micros, to: Micros, alpha: number): Performance {
  const { output, fallback } = outcomes
  const labelled = labelledRows(outcomes, rows)
  const { scores, truth } = pairs(outcomes, labelled)
  const byModel = rows.filter(i => fallback[i] === 0)
  const answers = byModel.filter(i => !Number.isNaN(output[i]))
  const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
  return {
    from, to, predictions: rows.length, fallback: rows.length - byModel.length, labelled: labelled.length,
    labelledShare: orNull(labelled.length / byModel.length),
    positives: truth.reduce((n, y) => n + y, 0),
    meanOutput: orNull(answers.reduce((sum, i) => sum + output[i], 0) / answers.length),
    auc: aucEstimate(scores, truth, alpha),
    logLoss: orNull(logLoss(scores, truth)),
    brier: orNull(brierScore(scores, truth)),
    calibration: measureCalibration(scores, truth, { alpha }),
  }
}
