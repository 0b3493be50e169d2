import type { Micros } from '../time.ts'

/** What the production component offers monitoring. */
export interface PredictionPort {
  /** Predictions of an endpoint with event time in [from, to), with their truth where it is known by `knownBy` (default: now). */
  outcomes(query: { endpoint: string; label: string; from: Micros; to: Micros; knownBy?: Micros }): Promise<Outcomes>
}

/** Parallel arrays, by sequence. `label` is 1, 0, or NaN where no truth has come. */
export interface Outcomes {
  rows: number
  sequence: Float64Array
  eventTime: Float64Array
  output: Float64Array
  label: Float64Array
  labelKnownAt: Float64Array
}
