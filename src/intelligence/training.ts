import { formatActor, type Actor } from '../core/actor.ts'
import { canonicalize, type Json } from '../core/canonical.ts'
import type { EndpointDefinition, LearnerDefinition, ModelContent, ModelDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import type { Micros } from '../core/time.ts'
import { measureScores, scoreRows } from './evaluation.ts'
import { splitRows, type SplitRows } from './labelled-rows.ts'
import { learn } from './learning.ts'
import { learnerOf, resolveParams } from './learners/index.ts'
import type { IntelligenceParts } from './parts.ts'
import type { Run, TrainedModel } from './records.ts'
import { registerCandidate } from './registration.ts'
import { getVersion, readModel, readRun } from './registry.ts'

/** Early stopping looks at the newest tenth of the training rows: the holdout must not choose anything. */
const VALIDATION_FRACTION = 0.1

export interface TrainingRequest {
  model: string
  /** Prediction times in [from, to). */
  from: Micros
  to: Micros
  /** Default `to`. */
  labelsKnownBy?: Micros
  /** In place of the model's declared learner: something to try. It is judged like any other candidate. */
  learner?: LearnerDefinition
  actor: Actor
  onProgress?: (progress: TrainingProgress) => void
  signal?: AbortSignal
}

export interface TrainingProgress {
  run: string
  step: 'rows' | 'candidate' | 'baseline' | 'evaluation' | 'registration'
  /** Iterations so far, while a learner works. */
  done?: number
  of?: number
  metric?: number | null
}

/**
 * One run: training set, candidate and baseline on the same rows, both measured on the same holdout, a model version. The evaluated artifact
 * is the registered one: nothing is trained again on the holdout afterwards, so that gate and release speak of the same digest.
 * @throws SlipwayError `not_found`, `invalid_request` for a range without usable examples, `stopping` when the signal ends it. The run is recorded as failed.
 */
export async function trainCandidate(parts: IntelligenceParts, request: TrainingRequest): Promise<{ run: Run; version: ModelVersion }> {
  const { metadata, clock, log } = parts
  const { actor, from, to } = request
  const labelsKnownBy = request.labelsKnownBy ?? to
  for (const [path, time] of Object.entries({ from, to, labelsKnownBy })) {
    if (!Number.isSafeInteger(time)) throw new SlipwayError('wrong_type', `${path} must be a time in whole microseconds, and is ${String(time)}.`)
  }
  if (from >= to) throw new SlipwayError('invalid_request', 'The range is empty: `from` must be before `to`.')
  const declared = await readModel(metadata, request.model)
  const model = request.learner === undefined ? declared : { ...declared, learner: request.learner }
  if (request.learner !== undefined) resolveParams(learnerOf(request.learner.name), request.learner.params)
  const run = newRun(parts, model, await findServing(parts, model.name), { from, to, labelsKnownBy, actor })
  const subject = `run/${run.id}`
  await metadata.change({
    actor, action: 'run.started', subject,
    details: { model: model.name, from, to, labelsKnownBy, learner: model.learner as unknown as Json, seed: run.seed },
  }, async tx => { await tx.put('run', run.id, run, { revision: 0 }) })
  try {
    const made = await execute(parts, model, run, request)
    const { data, candidate, reference, contentDigest } = made
    await metadata.change({
      actor, action: 'run.finished', subject,
      details: { model: model.name, contentDigest, trainingSet: data?.trainingSet, counts: data?.counts, artifact: candidate?.artifact.digest, auc: candidate?.metrics.auc as unknown as Json, baselineAuc: reference?.metrics.auc as unknown as Json },
    }, async tx => { await tx.put('run', run.id, made) })
    request.onProgress?.({ run: run.id, step: 'registration' })
  } catch (cause) {
    const error = describeFailure(cause, request.signal)
    const body: Run = { ...run, status: 'failed', finishedAt: clock.now(), error: { code: error.code, message: error.message } }
    if (error.code === 'internal') log.error('a run failed', { run: run.id, error: cause })
    await metadata.change({ actor, action: 'run.failed', subject, details: { model: model.name, error: body.error } }, async tx => { await tx.put('run', run.id, body) })
    throw error
  }
  const { version } = await registerCandidate(metadata, run.id, actor)
  return { run: await readRun(metadata, run.id), version: await getVersion(metadata, model.name, version) }
}

function newRun({ clock }: IntelligenceParts, model: ModelDefinition, serving: Pick<ModelContent, 'threshold' | 'fallback'>, range: { from: Micros; to: Micros; labelsKnownBy: Micros; actor: Actor }): Run {
  const { actor, ...times } = range
  return {
    id: newId('run'), model: model.name, status: 'running', actor: formatActor(actor), learner: model.learner, baseline: model.evaluation.baseline,
    seed: model.seed ?? 0, validationFraction: VALIDATION_FRACTION, ...times, policy: model.evaluation, ...serving,
    data: null, featuresDigest: null, candidate: null, reference: null, content: null, contentDigest: null, version: null,
    startedAt: clock.now(), finishedAt: null, durations: {}, error: null,
  }
}

async function execute(parts: IntelligenceParts, model: ModelDefinition, run: Run, { actor, onProgress, signal }: TrainingRequest): Promise<Run> {
  const { blobs, clock } = parts
  const durations: Record<string, Micros> = {}
  const timed = async <T>(step: TrainingProgress['step'], work: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted()
    onProgress?.({ run: run.id, step })
    const start = clock.recorded()
    const result = await work()
    durations[step] = clock.recorded() - start
    return result
  }
  const rows = await timed('rows', () => splitRows(parts, model, { from: run.from, to: run.to, labelsKnownBy: run.labelsKnownBy, actor }))
  const trainOne = (step: 'candidate' | 'baseline', learner: LearnerDefinition) => timed(step, async () => {
    const report = (p: { iteration: number; of: number; metric: number | null }): void => { onProgress?.({ run: run.id, step, done: p.iteration, of: p.of, metric: p.metric }) }
    const { artifact, format, summary } = await learn(rows.training, learner, { seed: run.seed, validationFraction: run.validationFraction, signal, onProgress: report })
    return { learner: { name: learner.name, params: summary.params }, artifact: { digest: await blobs.put(artifact), format }, summary: summary as unknown as Json }
  })
  // Each has a thread of its own. What fails first is the run's fault; the other's is not lost, only not told.
  const both = await Promise.allSettled([trainOne('candidate', run.learner), trainOne('baseline', run.baseline)])
  const [candidate, baseline] = both.map(result => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  const judge = async (trained: Omit<TrainedModel, 'metrics'>): Promise<TrainedModel> => (
    { ...trained, metrics: measureScores(await scoreRows(blobs, trained.artifact.digest, rows.holdout), rows.holdout.labels, run.policy.alpha) })
  const [judged, reference] = await timed('evaluation', async () => [await judge(candidate), await judge(baseline)] as const)
  const content: ModelContent = { model: candidate.artifact, features: rows.content, threshold: run.threshold, ...(run.fallback === undefined ? {} : { fallback: run.fallback }) }
  return { ...run, ...describeRows(rows), candidate: judged, reference, content, contentDigest: digestOf(content as unknown as Json), status: 'finished', finishedAt: clock.now(), durations }
}

function describeRows({ data, contentDigest }: SplitRows): Pick<Run, 'data' | 'featuresDigest'> { return { data, featuresDigest: contentDigest } }

/** Decision threshold and fallback are part of what is judged; endpoints declare them. */
async function findServing({ metadata }: IntelligenceParts, model: string): Promise<Pick<ModelContent, 'threshold' | 'fallback'>> {
  const endpoints = (await metadata.list<EndpointDefinition>('endpoint')).map(d => d.body).filter(e => e.model === model)
  const agreed = <K extends 'threshold' | 'fallback'>(part: K, show: (e: EndpointDefinition) => string): EndpointDefinition[K] => {
    const declaring = endpoints.filter(e => e[part] !== undefined)
    const distinct = new Set(declaring.map(e => canonicalize(e[part] as unknown as Json)))
    if (distinct.size > 1) throw new SlipwayError('invalid_definition', `Endpoints of ${model} declare different ${part}s: ${declaring.map(show).join(', ')}. A candidate is judged with one.`)
    return declaring[0]?.[part]
  }
  const threshold = agreed('threshold', e => `${e.name} ${e.threshold}`) ?? null
  const fallback = agreed('fallback', e => e.name)
  return { threshold, ...(fallback === undefined ? {} : { fallback }) }
}

function describeFailure(cause: unknown, signal: AbortSignal | undefined): SlipwayError {
  if (signal?.aborted === true) return new SlipwayError('stopping', 'The training was cancelled. Nothing was registered.', { cause })
  return cause instanceof SlipwayError ? cause : new SlipwayError('internal', 'The training failed; the log has the details.', { cause })
}
