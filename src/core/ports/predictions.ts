import type { Table } from '../table.ts'
import type { Micros } from '../time.ts'

/** What the production component offers monitoring. */
export interface PredictionPort {
  /** Predictions of an endpoint with event time in [from, to), with their truth where it is known by `knownBy` (default: now). */
  outcomes(query: { endpoint: string; label: string; from: Micros; to: Micros; knownBy?: Micros }): Promise<Outcomes>
  /** What the model read for predictions with event time in [from, to) under one content: column `eventTime`, then the model's inputs in order. */
  features(query: { endpoint: string; contentDigest: string; from: Micros; to: Micros }): Promise<Table>
  /** Which releases answered for an endpoint, in which role and when, by the home's time; the oldest first. */
  served(endpoint: string): Promise<ServedRelease[]>
}

/** In the order of `Outcomes.role`. */
export const ROLES = ['champion', 'challenger', 'canary', 'shadow'] as const
export type PredictionRole = (typeof ROLES)[number]

/** What answered in place of the model; '' is the model itself. In the order of `Outcomes.fallback`. */
export const FALLBACKS = ['', 'previous', 'rule', 'default'] as const
export type FallbackKind = (typeof FALLBACKS)[number]

/** Parallel arrays, by sequence. `label` is 1, 0, or NaN where no truth has come. */
export interface Outcomes {
  rows: number
  sequence: Float64Array
  eventTime: Float64Array
  output: Float64Array
  label: Float64Array
  labelKnownAt: Float64Array
  /** Number of the release that answered. */
  release: Float64Array
  /** Place in `ROLES`. */
  role: Uint8Array
  /** Place in `FALLBACKS`. */
  fallback: Uint8Array
}

/** One release in one role over one stretch of the home's time. */
export interface ServedRelease {
  /** `<endpoint>@<6-digit number>` */
  id: string
  number: number
  model: string
  modelVersion: number
  contentDigest: string
  /** Dataset version that trained it. */
  trainingSet: string
  role: PredictionRole
  share: number
  since: Micros
  /** Null while it serves. */
  until: Micros | null
  /** Number of the deployment revision that began it, and how: deploy, promote, rollback … */
  revision: number
  action: string
}
