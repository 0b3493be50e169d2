// Models that came from elsewhere, in place of the other components: a registry of model files, and features that the request itself carries.
import { localActor, type Actor } from '../core/actor.ts'
import { canonicalize, type Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import type { FeatureContent, ModelContent } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { ModelVersion, RegistryPort } from '../core/ports/registry.ts'
import type { Column } from '../core/schema.ts'
import type { Metadata } from '../metadata/index.ts'
import { loadModel, type ModelInput } from '../models/index.ts'
import type { BlobStore, Body, Journal } from '../store/index.ts'
import { requireOneScore } from './loaded-content.ts'

export interface OwnModel {
  name: string
  /** The bytes of a model file, of any format that `slipway/models` knows; it must give one score a row. */
  file: Uint8Array
  /** Above it the decision is yes; none without it. */
  threshold?: number
}

interface OwnModelParts { metadata: Metadata; blobs: BlobStore; journal: Journal; clock: Clock }

/**
 * What `openProduction` needs of other components, over model files alone. A model gets its next version when its bytes or its threshold
 * differ from the newest one's. It has no gate: it is served under a waiver, and the trace of a prediction says so.
 * @example
 * const ports = await openOwnModels(foundation, [{ name: 'late-arrival', file: await readFile('model.json'), threshold: 0.5 }])
 * const production = await openProduction({ ...foundation, ...ports })
 */
export async function openOwnModels(
  parts: OwnModelParts, models: readonly OwnModel[], actor: Actor = localActor(),
): Promise<{ registry: RegistryPort; features: FeaturePort }> {
  for (const model of models) await register(parts, model, actor)
  return { registry: { getVersion: (model, version) => readVersion(parts.metadata, model, version) }, features: requestFeatures(parts.journal) }
}

async function register({ metadata, blobs, clock }: OwnModelParts, { name, file, threshold }: OwnModel, actor: Actor): Promise<void> {
  const loaded = await loadModel(file)
  requireOneScore(loaded)
  const { format, inputs } = loaded
  const content: ModelContent = { model: { digest: await blobs.put(file), format }, features: featuresOf(name, inputs), threshold: threshold ?? null }
  const contentDigest = await blobs.put(new TextEncoder().encode(canonicalize(content as unknown as Json)))
  const [newest] = await metadata.list<ModelVersion>('modelVersion', { prefix: `${name}@`, reverse: true, limit: 1 })
  if (newest?.body.contentDigest === contentDigest) return
  const version = (newest?.body.version ?? 0) + 1
  const lineage = { trainingSet: 'unknown', parents: [], seed: 0, learner: 'elsewhere', params: {} }
  const id = `${name}@${String(version).padStart(6, '0')}`
  await metadata.change({ actor, action: 'model.brought', subject: `modelVersion/${id}`, details: { model: name, version, contentDigest, artifact: content.model.digest } }, tx =>
    tx.put('modelVersion', id, { model: name, version, contentDigest, content, run: 'elsewhere', lineage, gate: null, approval: null, createdAt: clock.recorded() } as unknown as Body, { revision: 0 }))
}

/** One request feature for each input of the model; missing values are the model's business. */
function featuresOf(model: string, inputs: readonly ModelInput[]): FeatureContent {
  const outputs = inputs.map((input): Column => ({ name: input.name, type: input.type === 'category' ? 'string' : 'float64' }))
  const request = outputs.map(column => ({ ...column, optional: true }))
  return { service: { name: model, entities: [], request, features: [] }, views: [], sources: [], entities: [], onDemandDigest: null, outputs }
}

async function readVersion(metadata: Metadata, model: string, version: number | null): Promise<ModelVersion> {
  const found = version === null
    ? (await metadata.list<ModelVersion>('modelVersion', { prefix: `${model}@`, reverse: true, limit: 1 }))[0]
    : await metadata.get<ModelVersion>('modelVersion', `${model}@${String(version).padStart(6, '0')}`)
  if (found === undefined || found === null) throw new SlipwayError('not_found', version === null ? `There is no model ${model}.` : `There is no version ${version} of model ${model}.`)
  return found.body
}

/** Features that are all in the request: nothing is looked up, so any position will do. */
function requestFeatures(journal: Journal): FeaturePort {
  const prepared = new Map<string, readonly Column[]>()
  return {
    async prepare(content) {
      const digest = digestOf(content as unknown as Json)
      prepared.set(digest, content.outputs)
      return { digest }
    },
    async read(digest, rows) {
      const outputs = prepared.get(digest)
      if (outputs === undefined) throw new SlipwayError('not_found', `The features ${digest.slice(0, 12)} are not prepared.`)
      return { asOf: journal.position, vectors: rows.map(({ request }) => outputs.map(({ name }) => request[name] ?? null)) }
    },
    async computeOnDemand(_content, rows) { return rows.map(() => []) },
    describe: refuse, createTrainingSet: refuse, exploreFeatures: refuse, loadDataset: refuse, push: refuse,
  }
}

async function refuse(): Promise<never> { throw new SlipwayError('not_found', 'The features of these models are in the request: there is no source and no dataset.') }
