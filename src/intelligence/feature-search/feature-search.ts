// Automated feature engineering: a grid of candidates from the data component, of which only those survive that later rows speak for.
import type { Actor } from '../../core/actor.ts'
import type { Json } from '../../core/canonical.ts'
import type { Aggregate, AggregateView } from '../../core/definition.ts'
import { digestOf } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { DropReason, Exploration, Relation } from '../../core/ports/exploration.ts'
import type { Micros } from '../../core/time.ts'
import type { IntelligenceParts } from '../parts.ts'
import { readModel } from '../registry.ts'
import type { Judgement } from './judgement.ts'
import type { SelectionOutcome } from './select-features.ts'
import { selectInWorker } from './select-in-worker.ts'
import type { Gain, Verdict } from './selection.ts'
import { sharesOf, type Slices } from './slices.ts'

export interface FeatureSearchRequest {
  model: string
  /** Durations, or 'lifetime'. */
  windows?: string[]
  aggregates?: Aggregate[]
  /** Only of these sources. */
  sources?: string[]
  /** In place of the relations that are found. */
  relations?: Relation[]
  /** Survivors at most. */
  limit?: number
  /** Candidates at most. */
  most?: number
  /** Examples at most, evenly over time. */
  rows?: number
  /** Prediction times in [from, to). */
  from?: Micros
  to?: Micros
  /** Default: now. */
  labelsKnownBy?: Micros
  /** Default: the model's. */
  seed?: number
  actor: Actor
  onProgress?: (progress: FeatureSearchProgress) => void
  signal?: AbortSignal
}

export interface FeatureSearchProgress { step: 'grid' | 'screen' | 'choose' | 'check' | 'judge'; done?: number; of?: number }

export interface FeatureSearchCandidate {
  /** `view.feature`. */
  name: string
  /** What it is, in words. */
  text: string
  /** Why it was dropped; null for a survivor. */
  reason: DropReason | Exclude<Verdict, 'survived'> | null
  /** The reason with its figures; of a survivor what is lost without it. */
  detail: string
  /** On the later rows, beside the existing features alone: what was tested. */
  later: Gain | null
  qValue: number | null
  /** Of a survivor: the AUC on the later rows with all survivors, less that without it. */
  gain: Gain | null
}

export interface FeatureSearch {
  model: string
  service: string
  /** Of the features that were there before. */
  contentDigest: string
  from: Micros
  to: Micros
  labelsKnownBy: Micros
  seed: number
  /** Labelled examples in the range, and those that were taken. */
  examples: number
  rows: number
  slices: Slices['described']
  /** In the order of the grid. */
  candidates: FeatureSearchCandidate[]
  /** More than were asked for by `most`. */
  leftOut: number
  notes: string[]
  /** Ordinary views with the survivors alone, and their names as a service reads them, the strongest first. */
  views: AggregateView[]
  features: string[]
  /** Null where nothing survived. */
  judgement: Judgement | null
  /** Dataset versions that were read. */
  parents: string[]
  /** Microseconds of wall time. */
  durations: { grid: Micros; selection: Micros }
  ledger: number
}

export const SEARCH_DEFAULTS = { windows: ['1h', '3h', '1d', '7d', 'lifetime'], limit: 10, most: 400, rows: 40_000 } as const

const MOST_SURVIVORS = 100

/**
 * Searches features for a model: nothing is registered, the ledger gets `features.searched`. The same request on the same data has the same survivors.
 * @throws SlipwayError `not_found` for a model that is not registered; `invalid_request` for a wish that cannot be met; `stopping` when the signal ends it.
 */
export async function searchFeatures(parts: IntelligenceParts, request: FeatureSearchRequest): Promise<FeatureSearch> {
  const { metadata, clock, features } = parts
  const { actor, onProgress, signal, limit = SEARCH_DEFAULTS.limit, most = SEARCH_DEFAULTS.most, rows = SEARCH_DEFAULTS.rows, labelsKnownBy = clock.now() } = request
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_SURVIVORS) throw new SlipwayError('invalid_request', `limit must be a whole number from 1 to ${MOST_SURVIVORS}, and is ${limit}.`, { faults: [{ path: 'limit', message: `must be a whole number from 1 to ${MOST_SURVIVORS}` }] })
  const model = await readModel(metadata, request.model)
  const seed = request.seed ?? model.seed ?? 0
  const shares = sharesOf(model.evaluation.holdout)
  const begun = clock.recorded()
  try {
    const explored = await features.exploreFeatures({
      service: model.service, examples: model.examples, from: request.from, to: request.to, labelsKnownBy, windows: request.windows ?? [...SEARCH_DEFAULTS.windows],
      aggregates: request.aggregates, sources: request.sources, relations: request.relations, most, rows, seed, early: shares.early, actor, purpose: `training: feature search for ${model.name}`,
      onProgress: progress => { onProgress?.({ step: 'grid', ...progress }) }, signal,
    })
    const computed = clock.recorded()
    const outcome = await selectInWorker({
      table: explored.table, times: explored.times, labelsKnown: explored.labelsKnown, labels: explored.labels, existing: explored.content.outputs.length, shares, limit, seed, learner: model.learner, learnerSeed: model.seed ?? 0, alpha: model.evaluation.alpha,
    }, { onProgress, signal })
    const found = combine(explored, outcome)
    const contentDigest = digestOf(explored.content as unknown as Json)
    const { from, to, examples, leftOut, notes, parents } = explored
    const durations = { grid: computed - begun, selection: clock.recorded() - computed }
    const ledger = await metadata.record({
      actor, action: 'features.searched', subject: `model/${model.name}`,
      details: {
        purpose: `training: feature search for ${model.name}`, service: model.service, contentDigest, from, to, labelsKnownBy, seed, examples, rows: explored.table.rows, leftOut, parents,
        counts: countReasons(found.candidates), survivors: found.features, judgement: outcome.judgement as unknown as Json,
      },
    })
    return { model: model.name, service: model.service, contentDigest, from, to, labelsKnownBy, seed, examples, rows: explored.table.rows, slices: outcome.slices, ...found, leftOut, notes, judgement: outcome.judgement, parents, durations, ledger }
  } catch (cause) {
    if (signal?.aborted === true) throw new SlipwayError('stopping', 'The search was cancelled.', { cause })
    throw cause
  }
}

function combine(explored: Exploration, { selected }: SelectionOutcome): Pick<FeatureSearch, 'candidates' | 'views' | 'features'> {
  let next = 0
  const candidates = explored.candidates.map(({ name, text, dropped }): FeatureSearchCandidate => {
    if (dropped !== null) return { name, text, ...dropped, later: null, qValue: null, gain: null }
    const { verdict, detail, later, qValue, beside } = selected[next++]
    return { name, text, reason: verdict === 'survived' ? null : verdict, detail, later, qValue, gain: beside }
  })
  const features = candidates.filter(c => c.gain !== null).sort((a, b) => (b.gain?.value ?? 0) - (a.gain?.value ?? 0)).map(c => c.name)
  const views = explored.views.map(view => ({ ...view, features: view.features.filter(f => features.includes(`${view.name}.${f.name}`)) })).filter(view => view.features.length > 0)
  return { candidates, features, views }
}

function countReasons(candidates: readonly FeatureSearchCandidate[]): Record<string, number> {
  const counts: Record<string, number> = { candidates: candidates.length, survived: 0 }
  for (const { reason } of candidates) counts[reason ?? 'survived'] = (counts[reason ?? 'survived'] ?? 0) + 1
  return counts
}
