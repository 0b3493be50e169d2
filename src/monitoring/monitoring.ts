import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { PredictionPort } from '../core/ports/predictions.ts'
import type { Metadata } from '../metadata/index.ts'
import { measurePerformance, type PerformanceQuery, type PerformanceReport } from './performance.ts'

/** What the component stands on. */
export interface MonitoringParts {
  predictions: PredictionPort
  metadata: Metadata
  clock: Clock
  log: Log
}

/** The monitoring component: what became of predictions. */
export interface Monitoring {
  /** Predictions against the truth that has come, by period, with the counts that the numbers rest on. */
  performance(query: PerformanceQuery): Promise<PerformanceReport>
}

export function openMonitoring({ predictions, clock }: MonitoringParts): Monitoring {
  return { performance: query => measurePerformance(predictions, query, clock.now()) }
}
