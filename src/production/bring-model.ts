// A model file that was made elsewhere, as the next version of a model.
import type { Actor } from '../core/actor.ts'
import { canonicalize, type Json } from '../core/canonical.ts'
import type { Clock } from '../core/clock.ts'
import type { FeatureContent, ModelContent } from '../core/definition.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import type { Column } from '../core/schema.ts'
import type { Metadata } from '../metadata/index.ts'
import { loadModel, type Model, type ModelInput } from '../models/index.ts'
import type { BlobStore, Body } from '../store/index.ts'
import { outputNames } from './loaded-content.ts'

export interface BringParts { metadata: Metadata; blobs: BlobStore; clock: Clock }

/** What a content says of a model. */
export type ModelFacts = Pick<Model, 'format' | 'inputs' | 'outputs'>

export interface BroughtFile {
  /** Of the model. */
  name: string
  file: Uint8Array
  /** Of the file, where it was read already; default: it is read. */
  facts?: ModelFacts
  threshold?: number
  /** Goes into the ledger beside the digests. */
  details?: { [key: string]: Json | undefined }
}

/** `run` of versions that were brought: nothing is known of how they were made. */
export const ELSEWHERE = 'elsewhere'

/**
 * Registers it, unless the newest version has the same bytes and threshold. It has no gate.
 * @throws SlipwayError `invalid_request` when the file is no model.
 */
export async function bringModel({ metadata, blobs, clock }: BringParts, { name, file, facts, threshold, details = {} }: BroughtFile, actor: Actor): Promise<ModelVersion> {
  const { format, inputs, outputs } = facts ?? await loadModel(file)
  const content: ModelContent = { model: { digest: await blobs.put(file), format, outputs: outputNames({ outputs }) }, features: featuresOf(name, inputs), threshold: threshold ?? null }
  const contentDigest = await blobs.put(new TextEncoder().encode(canonicalize(content as unknown as Json)))
  const newest = await newestVersion(metadata, name)
  if (newest?.contentDigest === contentDigest) return newest
  const version = (newest?.version ?? 0) + 1
  const lineage = { trainingSet: 'unknown', parents: [], seed: 0, learner: ELSEWHERE, params: {} }
  const brought: ModelVersion = { model: name, version, contentDigest, content, run: ELSEWHERE, lineage, gate: null, approval: null }
  const id = versionId(name, version)
  await metadata.change({ actor, action: 'model.brought', subject: `modelVersion/${id}`, details: { model: name, version, contentDigest, artifact: content.model.digest, ...details } }, tx =>
    tx.put('modelVersion', id, { ...brought, createdAt: clock.recorded() } as unknown as Body, { revision: 0 }))
  return brought
}

export async function newestVersion(metadata: Metadata, model: string): Promise<ModelVersion | null> {
  return (await metadata.list<ModelVersion>('modelVersion', { prefix: `${model}@`, reverse: true, limit: 1 }))[0]?.body ?? null
}

export function versionId(model: string, version: number): string { return `${model}@${String(version).padStart(6, '0')}` }

/** One request feature for each input of the model; missing values are the model's business. */
function featuresOf(model: string, inputs: readonly ModelInput[]): FeatureContent {
  const outputs = inputs.map((input): Column => ({ name: input.name, type: input.type === 'category' ? 'string' : 'float64' }))
  const request = outputs.map(column => ({ ...column, optional: true }))
  return { service: { name: model, entities: [], request, features: [] }, views: [], sources: [], entities: [], onDemandDigest: null, outputs }
}
