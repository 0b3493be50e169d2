// The documents that this component keeps, as plain data.
import type { FallbackDefinition, EvaluationPolicy, FeatureContent, LearnerDefinition, ModelContent } from '../core/definition.ts'
import type { ApprovalRecord, Estimate, GateRecord, ModelVersion } from '../core/ports/registry.ts'
import type { Calibration } from '../core/statistics/calibration.ts'
import type { Json } from '../core/canonical.ts'
import type { Micros } from '../core/time.ts'

/** How well scores did on rows that they were not trained on. */
export interface Metrics {
  rows: number
  positives: number
  /** DeLong's interval at the policy's level. */
  auc: Estimate
  /** Nats a row. */
  logLoss: number
  brier: number
  calibration: Calibration
}

/** One learner's result within a run. */
export interface TrainedModel {
  learner: LearnerDefinition
  /** Blob digest and format. */
  artifact: { digest: string; format: string }
  metrics: Metrics
  /** What the learner tells of itself: rounds, the stopping point, and the like. */
  summary: Json
}

/** run/<id>. A run makes one candidate and its baseline from the same rows. */
export interface Run {
  id: string
  model: string
  status: 'running' | 'finished' | 'failed'
  /** `user:ada`. */
  actor: string
  learner: LearnerDefinition
  baseline: LearnerDefinition
  seed: number
  /** Share of the training rows, the last ones, by which learners choose when to stop. */
  validationFraction: number
  /** Prediction times in [from, to); labels known by then. */
  from: Micros
  to: Micros
  labelsKnownBy: Micros
  /** The policy as it was registered when the run began. */
  policy: EvaluationPolicy
  threshold: number | null
  fallback?: FallbackDefinition
  data: RunData | null
  featuresDigest: string | null
  candidate: TrainedModel | null
  reference: TrainedModel | null
  content: ModelContent | null
  contentDigest: string | null
  /** The model version that it became. */
  version: number | null
  startedAt: Micros
  finishedAt: Micros | null
  /** Microseconds of wall time a step. */
  durations: Record<string, Micros>
  error: { code: string; message: string } | null
}

/** Which rows trained, and which judged. */
export interface RunData {
  /** Dataset version of all examples; its rows from `holdoutFrom` on are the holdout. */
  evaluationSet: string
  /** Dataset version of the rows that trained: before `holdoutFrom`, with labels known by then. */
  trainingSet: string
  /** What both were made from. */
  parents: string[]
  /** The first prediction time of the holdout. */
  holdoutFrom: Micros
  counts: {
    examples: number
    training: number
    /** Before the holdout, but their label became known only after it began: they train nothing. */
    labelTooLate: number
    holdout: number
  }
}

/** modelVersion/<model>@<6-digit version>. Content and lineage never change; gate and approval are the ids of the newest. */
export interface VersionDocument {
  model: string
  version: number
  contentDigest: string
  content: ModelContent
  run: string
  lineage: ModelVersion['lineage']
  gate: string | null
  approval: string | null
  createdAt: Micros
}

/** gate/<id>: the comparison with all that repeats it. */
export interface Gate extends GateRecord {
  model: string
  version: number
  actor: string
  policy: EvaluationPolicy
  standardError: number
  z: number
  /** The judged artifacts and rows. `referenceSet` and `referenceFeatures` are the champion's own where it reads other features. */
  inputs: {
    evaluationSet: string
    holdoutFrom: Micros
    candidate: { digest: string; format: string }
    reference: { digest: string; format: string }
    referenceSet: string
    referenceContent: string | null
    referenceFeatures: FeatureContent | null
  }
}

/** approval/<id>. */
export interface Approval extends ApprovalRecord { model: string; version: number }

export function versionId(model: string, version: number): string { return `${model}@${String(version).padStart(6, '0')}` }
