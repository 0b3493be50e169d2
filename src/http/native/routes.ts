import type { Component } from '../../core/components.ts'
import { exportFeastRoute } from '../feast/export/route.ts'
import type { App } from '../server-state.ts'
import { dataRoutes } from './data.ts'
import { consoleReads } from './console-reads.ts'
import { deploymentRoutes } from './deployments.ts'
import { datasetReads } from './dataset-reads.ts'
import { undoRoutes } from './data-undo.ts'
import { drillRoutes } from './drills.ts'
import { endpointRoutes } from './endpoints.ts'
import { explanationRoutes } from './explanations.ts'
import { featureHistoryRoute } from './feature-history.ts'
import { featureReads } from './feature-reads.ts'
import { featureSearchRoutes } from './feature-search.ts'
import { labelRoutes } from './labels.ts'
import { ledgerRoutes } from './ledger.ts'
import { modelRoutes } from './models.ts'
import { monitoringRoutes } from './monitoring.ts'
import type { NativeParts } from './parts.ts'
import { predictRoute } from './predict.ts'
import { predictionRoutes } from './predictions.ts'
import { projectRoutes } from './project.ts'
import { RecordedReads } from './recorded-reads.ts'
import { statusRoutes } from './status.ts'
import { streamRoute } from './stream.ts'

type Routes = (app: App, parts: NativeParts) => void

/** Whose routes they are, where each component has a process of its own. What looks over all of them is asked of metadata. */
const ROUTES: readonly [Component, Routes][] = [
  ['production', predictRoute], ['production', endpointRoutes], ['production', predictionRoutes], ['production', explanationRoutes], ['production', labelRoutes], ['production', streamRoute],
  ['data', datasetReads], ['data', undoRoutes], ['data', featureHistoryRoute],
  ['data', dataRoutes], ['data', exportFeastRoute], ['data', featureReads], ['intelligence', modelRoutes], ['intelligence', featureSearchRoutes], ['production', deploymentRoutes], ['monitoring', monitoringRoutes], ['production', drillRoutes],
  ['metadata', projectRoutes], ['metadata', ledgerRoutes], ['metadata', statusRoutes], ['metadata', consoleReads],
]

/** Everything under /api/v1, or what belongs to one component. */
export function nativeRoutes(app: App, given: Omit<NativeParts, 'reads'>, only?: Component): void {
  const parts = { ...given, reads: new RecordedReads(given.platform.metadata) }
  for (const [component, routes] of ROUTES) if (only === undefined || component === only) routes(app, parts)
}
