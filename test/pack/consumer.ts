// What somebody else's TypeScript does with the package: each door with its types. Copied into an empty project, checked there, and run.
import { defineProject, openPlatform, SlipwayError, type Platform, type ProjectDefinition } from 'slipway'
import { checkProject, openFeatureStore, type FeatureStore } from 'slipway/data'
import { openIntelligence, type Gate, type Intelligence } from 'slipway/intelligence'
import { openMetadata, parseCheckpoint, type LedgerEntry, type Metadata } from 'slipway/metadata'
import { openMonitoring, type Monitoring, type PerformanceReport } from 'slipway/monitoring'
import { openProduction, type PredictionRecord, type Production } from 'slipway/production'

export interface Everything {
  platform: Platform
  components: { data: FeatureStore; intelligence: Intelligence; metadata: Metadata; monitoring: Monitoring; production: Production }
  records: { gate: Gate; entry: LedgerEntry; prediction: PredictionRecord; report: PerformanceReport }
}

const project: ProjectDefinition = defineProject({
  name: 'consumer', datasets: [], sources: [], views: [], services: [], models: [], endpoints: [],
  entities: [{ name: 'customer', key: 'customer_id', type: 'string' }],
})

const doors = [openFeatureStore, openIntelligence, openMetadata, openMonitoring, openProduction]
const platform = await openPlatform({ home: process.argv[2] })
try {
  const faults: string[] = checkProject({ ...project, name: 7 }).map(f => f.path)
  const actor = { kind: 'user' as const, name: 'consumer' }
  const { ledger } = await platform.applyProject({ project, bundles: {}, projectDir: '.', actor })
  await platform.metadata.seal({ force: true })
  const { size } = parseCheckpoint(await platform.metadata.ledger.checkpoint())
  const missing = await platform.data.describe('none').catch((error: unknown) => (error instanceof SlipwayError ? error.code : 'other'))
  process.stdout.write(`${JSON.stringify({ doors: doors.length, faults, recorded: ledger !== null, checkpoint: size > 0, missing })}\n`)
} finally { await platform.close() }
