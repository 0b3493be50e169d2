import type { ModelContent } from '../definition.ts'

/** What the intelligence component offers the others. */
export interface RegistryPort {
  /** A model version with gate and approval, as recorded now; version null is the newest. `not_found` when there is none. */
  getVersion(model: string, version: number | null): Promise<ModelVersion>
}

export interface ModelVersion {
  model: string
  version: number
  contentDigest: string
  content: ModelContent
  run: string
  /** Dataset versions and seed it was made from: what `reproduce` needs. */
  lineage: { trainingSet: string; parents: string[]; seed: number; learner: string; params: Record<string, number> }
  gate: GateRecord | null
  approval: ApprovalRecord | null
}

/** One statistical comparison under an evaluation policy, with its numbers. */
export interface GateRecord {
  id: string
  contentDigest: string
  passed: boolean
  metric: 'auc'
  /** What it was compared with: `baseline:logistic`, or a model version. */
  reference: string
  rows: number
  positives: number
  candidate: Estimate
  referenceValue: Estimate
  difference: Estimate
  margin: number
  alpha: number
  test: 'delong-paired'
  pValue: number
  /** The smallest difference that these rows would have shown with 80 % power. */
  detectable: number
  reason: string
  at: number
}

export interface Estimate { value: number; low: number; high: number }

export interface ApprovalRecord { id: string; contentDigest: string; gate: string; actor: string; approved: boolean; reason: string; at: number }
