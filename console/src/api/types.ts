// What the native API answers, as far as the console reads it. Times are ISO 8601 text.

export type Time = string
export interface Estimate { value: number; low: number; high: number }
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export interface Pulse { ledger: number; journal: number; now: Time; ready: boolean; approvals: number; alerts: number; incidents: number }

export interface Status {
  version: string; home: string; ready: boolean; startedAt: Time; now: Time
  you: { actor: string; role: 'viewer' | 'scientist' | 'approver' | 'admin' | 'auditor' }
  journal: { position: number; durable: number }; ledger: { size: number }; counts: Record<string, number>
}

export interface Serving { id: string; number: number; role: Role; share: number; since: Time }
export type Role = 'champion' | 'challenger' | 'canary' | 'shadow'

export interface EndpointOverview {
  name: string; description: string | null; model: string; /** Served straight from a file. */ unmanaged?: boolean; serving: Serving[]; predictions: number
  traffic: { from: Time; to: Time; total: number; fallbacks: number; counts: number[] } | null
  quality: { metric: 'auc'; value: Estimate | null; limit: number | null; monitor: string | null; labelled: number; predictions: number; from: Time; to: Time } | null
  drift: { feature: string; beyondNoise: number; limit: number; state: string; n: number; monitor: string; at: Time } | null
  alerts: { id: string; monitor: string; severity: Severity; state: string; summary: string; since: Time }[]
  incidents: { id: string; title: string; openedAt: Time }[]
  pending: number
  last: { index: number; at: Time; actor: string; action: string; from: string | null; to: string | null } | null
}
export interface Overview { now: Time; at: Time | null; ledger: number; endpoints: EndpointOverview[] }

export type Severity = 'page' | 'ticket' | 'info'
export type Value = string | number | boolean | null

export interface Truth { name: string; value: number | null; knownAt: Time; sequence: number }

export interface Prediction {
  id: string; sequence: number; endpoint: string; release: number; role: Role; eventTime: Time; acceptedAt: Time; recordedAt: Time
  /** null: a fallback answered, and read nothing. */ asOf: number | null; ledgerSize: number; caller: string; latency: number; output: number; decision: boolean | null
  fallback: boolean | string; labelKey: string | null
  entities: Record<string, Value>; request: Record<string, Value>; features: Record<string, Value>; truth: Truth[]
}

export interface FeatureOrigin {
  name: string; value: Value; from: 'request' | 'on-demand' | 'view'
  view?: string; source?: string; entity?: string; key?: Value; column?: string | null; rule?: string; after?: Time | null; until?: Time | null; asOf?: number
  export?: string; inputs?: string[]
}
export interface TraceStep { step: string; subject: string; digest: string | null; ledger: number | null; details: Record<string, Json>; missing?: string }
export interface Trace { id: string; endpoint: string; output: number; decision: boolean | null; steps: TraceStep[]; features: FeatureOrigin[]; missing: string[] }

export interface Replay { id: string; release: string; contentDigest: string; equal: boolean; output: number; replayed: number; differences: { what: string; logged: Value; replayed: Value }[] }

export interface Explanation {
  id?: string; base: number; raw: number; output: number; link: 'logit' | 'identity'; method: string; additive?: boolean
  contributions: { feature: string; value: Value; contribution: number }[]
}
export interface WhatIf { release: number; output: number; decision: boolean | null; explanation?: Explanation; changed: { feature: string; from: Value; to: Value }[] }

export interface Column { name: string; type: 'string' | 'float64' | 'int64' | 'boolean' | 'timestamp' }
export interface Endpoint {
  name: string; description?: string; model: string; unmanaged?: boolean; threshold: number | null; predictions: number
  release: { id: string; number: number; model: string; version: number; contentDigest: string } | null
  entities: Column[]; request: (Column & { optional?: boolean })[]; labelEntity: Column | null; features: Column[]
  example: { entities: Record<string, Value>; request: Record<string, Value> } | null
}

export interface Route { release: string; number: number; role: Role; share: number; since: Time }
export interface Revision { number: number; action: string; routes: Route[]; base: number | null; actor: string; at: Time; since?: Time }
export interface Deployment { endpoint: string; revisions: Revision[] }
export interface Difference { path: string; from: Json; to: Json }
export interface DeploymentChange { endpoint: string; action: string; from: Json; to: Json; changes: Difference[]; dryRun: boolean; ledger: number | null }

