import type { App } from '../server-state.ts'
import { dataRoutes } from './data.ts'
import { consoleReads } from './console-reads.ts'
import { deploymentRoutes } from './deployments.ts'
import { drillRoutes } from './drills.ts'
import { endpointRoutes } from './endpoints.ts'
import { explanationRoutes } from './explanations.ts'
import { labelRoutes } from './labels.ts'
import { ledgerRoutes } from './ledger.ts'
import { modelRoutes } from './models.ts'
import { monitoringRoutes } from './monitoring.ts'
import type { NativeParts } from './parts.ts'
import { predictRoute } from './predict.ts'
import { predictionRoutes } from './predictions.ts'
import { projectRoutes } from './project.ts'
import { statusRoutes } from './status.ts'
import { streamRoute } from './stream.ts'

/** Everything under /api/v1. */
export function nativeRoutes(app: App, parts: NativeParts): void {
  predictRoute(app, parts)
  endpointRoutes(app, parts)
  predictionRoutes(app, parts)
  explanationRoutes(app, parts)
  labelRoutes(app, parts)
  streamRoute(app, parts)
  dataRoutes(app, parts)
  modelRoutes(app, parts)
  deploymentRoutes(app, parts)
  monitoringRoutes(app, parts)
  drillRoutes(app, parts)
  projectRoutes(app, parts)
  ledgerRoutes(app, parts)
  statusRoutes(app, parts)
  consoleReads(app, parts)
}
