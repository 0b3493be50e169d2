// The hot path: from a checked request to frames in the journal.
import type { Clock } from '../core/clock.ts'
import type { EntityDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FallbackKind, PredictionRole } from '../core/ports/predictions.ts'
import type { Row } from '../core/schema.ts'
import type { Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import type { Appended, Journal } from '../store/index.ts'
import { stickyFraction, stickyKey, type StickyEntity } from './assignment.ts'
import { classAnswer, classesOf } from './classes.ts'
import { assertServable, type Deployments } from './deployment.ts'
import type { DrillFault } from './drills.ts'
import { idempotencyScope, type Claim } from './idempotency.ts'
import type { JournalIndexes } from './journal-indexes.ts'
import { arrangeNumbers, buildNumbersFrame, scoreNumbers, type NumbersRequest, type NumbersResult } from './numbers.ts'
import { buildFrame, decide, entityColumns, isPredictionStream, readPrediction } from './prediction-frame.ts'
import type { SequenceIds } from './prediction-id.ts'
import { getEndpoint, releaseId } from './release.ts'
import { checkRow, requestDigest, type CheckedRow, type PredictionRow, type RequestShape } from './request.ts'
import type { Scored, Scorer } from './scoring.ts'
import type { Serving, ServingRoute } from './serving.ts'

/** Rows of one request, at most. */
export const MOST_ROWS = 10_000

export interface PredictRequest {
  endpoint: string
  rows: readonly PredictionRow[]
  /** Who asks: the scope of idempotency keys. */
  caller: string
  /** Give the feature values with the answer. */
  features?: boolean
}

export interface Answer {
  id: string
  /** Of several classes the greatest of `outputs`. */
  output: number
  /** Of several classes: each one's, by name; absent where no model answered. */
  outputs?: Record<string, number>
  /** The one with the greatest output. */
  class?: string
  /** Null for an endpoint without a threshold. */
  decision: boolean | null
  /** `<endpoint>@<6-digit number>` */
  release: string
  role: PredictionRole
  /** What answered in place of the model; absent where it answered itself. */
  fallback?: Exclude<FallbackKind, ''>
  eventTime: Micros
  features?: Row
}

export interface PredictResult {
  /** In the order of the rows. */
  predictions: Answer[]
  /** Durable when the journal is, at this sequence. */
  sequence: number
  waitDurable(): Promise<void>
}

/** What the hot path needs of an endpoint, made when its deployment is switched. */
interface Target { serving: Serving; shape: RequestShape; sticky: StickyEntity | null }

/** The rows of a request that one release answers. */
interface Group { route: ServingRoute; drill: DrillFault | null; rows: CheckedRow[] }

/** A group that was scored and journaled. */
interface Journaled extends Scored { first: number; role: PredictionRole }

export interface Predictor {
  predict(request: PredictRequest): Promise<PredictResult>
  /** Like `predict`, with the time at which each row was accepted. */
  predictAccepted(request: PredictRequest, acceptedAt: readonly Micros[]): Promise<PredictResult>
  /**
   * Like `predict`, for a batch of plain numbers; null where only `predict` can answer, or say what is wrong: other features than numbers of
   * the request, a challenger, a drill, a model that is not in memory.
   */
  predictNumbers(request: NumbersRequest): Promise<NumbersResult | null>
  /** What the endpoint takes. `not_deployable` without a deployed release. */
  describe(endpoint: string): Promise<{ serving: Serving; shape: RequestShape }>
  /** Reads definitions anew at the next request. */
  refresh(): void
}

export function openPredictor(parts: {
  metadata: Metadata; journal: Journal; deployments: Deployments; indexes: JournalIndexes; ids: SequenceIds; clock: Clock; scorer: Scorer
  /** Why an endpoint is not to answer now. */
  refusal(endpoint: string): SlipwayError | undefined
  /** The failure that is practised at an endpoint at a time. */
  drill(endpoint: string, at: Micros): DrillFault | null
}): Predictor {
  const { metadata, journal, deployments, indexes, ids, clock, scorer, drill, refusal } = parts
  const targets = new Map<string, Target>()

  /** Never waits once an endpoint has answered. */
  const aim = (endpoint: string): Target | Promise<Target> => {
    const serving = deployments.serving(endpoint)
    const found = targets.get(endpoint)
    if (serving === undefined) return revive(endpoint)
    if (serving.champion.release.waiver !== null) assertServable(serving.champion.release, clock.now())
    return found?.serving === serving ? found : makeTarget(endpoint, serving)
  }

  /** What could not be opened may have been repaired. */
  const revive = async (endpoint: string): Promise<Target> => {
    await deployments.reload(endpoint)
    if (deployments.serving(endpoint) === undefined) throw await deployments.explain(endpoint)
    return aim(endpoint)
  }

  const makeTarget = async (endpoint: string, serving: Serving): Promise<Target> => {
    const { content: { features } } = serving.champion.content
    const { labelEntity, stickyEntity = labelEntity } = await getEndpoint(metadata, endpoint)
    const known = features.entities.find(e => e.name === labelEntity)
      ?? (labelEntity === undefined ? undefined : (await metadata.get('entity', labelEntity))?.body as unknown as EntityDefinition | undefined)
    const made: Target = {
      serving,
      shape: { endpoint, entities: entityColumns(features), request: features.service.request, labelEntity: known === undefined ? null : { name: known.name, type: known.type } },
      sticky: stickyEntity === undefined ? null : { name: stickyEntity, isLabel: stickyEntity === labelEntity },
    }
    targets.set(endpoint, made)
    return made
  }

  /** The challenger answers whom its share falls on, unless its waiver has run out, or it could not be loaded. */
  const routeOf = ({ serving: { champion, challenger }, shape, sticky }: Target, row: CheckedRow): ServingRoute => {
    if (challenger === null || challenger.content.failure !== null || (challenger.release.waiver !== null && challenger.release.waiver.until <= row.acceptedAt)) return champion
    return stickyFraction(shape.endpoint, challenger.release.id, stickyKey(row, sticky)) < challenger.share ? challenger : champion
  }

  /** Rows by who answers them, in their order. `placed` gets, for each row, its group and its place there. */
  const divide = (target: Target, rows: readonly CheckedRow[], placed: { group: number; at: number }[]): Group[] => {
    const groups: Group[] = []
    let group = -1
    for (const row of rows) {
      const route = routeOf(target, row)
      const practised = drill(target.shape.endpoint, row.acceptedAt)
      const belongs = (g: Group | undefined): boolean => g !== undefined && g.route === route && g.drill === practised
      if (!belongs(groups[group])) group = groups.findIndex(belongs)
      if (group < 0) group = groups.push({ route, drill: practised, rows: [] }) - 1
      placed.push({ group, at: groups[group].rows.push(row) - 1 })
    }
    return groups
  }

  /** One frame a group, one after the other: what was scored is journaled without a wait between two. */
  const answer = async (target: Target, groups: readonly Group[], caller: string, started: number, epoch: number | undefined): Promise<Journaled[]> => {
    const scored: Scored[] = []
    for (const { route, rows, drill: practised } of groups) scored.push(await scorer.score(route, rows, practised))
    const journaled: Journaled[] = []
    for (const [g, s] of scored.entries()) {
      const { route: { role }, rows } = groups[g]
      const { release, content } = s.by
      const frame = buildFrame(s.stream, {
        endpoint: release.endpoint, release: release.number, role, asOf: s.asOf, ledgerSize: target.serving.ledgerSize, caller,
        latency: (performance.now() - started) * 1_000, threshold: content.content.threshold, fallback: s.fallback, fault: s.fault,
      }, rows, s)
      const append = (): Appended | Promise<Appended> => indexes.append(journal, s.stream, frame, epoch)
      // Half a request is in the journal: the rest waits for the disk, because a repeat of it all would be journaled twice.
      const appended = g === 0 ? append() : patiently(append, epoch)
      const { first } = appended instanceof Promise ? await appended : appended
      journaled.push({ ...s, first, role })
    }
    return journaled
  }

  const patiently = async (append: () => Appended | Promise<Appended>, epoch: number | undefined): Promise<Appended> => {
    try { return await append() } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'overloaded')) throw error
      await journal.waitDurable(undefined, epoch)
      return append()
    }
  }

  /** The answer as it was journaled. */
  const stored = async (sequence: number, withFeatures: boolean): Promise<Answer> => {
    const found = await journal.get(sequence)
    if (found === null || !isPredictionStream(found.stream.name)) throw new SlipwayError('corrupt', `The journal has no prediction at ${sequence}, which answered this idempotency key.`)
    const p = readPrediction(found.stream, sequence, found.recordedAt, found.row)
    return present({ id: ids.format('pred', sequence), output: p.output, decision: p.decision, release: releaseId(p.endpoint, p.release), role: p.role, eventTime: p.eventTime, ...(p.outputs === null ? {} : storedClasses(p.outputs)) }, p.fallback, withFeatures ? p.features : null)
  }

  const predictAccepted: Predictor['predictAccepted'] = async ({ endpoint, rows, caller, features: withFeatures = false }, acceptedAt) => {
    const started = performance.now()
    if (!Array.isArray(rows) || rows.length < 1 || rows.length > MOST_ROWS) throw new SlipwayError('invalid_request', `A request has 1 to ${MOST_ROWS} rows.`, { faults: [{ path: 'rows', message: `must be an array of 1 to ${MOST_ROWS} rows` }] })
    const refused = refusal(endpoint)
    if (refused !== undefined) throw refused
    const ready = aim(endpoint)
    const target = ready instanceof Promise ? await ready : ready
    const { challenger } = target.serving
    // One that cannot be loaded leaves its share to the champion.
    if (challenger !== null && !challenger.content.isLoaded) await challenger.content.loadModel()?.catch(() => {})
    const { shape } = target
    const scope = idempotencyScope(endpoint, caller)
    const { epoch } = journal

    const fresh: CheckedRow[] = []
    const claims: { claim: Claim; place: number }[] = []
    /** Per row: its place among the fresh ones, or the sequence that answered its key. */
    const plan: ({ place: number } | { earlier: number | Promise<number> })[] = []
    try {
      // No await from here to the claims: two requests with one key cannot both find it free.
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]
        const key = row?.idempotencyKey
        if (typeof key === 'string') {
          const digest = requestDigest(row)
          const earlier = digest === null ? null : indexes.idempotency.find(scope, key, digest, acceptedAt[i])
          if (earlier !== null) { plan.push({ earlier }); continue }
        }
        const checked = checkRow(shape, row, rows.length === 1 ? '' : `rows[${i}]`, acceptedAt[i])
        if (checked.idempotencyKey !== null) claims.push({ claim: indexes.idempotency.claim(scope, checked.idempotencyKey, checked.requestDigest as string), place: fresh.length })
        plan.push({ place: fresh.length })
        fresh.push(checked)
      }
      const placed: { group: number; at: number }[] = []
      const groups = await answer(target, divide(target, fresh, placed), caller, started, epoch)
      const sequenceOf = (place: number): number => groups[placed[place].group].first + placed[place].at
      for (const { claim, place } of claims) claim.settle(sequenceOf(place))
      let sequence = 0
      const predictions: Answer[] = []
      for (const step of plan) {
        if ('place' in step) {
          const own = sequenceOf(step.place)
          const { group, at } = placed[step.place]
          const { by: { release, content: { content } }, role, outputs, scores, vectors, fallback } = groups[group]
          sequence = Math.max(sequence, own)
          predictions.push(present(
            { id: ids.format('pred', own), output: outputs[at], decision: decide(outputs[at], content.threshold), release: release.id, role, eventTime: fresh[step.place].at, ...(scores === null ? {} : classAnswer(classesOf(content)!, scores, at)) },
            typeof fallback === 'string' ? fallback : fallback[at],
            withFeatures ? Object.fromEntries(vectors.length === 0 ? [] : content.features.outputs.map((c, k) => [c.name, vectors[at][k]])) : null))
        } else {
          const earlier = await step.earlier
          sequence = Math.max(sequence, earlier)
          predictions.push(await stored(earlier, withFeatures))
        }
      }
      return { predictions, sequence, waitDurable: () => journal.waitDurable(sequence, epoch) }
    } catch (error) {
      for (const { claim } of claims) claim.release(error)
      throw error
    }
  }

  const predictNumbers: Predictor['predictNumbers'] = async request => {
    const started = performance.now()
    const { endpoint, rows, caller } = request
    if (rows < 1 || rows > MOST_ROWS || refusal(endpoint) !== undefined) return null
    const ready = aim(endpoint)
    const target = ready instanceof Promise ? await ready : ready
    const now = clock.now()
    if (target.serving.challenger !== null || drill(endpoint, now) !== null) return null
    const { serving: { champion: { content, stream, release, role }, ledgerSize } } = target
    const model = content.numbers()
    const numbers = model === null ? null : arrangeNumbers(content.content.features, request)
    if (model === null || numbers === null) return null
    const { epoch } = journal
    const asOf = journal.position
    const { threshold } = content.content
    let outputs: Float64Array
    // What fails is told, or answered in its place, row by row.
    try { outputs = scoreNumbers(model, numbers.matrix, rows) } catch { return null }
    const context = { endpoint, release: release.number, role, asOf, ledgerSize, caller, latency: (performance.now() - started) * 1_000, threshold, fallback: '' as const, fault: null }
    const appended = indexes.append(journal, stream, buildNumbersFrame(stream, context, now, numbers, outputs), epoch)
    const { first } = appended instanceof Promise ? await appended : appended
    const sequence = first + rows - 1
    const idsOf = Array.from({ length: rows }, (_, i) => ids.format('pred', first + i))
    return { ids: idsOf, outputs, threshold, release: release.id, role, sequence, waitDurable: () => journal.waitDurable(sequence, epoch) }
  }

  return {
    predictAccepted, predictNumbers,
    refresh: () => { targets.clear() },
    predict: request => {
      const now = clock.now()
      return predictAccepted(request, Array.isArray(request.rows) ? request.rows.map(() => now) : [])
    },
    async describe(endpoint) {
      const { serving, shape } = await aim(endpoint)
      return { serving, shape }
    },
  }
}

function storedClasses(outputs: Record<string, number>): ReturnType<typeof classAnswer> { return classAnswer(Object.keys(outputs), Float64Array.from(Object.values(outputs)), 0) }

function present(answer: Answer, fallback: FallbackKind, features: Row | null): Answer {
  if (fallback !== '') answer.fallback = fallback
  if (features !== null) answer.features = features
  return answer
}
