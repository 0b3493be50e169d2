import type { PredictionPort } from '../core/ports/predictions.ts'
import { DAY, type Micros } from '../core/time.ts'
import { answered } from './outcome-rows.ts'
import { summarize, type Performance } from './performance.ts'

/** What is meant by now: long enough for labels to have come, short enough to show a change. */
const WINDOW: Micros = 7 * DAY

/** What a release answered in the last seven days of event time, measured by the outcomes that are known. */
export interface CurrentQuality extends Performance { release: number }

/** By release, the newest first. */
export async function currentQuality(predictions: Pick<PredictionPort, 'outcomes'>, { endpoint, label, now }: { endpoint: string; label: string; now: Micros }): Promise<CurrentQuality[]> {
  const range = { from: now - WINDOW + 1, to: now + 1 }
  const outcomes = await predictions.outcomes({ endpoint, label, ...range, knownBy: now })
  const places = new Map<number, number[]>()
  for (const i of answered(outcomes)) {
    const release = outcomes.release[i]
    const list = places.get(release)
    if (list === undefined) places.set(release, [i])
    else list.push(i)
  }
  return [...places].sort(([a], [b]) => b - a).map(([release, rows]) => ({ release, ...summarize(outcomes, rows, range.from, range.to, 0.05) }))
}
