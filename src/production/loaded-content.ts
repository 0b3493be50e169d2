// Content, loaded and ready to score: by digest, from the blob store, verified.
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import type { ModelContent } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { Value } from '../core/schema.ts'
import { checkInputs, isNative, loadModel, type Explanations, type Link, type Model } from '../models/index.ts'
import type { BlobStore } from '../store/index.ts'

export interface LoadedContent {
  digest: string
  content: ModelContent
  /** By which `FeaturePort.read` answers. */
  featureDigest: string
  /** From raw score to output. */
  link: Link
  /** The model's output, one a vector: of a classifier the probability of the positive class. Never waits for anything but the model. */
  score(vectors: readonly Value[][]): Float64Array | Promise<Float64Array>
  /** What each input contributes to the raw score. */
  explain(vectors: readonly Value[][]): Promise<Explanations>
}

/** Loads each content once and keeps the newest few. */
export interface ContentStore {
  /** Stores a model's content as a blob: its digest is the content digest. */
  save(content: ModelContent): Promise<string>
  /** The definitions alone. */
  describe(digest: string): Promise<ModelContent>
  /** Model and definitions only: for replay. */
  load(digest: string): Promise<Omit<LoadedContent, 'featureDigest'>>
  /** With online features ready for it and the model warmed up. */
  prepare(digest: string): Promise<LoadedContent>
}

const KEPT = 16
const WARM_ROWS = 200

export function contentStore(blobs: BlobStore, features: FeaturePort): ContentStore {
  const loaded = new Map<string, Promise<Omit<LoadedContent, 'featureDigest'>>>()

  const describe = async (digest: string): Promise<ModelContent> => parseCanonical(new TextDecoder().decode(await blobs.get(digest))) as unknown as ModelContent

  const read = async (digest: string): Promise<Omit<LoadedContent, 'featureDigest'>> => {
    const content = await describe(digest)
    const model = await loadModel(await blobs.get(content.model.digest), { digest: content.model.digest })
    if (model.format !== content.model.format) throw new SlipwayError('corrupt', `The model ${content.model.digest.slice(0, 12)} is ${model.format}, and its content says ${content.model.format}.`)
    requireOneScore(model)
    checkInputs(model, content.features.outputs)
    return { digest, content, link: model.link, score: scorer(model), explain: vectors => model.explain(vectors) }
  }

  const load: ContentStore['load'] = digest => {
    const found = loaded.get(digest)
    const pending = found ?? read(digest)
    // Put last again: the least recently used is dropped first.
    loaded.delete(digest)
    loaded.set(digest, pending)
    pending.catch(() => loaded.delete(digest))
    if (loaded.size > KEPT) loaded.delete(loaded.keys().next().value as string)
    return pending
  }

  return {
    describe, load,
    save: content => blobs.put(new TextEncoder().encode(canonicalize(content as unknown as Json))),
    async prepare(digest) {
      const found = await load(digest)
      const { digest: featureDigest } = await features.prepare(found.content.features)
      const empty = found.content.features.outputs.map((): Value => null)
      await found.score(Array.from({ length: WARM_ROWS }, () => empty))
      return { ...found, featureDigest }
    },
  }
}

function scorer(model: Model): LoadedContent['score'] {
  if (isNative(model)) return vectors => model.scoreBatch(vectors).output
  return async vectors => (await model.predict(vectors)).output
}

/** A prediction is journaled with one output. @throws SlipwayError `invalid_definition`. */
export function requireOneScore(model: Model): void {
  if (model.outputs.length !== 1) throw new SlipwayError('invalid_definition', `The model (${model.format}, ${model.task}) gives ${model.outputs.length} scores a row, and an endpoint serves a model of one.`, { remedy: 'Serve a binary or a regression model, or one model a class.' })
}
