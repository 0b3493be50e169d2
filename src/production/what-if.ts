// What a release would answer for feature values that are given. Nothing is looked up, nothing is journaled.
import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'
import type { Column, Row, Value } from '../core/schema.ts'
import type { Metadata } from '../metadata/index.ts'
import { classAnswer, classesOf, outputsOf } from './classes.ts'
import { explainVector, type Explanation } from './explanation.ts'
import type { ContentStore, LoadedContent } from './loaded-content.ts'
import { decide } from './prediction-frame.ts'
import type { PredictionReader } from './prediction-reader.ts'
import { getEndpoint, releaseId, type Release, type Releases } from './release.ts'
import { Faults, isObject } from './request.ts'

/** Vectors of one request, at most. */
const MOST = 10_000

export interface WhatIfRequest {
  endpoint: string
  /** Start from what this prediction logged; otherwise from nothing: every feature is missing. */
  prediction?: string
  /** Values by the name of the model's input; null is missing. An on-demand feature is taken as given, like every other. */
  features?: Record<string, unknown>
  /** Number or id; default: the champion. */
  release?: number | string
  explain?: boolean
}

export interface FeatureChange { feature: string; from: Value; to: Value }

export interface WhatIfAnswer {
  /** Id of the release that scored. */
  release: string
  output: number
  outputs?: Record<string, number>
  class?: string
  decision: boolean | null
  threshold: number | null
  /** Every value that was scored, by the name of the input. */
  features: Row
  /** Where the given values differ from those at the start. */
  changed: FeatureChange[]
  /** What the prediction that it started from was answered. */
  before: { prediction: string; release: string; output: number; decision: boolean | null } | null
  explanation?: Explanation
}

export interface WhatIfManyRequest { endpoint: string; release?: number | string; /** Each by the names of the inputs; what is left out is missing. */ vectors: readonly Record<string, unknown>[] }

export interface WhatIf {
  /** @throws SlipwayError `unknown_endpoint`, `not_deployable`, `not_found`, `unknown_prediction`; `unknown_feature` with the nearest name, `wrong_type`. */
  whatIf(request: WhatIfRequest): Promise<WhatIfAnswer>
  /** Outputs in the order of the vectors; of several classes the greatest. */
  whatIfMany(request: WhatIfManyRequest): Promise<{ release: string; outputs: number[] }>
}

type Scorer = Pick<LoadedContent, 'content' | 'score' | 'explain'>

export function openWhatIf(parts: {
  metadata: Metadata
  reader: PredictionReader; releases: Releases; contents: ContentStore
  /** What answers now; throws where nothing does. */
  champion(endpoint: string): Promise<{ release: Release; content: LoadedContent }>
}): WhatIf {
  const { metadata, reader, releases, contents, champion } = parts

  const choose = async (endpoint: string, asked: number | string | undefined): Promise<{ id: string; scorer: Scorer }> => {
    if (asked === undefined) {
      const { release, content } = await champion(endpoint)
      return { id: release.id, scorer: content }
    }
    await getEndpoint(metadata, endpoint)
    const release = await releases.get(endpoint, asked)
    return { id: release.id, scorer: await contents.load(release.contentDigest) }
  }

  return {
    async whatIf({ endpoint, prediction, features = {}, release, explain = false }) {
      const { id, scorer } = await choose(endpoint, release)
      const { outputs, service } = scorer.content.features
      const start = prediction === undefined ? null : await reader.get(prediction)
      if (start !== null && start.endpoint !== endpoint) throw new SlipwayError('invalid_request', `${start.id} is a prediction of ${start.endpoint}, not of ${endpoint}.`, { faults: [{ path: 'prediction', message: `must be one of ${endpoint}` }] })
      const faults = new Faults()
      const given = readVector(outputs, features, 'features', `a feature of ${service.name}`, faults)
      // By name: another release may read others, and a fallback's answer logged no features, only what was sent.
      const logged = readVector(outputs, Object.fromEntries(outputs.map(({ name }) => [name, start?.features[name] ?? start?.request[name] ?? null])), 'prediction', '', faults)
      faults.throwIfAny()
      const vector = outputs.map(({ name }, i) => (Object.hasOwn(features, name) ? given[i] : logged[i]))
      const scores = await scorer.score([vector])
      const explanation = explain ? await explainVector(scorer, vector, scores) : undefined
      const classes = classesOf(scorer.content)
      const [output] = outputsOf(scorer.content, scores)
      const { threshold } = scorer.content
      return {
        release: id, output, ...(classes === null ? {} : classAnswer(classes, scores, 0)), decision: decide(output, threshold), threshold,
        features: Object.fromEntries(outputs.map(({ name }, i) => [name, vector[i]])),
        changed: outputs.flatMap(({ name }, i) => (vector[i] === logged[i] ? [] : [{ feature: name, from: logged[i], to: vector[i] }])),
        before: start === null ? null : { prediction: start.id, release: releaseId(endpoint, start.release), output: start.output, decision: start.decision },
        ...(explanation === undefined ? {} : { explanation }),
      }
    },

    async whatIfMany({ endpoint, release, vectors }) {
      if (!Array.isArray(vectors) || vectors.length < 1 || vectors.length > MOST) throw new SlipwayError('invalid_request', `A request has 1 to ${MOST} vectors.`, { faults: [{ path: 'vectors', message: `must be an array of 1 to ${MOST} vectors` }] })
      const { id, scorer } = await choose(endpoint, release)
      const { outputs, service } = scorer.content.features
      const faults = new Faults()
      const rows = vectors.map((v, i) => readVector(outputs, v, `vectors[${i}]`, `a feature of ${service.name}`, faults))
      faults.throwIfAny()
      return { release: id, outputs: [...outputsOf(scorer.content, await scorer.score(rows))] }
    },
  }
}

/** Values in the order of the inputs; a name that is left out is missing, one that is not known a fault. */
function readVector(inputs: readonly Column[], values: unknown, path: string, what: string, faults: Faults): Value[] {
  if (!isObject(values)) { faults.add('wrong_type', path, 'must be an object of names and values'); return [] }
  for (const name of Object.keys(values)) {
    if (!inputs.some(c => c.name === name)) faults.add('unknown_feature', `${path}.${name.slice(0, 60)}`, `is not ${what}.${suggest(name, inputs.map(c => c.name))}`)
  }
  return inputs.map(({ name, type }) => (Object.hasOwn(values, name) ? faults.coerce(values[name], type, `${path}.${name}`) : null))
}
