// Why a prediction came out as it did: what each input contributed, by the model that answered.
import { SlipwayError } from '../core/errors.ts'
import type { Value } from '../core/schema.ts'
import type { ExplanationMethod, Link } from '../models/index.ts'
import { classesOf, placeOfGreatest } from './classes.ts'
import type { ContentStore, LoadedContent } from './loaded-content.ts'
import type { PredictionReader } from './prediction-reader.ts'
import type { Releases } from './release.ts'

/** What one input added to the raw score (by link `logit` in log-odds); negative values speak against. */
export interface Contribution { feature: string; value: Value; contribution: number }

export interface Explanation {
  /** The class whose score is explained: the one with the greatest output. Absent for a model of one score. */
  class?: string
  /** Raw score that one would expect before any input is known. */
  base: number
  /** Raw score of this row: the base and all contributions. */
  raw: number
  /** What the link makes of `raw`: a probability by `logit`, 1 / (1 + e^−raw); the raw score itself by `identity`. */
  output: number
  link: Link
  /** One an input, in the order of the model's inputs. */
  contributions: Contribution[]
  /** Base and contributions add up to the raw score, to about 1e-12. */
  additive: true
  method: ExplanationMethod
}

export interface PredictionExplanation extends Explanation {
  id: string
  endpoint: string
  /** Id of the release that answered. */
  release: string
  contentDigest: string
  threshold: number | null
  decision: boolean | null
}

export interface Explainer {
  /**
   * Explains a prediction from its logged inputs by the stored content of the release that answered.
   * @throws SlipwayError `unknown_prediction`; `not_found` for a fallback's answer, which no model computed; `corrupt` when the content does not give the logged output.
   */
  explain(id: string): Promise<PredictionExplanation>
}

export function openExplainer(parts: { reader: PredictionReader; releases: Releases; contents: ContentStore }): Explainer {
  const { reader, releases, contents } = parts
  return {
    async explain(id) {
      const p = await reader.get(id)
      if (p.fallback === 'rule' || p.fallback === 'default') {
        const why = p.fallback === 'rule' ? 'by a rule of its fallback' : 'with the constant of its fallback'
        throw new SlipwayError('not_found', `${id} was answered ${why}, and no model computed it: there is nothing to explain${p.fault === null ? '' : ` (${p.fault})`}.`, { remedy: 'Explain a prediction that a model answered; what-if scores values that you give.' })
      }
      const release = await releases.get(p.endpoint, p.release)
      if (!release.contentDigest.startsWith(p.contentPrefix)) throw new SlipwayError('corrupt', `${id} was journaled under content ${p.contentPrefix}, and its release ${release.id} has ${release.contentDigest.slice(0, 12)}.`)
      const loaded = await contents.load(release.contentDigest)
      const vector = loaded.content.features.outputs.map(({ name }) => p.features[name] ?? null)
      const explanation = await explainVector(loaded, vector, await loaded.score([vector]))
      if (explanation.output !== p.output) throw new SlipwayError('corrupt', `${id} was answered with ${p.output}, and its content gives ${explanation.output}.`)
      return { id, endpoint: p.endpoint, release: release.id, contentDigest: release.contentDigest, threshold: loaded.content.threshold, decision: p.decision, ...explanation }
    },
  }
}

/** Explains values in the order of the model's inputs, and what the model scored them. */
export async function explainVector({ content, explain }: Pick<LoadedContent, 'content' | 'explain'>, vector: Value[], scores: Float64Array): Promise<Explanation> {
  const { method, base, raw, contributions, link } = await explain([vector])
  const classes = classesOf(content)
  const at = classes === null ? 0 : placeOfGreatest(scores, classes.length, 0)
  const inputs = content.features.outputs
  return {
    ...(classes === null ? {} : { class: classes[at] }), base: base[at], raw: raw[at], output: scores[at], link,
    contributions: inputs.map(({ name }, i) => ({ feature: name, value: vector[i], contribution: contributions[at * inputs.length + i] })),
    additive: true, method,
  }
}
