// The chain of one prediction, down to the data and on to the outcome. What is missing is said, not hidden.
import type { Json } from '../core/canonical.ts'
import type { FallbackDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import type { BlobStore } from '../store/index.ts'
import type { LedgerEntry, Metadata } from '../metadata/index.ts'
import { ELSEWHERE, versionId } from './bring-model.ts'
import { answerByRule } from './fallback.ts'
import type { ContentStore } from './loaded-content.ts'
import { traceFeatures, type FeatureOrigin } from './feature-origin.ts'
import type { PredictionReader, PredictionRecord } from './prediction-reader.ts'
import { releaseId, type Release } from './release.ts'

export type StepName = 'prediction' | 'features' | 'content' | 'release' | 'fallback' | 'gate' | 'approval' | 'waiver' | 'model version' | 'run' | 'training set' | 'dataset version' | 'deployment' | 'outcome'

/** One link of the chain. */
export interface TraceStep {
  step: StepName
  /** Kind and id, such as `gate/gate_06f…`. */
  subject: string
  /** SHA-256 of what the step names; null where there is nothing that has one. */
  digest: string | null
  /** Index of the ledger entry that covers it; null where none does. */
  ledger: number | null
  details: { [key: string]: Json | undefined }
  /** What is not there, or not as it was recorded. */
  missing?: string
}

export interface Trace {
  id: string
  endpoint: string
  output: number
  decision: boolean | null
  steps: TraceStep[]
  features: FeatureOrigin[]
  /** The steps that say that something is missing. */
  missing: string[]
}

export interface TraceParts { metadata: Metadata; blobs: BlobStore; reader: PredictionReader; contents: ContentStore }

/** @throws SlipwayError `unknown_prediction`. */
export async function traceById({ metadata, blobs, reader, contents }: TraceParts, id: string): Promise<Trace> {
  const prediction = await reader.get(id)
  const steps: TraceStep[] = [await predictionStep(metadata, prediction, await reader.leaf(id))]
  const releaseName = releaseId(prediction.endpoint, prediction.release)
  const release = (await metadata.get<Release>('release', releaseName))?.body ?? null
  const content = release === null ? null : await contents.describe(release.contentDigest).catch(() => null)
  // An answer by a rule or the default has read none.
  const { asOf } = prediction
  const features = content === null || asOf === null ? [] : traceFeatures(content.features, { ...prediction, asOf })
  if (prediction.fallback !== '') steps.push(fallbackStep(prediction, content?.fallback))

  if (content !== null && asOf !== null) {
    const { service, onDemandDigest } = content.features
    // All of them in the request: there is no service to register.
    const bare = service.features.length === 0 && service.onDemand === undefined && content.features.views.length === 0
    const document = await documentStep(metadata, 'features', 'service', service.name, {
      asOf, onDemand: onDemandDigest, views: content.features.views.map(v => v.name), sources: content.features.sources.map(s => s.name),
    })
    // What computed the values is the content of that time; the registered service may have changed since.
    const lost = onDemandDigest !== null && !await blobs.has(onDemandDigest) ? `the on-demand code ${onDemandDigest.slice(0, 12)} is not in the blob store` : undefined
    steps.push({ ...document, digest: digestOf(content.features as unknown as Json), missing: lost ?? (document.ledger === null && !bare ? document.missing : undefined) })
  }
  if (release === null) {
    steps.push({ step: 'release', subject: `release/${releaseName}`, digest: null, ledger: null, details: {}, missing: 'the release is not recorded' })
  } else {
    const created = await documentStep(metadata, 'release', 'release', releaseName, { number: release.number, unmanaged: release.unmanaged, zip: release.zip, zipDigest: release.zipDigest, created: release.created, actor: release.actor })
    steps.push({
      step: 'content', subject: `content/${release.contentDigest}`, digest: release.contentDigest, ledger: created.ledger,
      details: { model: content?.model.digest, format: content?.model.format, threshold: content?.threshold }, ...(content === null ? { missing: 'the content cannot be loaded from the blob store' } : {}),
    }, created, ...await lineageSteps(metadata, release))
  }
  steps.push(await deploymentStep(metadata, prediction), outcomeStep(prediction))
  return {
    id, endpoint: prediction.endpoint, output: prediction.output, decision: prediction.decision, features,
    steps: steps.map(clean), missing: steps.filter(s => s.missing !== undefined).map(s => `${s.step}: ${s.missing}`),
  }
}

async function predictionStep(metadata: Metadata, prediction: PredictionRecord, leaf: string): Promise<TraceStep> {
  const before = await metadata.list<{ last: number; root: string }>('segment', { after: String(prediction.sequence + 1).padStart(12, '0'), reverse: true, limit: 1 })
  const segment = before[0] !== undefined && before[0].body.last >= prediction.sequence ? before[0] : null
  const entry = segment === null ? null : (await metadata.trail('segment', segment.id))[0] ?? null
  return {
    step: 'prediction', subject: `prediction/${prediction.id}`, digest: leaf, ledger: entry?.index ?? null,
    details: {
      sequence: prediction.sequence, eventTime: prediction.eventTime, recordedAt: prediction.recordedAt, output: prediction.output, decision: prediction.decision, role: prediction.role,
      caller: prediction.caller, entities: prediction.entities, request: prediction.request, segment: segment?.id ?? null, segmentRoot: segment?.body.root,
    },
    ...(entry === null ? { missing: 'acknowledged, and not yet provable: its segment is not sealed' } : {}),
  }
}

async function lineageSteps(metadata: Metadata, release: Release): Promise<TraceStep[]> {
  const { gate, approval, waiver, model, modelVersion, run, lineage } = release
  const steps: TraceStep[] = []
  steps.push(gate === null
    ? { step: 'gate', subject: 'gate', digest: null, ledger: null, details: {}, missing: waiver === null ? 'there is no gate' : 'there was no gate: the release is waived' }
    : await documentStep(metadata, 'gate', 'gate', gate.id, { passed: gate.passed, reference: gate.reference, candidate: { ...gate.candidate }, difference: { ...gate.difference }, margin: gate.margin, pValue: gate.pValue, rows: gate.rows }))
  if (waiver !== null) steps.push(await documentStep(metadata, 'waiver', 'waiver', waiver.id, { reason: waiver.reason, until: waiver.until, actor: waiver.actor }))
  if (approval !== null) steps.push(await documentStep(metadata, 'approval', 'approval', approval.id, { actor: approval.actor, approved: approval.approved, reason: approval.reason, at: approval.at }))
  else if (waiver === null) steps.push({ step: 'approval', subject: 'approval', digest: null, ledger: null, details: {}, missing: 'there is no approval' })
  steps.push(await documentStep(metadata, 'model version', 'modelVersion', versionId(model, modelVersion), { contentDigest: release.contentDigest }))
  if (run === ELSEWHERE) return [...steps, { step: 'run', subject: `run/${run}`, digest: null, ledger: null, details: {}, missing: 'the model was made elsewhere: nothing is known of its training' }]
  steps.push(
    await documentStep(metadata, 'run', 'run', run, { learner: lineage.learner, params: lineage.params, seed: lineage.seed }),
    await documentStep(metadata, 'training set', 'datasetVersion', lineage.trainingSet, {}),
  )
  for (const parent of lineage.parents) steps.push(await documentStep(metadata, 'dataset version', 'datasetVersion', parent, {}))
  return steps
}

/** A document as it stands, with the entry of its last change. */
async function documentStep(metadata: Metadata, step: StepName, kind: string, id: string, details: TraceStep['details']): Promise<TraceStep> {
  const subject = `${kind}/${id}`
  const found = await metadata.get(kind, id)
  if (found === null) return { step, subject, digest: null, ledger: null, details, missing: `${subject} is not registered` }
  const digest = digestOf(found.body)
  const covering = (await metadata.trail(kind, id)).reverse().find(e => e.documents.some(d => d.kind === kind && d.id === id))
  if (covering === undefined) return { step, subject, digest, ledger: null, details, missing: `the ledger has no entry for ${subject}` }
  const recorded = covering.documents.find(d => d.kind === kind && d.id === id)?.digest
  return { step, subject, digest, ledger: covering.index, details, ...(recorded === digest ? {} : { missing: `${subject} is not what entry ${covering.index} of the ledger recorded` }) }
}

/** The deployment that the prediction obeyed: the last entry of the ledger at the size that it stored. */
async function deploymentStep(metadata: Metadata, prediction: PredictionRecord): Promise<TraceStep> {
  const { endpoint, ledgerSize } = prediction
  const subject = `deployment/${endpoint}`
  const entry = await metadata.ledger.get(ledgerSize - 1)
  const recorded = entry?.documents.find(d => d.kind === 'deployment' && d.id === endpoint)
  if (entry === null || recorded === undefined) return { step: 'deployment', subject, digest: null, ledger: null, details: { ledgerSize }, missing: `entry ${ledgerSize - 1} of the ledger is not a deployment of ${endpoint}` }
  return { step: 'deployment', subject, digest: recorded.digest, ledger: entry.index, details: { ...entry.details, changes: undefined, ...servedAs(entry.details, prediction), actor: entry.actor, at: entry.at, ledgerSize } }
}

/** The role that the prediction was to be answered in, and its share of the traffic. */
function servedAs({ routes }: LedgerEntry['details'], { role }: PredictionRecord): { role: string; share?: number } {
  const route = Array.isArray(routes) ? (routes as { role: string; share: number }[]).find(r => r.role === role) : undefined
  return { role, ...(route === undefined ? {} : { share: route.share }) }
}

/** Why the model did not answer itself, and what did in its place. */
function fallbackStep({ endpoint, release, fallback, fault, request }: PredictionRecord, declared: FallbackDefinition | undefined): TraceStep {
  const base = { step: 'fallback' as const, subject: `release/${releaseId(endpoint, release)}`, ledger: null }
  if (fallback === 'previous') return { ...base, digest: null, details: { kind: fallback, fault } }
  if (declared === undefined) return { ...base, digest: null, details: { kind: fallback, fault }, missing: 'the content that declares the fallback cannot be loaded' }
  const { rule } = answerByRule(declared, request)
  return { ...base, digest: digestOf(declared as unknown as Json), details: { kind: fallback, fault, ...(rule === null ? {} : { rule: { ...declared.rules?.[rule] } as unknown as Json }) } }
}

function outcomeStep({ id, truth }: PredictionRecord): TraceStep {
  const [latest] = truth
  const base = { step: 'outcome' as const, subject: `outcome/${id}`, ledger: null }
  if (latest === undefined) return { ...base, digest: null, details: {}, missing: 'the truth is not known yet' }
  return { ...base, digest: digestOf({ ...latest }), details: { ...latest, history: truth.map(t => ({ ...t })) } }
}

function clean({ missing, ...step }: TraceStep): TraceStep { return missing === undefined ? step : { ...step, missing } }
