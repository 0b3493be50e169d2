// Content, ready to score: by digest, from the blob store, verified. The definitions are read when it is opened, model and features when they are first used.
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import type { ModelContent } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { Value } from '../core/schema.ts'
import { checkInputs, isNative, loadModel, type Explanations, type Link, type Model, type NativeModel } from '../models/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { ModelMemory } from './model-memory.ts'
import { readsNumbersOnly } from './numbers.ts'

export interface LoadedContent {
  digest: string
  content: ModelContent
  /** By which `FeaturePort.read` answers, once the features are prepared. */
  featureDigest: string
  /** Gets online features ready for it; null when they are. */
  prepareFeatures(): Promise<void> | null
  /** Reads the model into memory, warmed up; null when it is there. @throws SlipwayError why it cannot be loaded. */
  loadModel(): Promise<void> | null
  /** The model is in memory. */
  readonly isLoaded: boolean
  /** Why the model could not be loaded when that was last tried. */
  readonly failure: SlipwayError | null
  /** The model's outputs, vector after vector: of a classifier the probability of the positive class, of one of several classes that of each. Waits for nothing but the model. */
  score(vectors: readonly Value[][]): Float64Array | Promise<Float64Array>
  /** The model, where it is in memory, computes at once and reads numbers alone, and so do its features; else null. */
  numbers(): NativeModel | null
  /** What each input contributes to the raw score. */
  explain(vectors: readonly Value[][]): Promise<Explanations & { /** From raw score to output. */ link: Link }>
}

export interface ContentStore {
  /** Stores a model's content as a blob: its digest is the content digest. */
  save(content: ModelContent): Promise<string>
  /** The definitions alone. */
  describe(digest: string): Promise<ModelContent>
  /** Definitions at once, all else on use. The newest few stay known. */
  load(digest: string): Promise<LoadedContent>
}

/** Definitions that stay known besides those that serve. */
const KEPT = 64
const WARM_ROWS = 200
/** What a native model holds for each byte of its file, about: 1.3 to 2.1 by measurement. */
const MEMORY_PER_BYTE = 2

export function contentStore(blobs: BlobStore, features: FeaturePort, memory: ModelMemory): ContentStore {
  const opened = new Map<string, Promise<LoadedContent>>()

  const describe = async (digest: string): Promise<ModelContent> => parseCanonical(new TextDecoder().decode(await blobs.get(digest))) as unknown as ModelContent

  const readModel = async ({ model: { digest, format, outputs: classes }, features: { outputs } }: ModelContent): Promise<{ model: Model; bytes: number }> => {
    const file = await blobs.get(digest)
    const model = await loadModel(file, { digest })
    if (model.format !== format) throw new SlipwayError('corrupt', `The model ${digest.slice(0, 12)} is ${model.format}, and its content says ${format}.`)
    if (!sameOutputs(model, classes)) throw new SlipwayError('corrupt', `The model ${digest.slice(0, 12)} gives ${model.outputs.map(o => o.name).join(', ')}, and its content says ${classes?.join(', ') ?? 'one score'}.`)
    checkInputs(model, outputs)
    const empty = outputs.map((): Value => null)
    await warmUp(model, Array.from({ length: WARM_ROWS }, () => empty))
    return { model, bytes: model.bytes ?? MEMORY_PER_BYTE * file.length }
  }

  const open = async (digest: string): Promise<LoadedContent> => {
    const content = await describe(digest)
    const { model: { digest: modelDigest }, features: { outputs } } = content
    const direct = content.model.outputs === undefined && readsNumbersOnly(content.features)
    let prepared: Promise<void> | null | undefined
    /** Another content may have loaded it, with other columns. */
    let checked: Model | undefined
    const check = (model: Model): Model => {
      if (model !== checked) checkInputs(model, outputs)
      return checked = model
    }
    const resident = (): Model | undefined => {
      const found = memory.get(modelDigest)
      return found === undefined || found === checked ? found : check(found)
    }
    const load = async (): Promise<Model> => check(await memory.load(modelDigest, () => readModel(content)))
    const computeWith = <T>(model: Model, work: (model: Model) => Promise<T>): Promise<T> => memory.use(modelDigest, () => work(model))
    const scoreWith = (model: Model, vectors: readonly Value[][]): Float64Array | Promise<Float64Array> =>
      (isNative(model) ? model.scoreBatch(vectors).output : computeWith(model, async m => (await m.predict(vectors)).output))

    const loaded: LoadedContent = {
      digest, content, featureDigest: '',
      prepareFeatures() {
        if (prepared === null) return null
        return prepared ??= features.prepare(content.features).then(
          ({ digest: featureDigest }) => {
            loaded.featureDigest = featureDigest
            prepared = null
          },
          (error: unknown) => {
            prepared = undefined
            throw error
          })
      },
      loadModel: () => (memory.has(modelDigest) ? null : load().then(() => {})),
      get isLoaded() { return memory.has(modelDigest) },
      get failure() { return memory.failureOf(modelDigest) },
      score(vectors) {
        const model = resident()
        return model === undefined ? load().then(m => scoreWith(m, vectors)) : scoreWith(model, vectors)
      },
      numbers() {
        const model = direct ? resident() : undefined
        return model !== undefined && isNative(model) && model.outputs.length === 1 && model.inputs.every(i => i.type === 'float64') ? model : null
      },
      explain: async vectors => computeWith(resident() ?? await load(), async model => ({ ...await model.explain(vectors), link: model.link })),
    }
    return loaded
  }

  const load: ContentStore['load'] = digest => {
    const found = opened.get(digest)
    const pending = found ?? open(digest)
    // Put last again: the least recently used is dropped first.
    opened.delete(digest)
    opened.set(digest, pending)
    pending.catch(() => opened.delete(digest))
    if (opened.size > KEPT) opened.delete(opened.keys().next().value as string)
    return pending
  }

  return {
    describe, load,
    save: content => blobs.put(new TextEncoder().encode(canonicalize(content as unknown as Json))),
  }
}

/** The names of a model's outputs, as its content has them: of a model of one score it says nothing. */
export function outputNames({ outputs }: Pick<Model, 'outputs'>): string[] | undefined { return outputs.length === 1 ? undefined : outputs.map(o => o.name) }

function sameOutputs(model: Model, classes: readonly string[] | undefined): boolean { return (outputNames(model) ?? []).join('\0') === (classes ?? []).join('\0') }

/** Compiles what is compiled on use. A model that takes no missing values says so, and loses nothing by it. */
async function warmUp(model: Model, vectors: readonly Value[][]): Promise<void> {
  try {
    if (isNative(model)) model.scoreBatch(vectors)
    else await model.predict(vectors)
  } catch (error) {
    if (!(error instanceof SlipwayError && error.status < 500)) throw error
  }
}
