// Models that came from elsewhere, in place of the other components: a registry of model files, and features that the request itself carries.
import { localActor, type Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { ModelVersion, RegistryPort } from '../core/ports/registry.ts'
import type { Column } from '../core/schema.ts'
import type { Metadata } from '../metadata/index.ts'
import type { Journal } from '../store/index.ts'
import { bringModel, newestVersion, versionId, type BringParts } from './bring-model.ts'

export interface OwnModel {
  name: string
  /** The bytes of a model file, of any format that `slipway/models` knows. */
  file: Uint8Array
  /** Above it the decision is yes; none without it. */
  threshold?: number
}

interface OwnModelParts extends BringParts { journal: Journal }

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
  for (const model of models) await bringModel(parts, model, actor)
  return { registry: { getVersion: (model, version) => readVersion(parts.metadata, model, version) }, features: requestFeatures(parts.journal) }
}

async function readVersion(metadata: Metadata, model: string, version: number | null): Promise<ModelVersion> {
  const found = version === null ? await newestVersion(metadata, model) : (await metadata.get<ModelVersion>('modelVersion', versionId(model, version)))?.body ?? null
  if (found === null) throw new SlipwayError('not_found', version === null ? `There is no model ${model}.` : `There is no version ${version} of model ${model}.`)
  return found
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