export interface Traffic {
  endpoint: string; from: Time; to: Time; step: number; total: number; fallbacks: number; counts: number[]; fallbackCounts: number[]; kinds: Record<string, number>
  releases: { release: number; role: Role; total: number; counts: number[] }[]
  latency?: { p50: (number | null)[]; p99: (number | null)[]; total: { p50: number | null; p99: number | null } }
}

export interface Calibration { predicted: number; observed: Estimate; ece: number; line: { intercept: number; slope: number } | null }
export interface Performance {
  from: Time; to: Time; predictions: number; labelled: number; labelledShare: number | null; positives: number; meanOutput: number | null
  auc: Estimate | null; logLoss: number | null; brier: number | null; calibration: Calibration | null
}
export interface PerformanceReport { endpoint: string; label: string; by: string; knownBy: Time; total: Performance; periods: Performance[] }

export interface Gate {
  id: string; model: string; version: number; passed: boolean; metric: 'auc'; reference: string; rows: number; positives: number; candidate: Estimate; referenceValue: Estimate; difference: Estimate
  margin: number; alpha: number; test: string; pValue: number; detectable: number; reason: string; at: Time; actor?: string; contentDigest: string
}
export interface Approval { id: string; contentDigest: string; gate: string; actor: string; approved: boolean; reason: string; at: Time; model?: string; version?: number }
export interface ModelVersion {
  model: string; version: number; contentDigest: string; run: string; gate: Gate | null; approval: Approval | null
  content: { model: { digest: string; format: string }; threshold: number | null; features: { outputs: Column[]; onDemandDigest: string | null } }
  lineage: { trainingSet: string; parents: string[]; seed: number; learner: string; params: Record<string, number> }
}
export interface Model {
  name: string; service: string; seed?: number; description?: string; learner: { name: string; params?: Record<string, number> }; newest: number | null
  evaluation: { metric: string; holdout: number; margin: number; alpha: number; baseline: { name: string }; approval: { policy?: string; role?: string; fourEyes?: boolean }; trial?: { share: number; length: string; margin: number } }
  examples: { dataset: string; label: { name: string; column: string; above?: number } }
}
export interface Metrics { rows: number; positives: number; auc: Estimate; logLoss: number; brier: number; calibration: Calibration }
export interface Run {
  id: string; model: string; status: 'running' | 'finished' | 'failed'; actor: string; seed: number; from: Time; to: Time; labelsKnownBy: Time; version: number | null
  learner: { name: string }; baseline: { name: string }; startedAt: Time; finishedAt: Time | null; durations: Record<string, number>; error: { code: string; message: string } | null
  data: { evaluationSet: string; trainingSet: string; parents: string[]; holdoutFrom: Time; counts: { examples: number; training: number; labelTooLate: number; holdout: number } } | null
  candidate: { learner: { name: string }; metrics: Metrics; summary: { importance?: { feature: string; share: number }[] } } | null
  reference: { learner: { name: string }; metrics: Metrics } | null
}
export interface Pending {
  model: string; version: number; contentDigest: string; since: Time; gate: Gate; fourEyes: boolean
  run: { id: string; actor: string; learner: string; trainingSet: string }; endpoints: { name: string; release: string | null }[]
}
export interface Release {
  id: string; number: number; endpoint: string; model: string; modelVersion: number; contentDigest: string; created: Time; actor: string
  gate: Gate | null; approval: Approval | null; waiver: { reason: string; until: Time; actor: string } | null; run: string
}

export interface LedgerEntry {
  index: number; id: string; at: Time; recordedAt: Time; actor: string; action: string; subject: string
  documents: { kind: string; id: string; revision: number; digest: string | null; blobs?: string[] }[]; details: Record<string, Json>
}
export interface Proof { leaf: string; size: number; root: string; path: string[] }
export interface VerifyReport { ok: boolean; checked: { what: string; count: number }[]; problems: { place: string; what: string; remedy: string }[] }

