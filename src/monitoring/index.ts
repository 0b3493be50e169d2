// The door of the monitoring component.
import '../core/runtime.ts'

export { openMonitoring, type Monitoring, type MonitoringParts } from './monitoring.ts'
export { scheduleEvaluations } from './schedule.ts'
export type { AlertFilter } from './alerts.ts'
export type { EvaluationRequest, MonitorView } from './evaluation.ts'
export type { IncidentFilter } from './incidents.ts'
export { openOwnPredictions, type OwnPrediction, type OwnPredictions } from './own-predictions.ts'
export type { Performance, PerformanceQuery, PerformanceReport } from './performance.ts'
export type { PeriodLength } from './period.ts'
export type { TrialRequest } from './trial.ts'
export type { Alert, DriftReport, Evaluation, FeatureDrift, Incident, Look, TrialArm, TrialReport } from './records.ts'
