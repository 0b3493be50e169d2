// What may be called from another process, and whether it may be asked again when the connection broke. Every method of a component is here: a new one
// does not compile before it is said what it is.
import type { FeatureStore } from '../data/index.ts'
import type { Intelligence } from '../intelligence/index.ts'
import type { LedgerPort, SealingPort } from '../metadata/index.ts'
import type { Monitoring } from '../monitoring/index.ts'
import type { Production } from '../production/index.ts'
import type { JournalPort } from './journal-port.ts'

/** read: changes nothing, or the same again; may be repeated. once: not repeated after it was sent. stream: answers with many items. local: not offered. */
export type MethodKind = 'read' | 'once' | 'stream' | 'local'

type Methods<T> = { readonly [K in keyof T]-?: T[K] extends (...args: never[]) => Promise<unknown> ? MethodKind : T[K] extends (...args: never[]) => AsyncIterable<unknown> ? 'stream' : 'local' }

export const LEDGER: Methods<LedgerPort> = { ready: 'read', settle: 'read', get: 'read', list: 'read', checkpoint: 'read', prove: 'read', trail: 'read', verify: 'read' }

export const SEALING: Methods<SealingPort> = { seal: 'read' }

export const JOURNAL: Methods<JournalPort> = { append: 'once', waitDurable: 'read', state: 'read', read: 'stream', get: 'read' }

export const DATA: Methods<FeatureStore> = {
  describe: 'read', createTrainingSet: 'once', exploreFeatures: 'once', loadDataset: 'read', prepare: 'read', read: 'read', computeOnDemand: 'read', push: 'read',
  undo: 'once', dataLog: 'read', datasetVersions: 'read', compareVersions: 'read', exportDataset: 'stream', readHistory: 'stream',
  materialize: 'once', importDataset: 'read', checkFeatures: 'read', checkLogged: 'read', checkProject: 'local', status: 'read', profile: 'read', valueHistory: 'read', close: 'local',
}

export const INTELLIGENCE: Methods<Intelligence> = {
  getVersion: 'read', train: 'once', gate: 'once', recheckGate: 'read', approve: 'once', approveByPolicy: 'once', reproduce: 'read', searchFeatures: 'once', getRun: 'read', getGate: 'read',
  listVersions: 'read', listRuns: 'read', listGates: 'read', listApprovals: 'read', close: 'local',
}

export const PRODUCTION: Methods<Production> = {
  outcomes: 'read', features: 'read', served: 'read', champion: 'read', replay: 'read', replayMany: 'read', explain: 'read', whatIf: 'read', whatIfMany: 'read',
  deploy: 'once', promote: 'once', withdraw: 'once', rollback: 'once', undo: 'once', createRelease: 'once', readRelease: 'read', listReleases: 'read', verifyReleases: 'read',
  getDeployment: 'read', modelStates: 'read', loadModel: 'once', unloadModel: 'once', serveFiles: 'local', describeEndpoint: 'read', predict: 'once', predictNumbers: 'local', label: 'read', processStream: 'once', getPrediction: 'read', listPredictions: 'read', getTruth: 'read',
  trace: 'read', counts: 'read', refreshDefinitions: 'read', startDrill: 'once', endDrill: 'once', listDrills: 'read', latencies: 'read', close: 'local',
}

export const MONITORING: Methods<Monitoring> = {
  performance: 'read', listMonitors: 'read', evaluate: 'read', listAlerts: 'read', acknowledge: 'once', listIncidents: 'read', getIncident: 'read', trial: 'read', drift: 'read', current: 'read', report: 'read', closeIncident: 'once',
}

/** Says that a process lives, and takes over the clock that comes with every call. */
export interface ProcessPort { hello(): Promise<string> }
export const PROCESS: Methods<ProcessPort> = { hello: 'read' }
