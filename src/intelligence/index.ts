// The door of the intelligence component: runs, learners, gates, approvals, the registry of model versions.
import '../core/runtime.ts'

export { openIntelligence } from './intelligence.ts'
export type { Intelligence, RunFilter } from './intelligence.ts'
export type { IntelligenceParts } from './parts.ts'
export { openOwnTables } from './own-tables.ts'
export type { Approval, Gate, Metrics, Run, RunData, TrainedModel } from './records.ts'
export type { TrainingProgress, TrainingRequest } from './training.ts'
export type { ApprovalRequest } from './approval.ts'
export { SEARCH_DEFAULTS } from './feature-search/feature-search.ts'
export type { FeatureSearch, FeatureSearchCandidate, FeatureSearchProgress, FeatureSearchRequest } from './feature-search/feature-search.ts'
export type { GateCheck } from './gate.ts'
export type { Reproduction } from './reproduction.ts'