export interface Look { at: Time; window: { from: Time; to: Time }; state: 'ok' | 'firing' | 'few'; value: number | null; interval: { low: number; high: number } | null; limit: number; n: number; features?: { feature: string; beyondNoise: number; qValue: number }[] }
export interface MonitorDefinition { name: string; kind: 'quality' | 'drift' | 'fallback'; endpoint: string; window: string; every: string; severity: Severity; metric?: string; limit?: number; description?: string }
export interface Monitor { definition: MonitorDefinition; looks: Look[]; evaluatedAt: Time | null }
export interface Alert {
  id: string; monitor: string; kind: string; endpoint: string; severity: Severity; state: 'firing' | 'acknowledged' | 'resolved'; summary: string; metric: string; value: number; interval: { low: number; high: number } | null
  limit: number; n: number; since: Time; lastSeen: Time; acknowledged: { actor: string; at: Time; note: string } | null; resolvedAt: Time | null; incident: string | null
}
export interface Incident { id: string; endpoint: string; title: string; state: 'open' | 'closed'; openedAt: Time; closedAt: Time | null; alerts: string[]; timeline: { at: Time; what: string; ledger: number | null }[]; postMortem: string | null; draft?: string }

export interface FeatureDrift {
  feature: string; type: 'number' | 'category'; rows: number; referenceRows: number; missing: number; referenceMissing: number
  effect: number; noise: number; beyondNoise: number; psi: number; psiBeyondNoise: number; test: string; pValue: number; qValue: number; state: 'none' | 'watch' | 'alert' | 'few'
}
export interface DriftReport { endpoint: string; by: string; periods: { from: Time; to: Time; predictions: number; features: FeatureDrift[]; release: string; trainingSet: string }[] }

export interface TrialArm { release: string; share: number; predictions: number; labelled: number; brier: number | null; auc: Estimate | null; meanOutput: number | null; positives: number }
export interface TrialReport {
  endpoint: string; champion: TrialArm; challenger: TrialArm; difference: Estimate; aucDifference: Estimate | null; alpha: number; margin: number
  sampleRatio: { expected: number; observed: number; pValue: number; warning: boolean }; from: Time; ends: Time; now: Time; verdict: 'swap' | 'keep' | 'continue'; reason: string
}

export interface Dataset { name: string; files: string[]; description?: string; head: { version: string; rows: number; files: { name: string; bytes: number; digest: string }[]; schema: Column[] } | null }
export interface Source { name: string; dataset: string; id: string[]; eventTime?: string; knownAt?: string; columns: Column[]; description?: string }
export interface FeatureView { name: string; kind: 'aggregate' | 'latest'; entity: string | string[]; source: string; description?: string; owner?: string; ttl?: string; features: { name: string; column?: string; aggregate?: string; window?: unknown }[]; text?: string[] }
export interface OnlineSource { source: string; kind: 'events' | 'static'; rows: number; keys: Record<string, number>; watermark: Time | null; oldestRead: Time | null; datasetVersion: string | null; bytes: number; bytesPerKey: number; keptBytes: number }
export interface Features { views: FeatureView[]; services: { name: string; entities: string[]; features: string[]; request: Column[]; onDemand?: { module: string; functions: { name: string; inputs: string[] }[] } }[]; online: { lateness: number; sources: OnlineSource[] } }
export interface DatasetVersion { name?: string; rows: number; files: { name: string; bytes: number; digest: string }[]; schema: Column[]; parents?: string[] | Record<string, Json>; [more: string]: unknown }

export interface ColumnProfile { name: string; type: string; missing: number; distinct: number; min: Value; max: Value; mean: number | null; quantiles: number[] | null; histogram: { from: number; to: number; count: number }[] | null; top: { value: Value; count: number }[] | null }
export interface DatasetProfile { version: string; rows: number; sampled: number; columns: ColumnProfile[] }
export interface FeatureViewFacts {
  view: FeatureView; entities: string[]; keyTypes: Record<string, string>; source: Source | null; where: string | null; meaning: { name: string; text: string }[]
  online: OnlineSource[]; now: Time; usedBy: { services: string[]; models: string[]; endpoints: string[]; views: string[] }
  distribution: { version: string; name: string; rows: number; sampled: number; columns: ColumnProfile[] } | null
}
export interface FeatureValues { asOf: number; features: Column[]; times: number[]; points: Value[][]; rows: { source: string; id: string; eventTime: Time | null; knownAt: Time | null; sequence: number; values: Record<string, Value> }[] }
