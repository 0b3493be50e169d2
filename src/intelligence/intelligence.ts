import type { Actor } from '../core/actor.ts'
import { SlipwayError } from '../core/errors.ts'
import type { ModelVersion, RegistryPort } from '../core/ports/registry.ts'
import { approveByPolicy, approveVersion, type ApprovalRequest } from './approval.ts'
import { searchFeatures, type FeatureSearch, type FeatureSearchRequest } from './feature-search/feature-search.ts'
import { judgeVersion, recheckGate, type GateCheck } from './gate.ts'
import type { IntelligenceParts } from './parts.ts'
import { settleRuns } from './recovery.ts'
import type { Approval, Gate, Run } from './records.ts'
import { getVersion, listNewest, listVersions, readGate, readRun } from './registry.ts'
import { reproduceVersion, type Reproduction } from './reproduction.ts'
import { trainCandidate, type TrainingRequest } from './training.ts'

export interface RunFilter { model?: string; /** Default 100. */ limit?: number; /** Only records made before this id's. */ before?: string }

/** Version null is the newest everywhere. */
interface VersionRequest { model: string; version: number | null; actor: Actor }

/** The intelligence component: learning, judging, deciding, and the registry of what came of it. */
export interface Intelligence extends RegistryPort {
  /** One run: a candidate and its baseline from the same rows, both measured on the same holdout, registered as the next version. */
  train(request: TrainingRequest): Promise<{ run: Run; version: ModelVersion }>
  /** The recorded comparison with the champion, or the baseline where none is deployed. It returns whether passed or refused. */
  gate(request: VersionRequest): Promise<Gate>
  /** Computes a recorded gate again. */
  recheckGate(id: string): Promise<GateCheck>
  /** A person's decision. Callers check the role. */
  approve(request: ApprovalRequest): Promise<Approval>
  /** The decision of the policy that the model names. */
  approveByPolicy(request: { model: string; version: number | null }): Promise<Approval>
  /** Trains again from what is recorded, and compares the artifact's digest. */
  reproduce(request: VersionRequest & { signal?: AbortSignal }): Promise<Reproduction>
  /** Candidate features for a model, and those that later rows speak for. Nothing is registered. */
  searchFeatures(request: FeatureSearchRequest): Promise<FeatureSearch>
  getRun(id: string): Promise<Run>
  getGate(id: string): Promise<Gate>
  /** Lists are newest first. */
  listVersions(model: string): Promise<ModelVersion[]>
  listRuns(filter?: RunFilter & { status?: Run['status'] }): Promise<Run[]>
  listGates(filter?: RunFilter & { version?: number }): Promise<Gate[]>
  listApprovals(filter?: RunFilter & { version?: number }): Promise<Approval[]>
  /** Ends what is training; those runs are recorded as failed. */
  close(): Promise<void>
}

/**
 * Opens the component; runs that a stopped process left are settled first.
 * @example
 * const intelligence = await openIntelligence({ metadata, blobs, features, clock, log })
 * const { version } = await intelligence.train({ model: 'late-arrival', from, to, actor: localActor() })
 * const gate = await intelligence.gate({ model: 'late-arrival', version: version.version, actor: localActor() })
 */
export async function openIntelligence(parts: IntelligenceParts): Promise<Intelligence> {
  const { metadata } = parts
  await settleRuns(parts)
  const closing = new AbortController()
  const working = new Set<Promise<unknown>>()
  /** Long work ends with the component, and the component waits for its last record. */
  const during = async <T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    if (closing.signal.aborted) throw new SlipwayError('stopping', 'The component is closed.')
    const promise = work(signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]))
    working.add(promise)
    try { return await promise } finally { working.delete(promise) }
  }
  return {
    getVersion: (model, version) => getVersion(metadata, model, version),
    train: request => during(request.signal, signal => trainCandidate(parts, { ...request, signal })),
    gate: request => during(undefined, () => judgeVersion(parts, request)),
    recheckGate: id => recheckGate(parts, id),
    approve: request => approveVersion(parts, request),
    approveByPolicy: request => approveByPolicy(parts, request),
    reproduce: request => during(request.signal, signal => reproduceVersion(parts, { ...request, signal })),
    searchFeatures: request => during(request.signal, signal => searchFeatures(parts, { ...request, signal })),
    getRun: id => readRun(metadata, id),
    getGate: id => readGate(metadata, id),
    listVersions: model => listVersions(metadata, model),
    listRuns: ({ model, status, limit = 100, before } = {}) =>
      listNewest<Run>(metadata, 'run', limit, before, run => (model === undefined || run.model === model) && (status === undefined || run.status === status)),
    listGates: ({ model, version, limit = 100, before } = {}) =>
      listNewest<Gate>(metadata, 'gate', limit, before, gate => (model === undefined || gate.model === model) && (version === undefined || gate.version === version)),
    listApprovals: ({ model, version, limit = 100, before } = {}) =>
      listNewest<Approval>(metadata, 'approval', limit, before, a => (model === undefined || a.model === model) && (version === undefined || a.version === version)),
    close: async () => {
      closing.abort(new SlipwayError('stopping', 'The component is closing.'))
      await Promise.allSettled(working)
    },
  }
}
