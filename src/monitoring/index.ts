// The door of the monitoring component.
import '../core/runtime.ts'

export { openMonitoring, type Monitoring, type MonitoringParts } from './monitoring.ts'
export type { Performance, PerformanceQuery, PerformanceReport } from './performance.ts'
export type { PeriodLength } from './period.ts'
