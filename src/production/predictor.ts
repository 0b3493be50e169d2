// The hot path: from a checked request to a frame in the journal.
import type { Clock } from '../core/clock.ts'
import type { EntityDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { Row } from '../core/schema.ts'
import type { Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import type { Journal, Stream } from '../store/index.ts'
import { assertServable, type Champion, type Deployments } from './deployment.ts'
import { idempotencyScope, type Claim } from './idempotency.ts'
import type { JournalIndexes } from './journal-indexes.ts'
import { buildFrame, decide, entityColumns, isPredictionStream, predictionStream, readPrediction } from './prediction-frame.ts'
import type { SequenceIds } from './prediction-id.ts'
import { getEndpoint, releaseId } from './release.ts'
import { checkRow, requestDigest, type CheckedRow, type PredictionRow, type RequestShape } from './request.ts'

/** Rows of one request, at most. */
const MOST_ROWS = 10_000

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
  output: number
  /** Null for an endpoint without a threshold. */
  decision: boolean | null
  /** `<endpoint>@<6-digit number>` */
  release: string
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
interface Served { champion: Champion; shape: RequestShape; stream: Stream }

export interface Predictor {
  predict(request: PredictRequest): Promise<PredictResult>
  /** Like `predict`, with the time at which each row was accepted. */
  predictAccepted(request: PredictRequest, acceptedAt: readonly Micros[]): Promise<PredictResult>
  /** What the endpoint takes. `not_deployable` without a deployed release. */
  describe(endpoint: string): Promise<{ champion: Champion; shape: RequestShape }>
  /** Reads definitions anew at the next request. */
  refresh(): void
}

export function openPredictor(parts: { metadata: Metadata; journal: Journal; features: FeaturePort; deployments: Deployments; indexes: JournalIndexes; ids: SequenceIds; clock: Clock }): Predictor {
  const { metadata, journal, features, deployments, indexes, ids, clock } = parts
  const served = new Map<string, Served>()

  /** Never waits once an endpoint has answered. */
  const serve = (endpoint: string): Served | Promise<Served> => {
    const champion = deployments.champion(endpoint)
    const found = served.get(endpoint)
    if (champion === undefined) return deployments.explain(endpoint).then(error => { throw error })
    if (champion.release.waiver !== null) assertServable(champion.release, clock.now())
    return found?.champion === champion ? found : makeServed(endpoint, champion)
  }

  const makeServed = async (endpoint: string, champion: Champion): Promise<Served> => {
    const { content, digest } = champion.content
    const { labelEntity } = await getEndpoint(metadata, endpoint)
    const known = content.features.entities.find(e => e.name === labelEntity)
      ?? (labelEntity === undefined ? undefined : (await metadata.get('entity', labelEntity))?.body as unknown as EntityDefinition | undefined)
    const made: Served = {
      champion,
      shape: { endpoint, entities: entityColumns(content.features), request: content.features.service.request, labelEntity: known === undefined ? null : { name: known.name, type: known.type } },
      stream: predictionStream(endpoint, digest, content),
    }
    served.set(endpoint, made)
    return made
  }

  /** Reads, scores and journals; the sequence of the first row. All rows read one state of the features. */
  const score = async ({ champion, stream }: Served, rows: readonly CheckedRow[], caller: string, started: number, epoch: number | undefined): Promise<{ first: number; last: number; outputs: Float64Array; vectors: readonly Row[string][][] }> => {
    const { release, content, ledgerSize } = champion
    const { asOf, vectors } = await features.read(content.featureDigest, rows as CheckedRow[])
    const scored = content.score(vectors)
    const outputs = scored instanceof Float64Array ? scored : await scored
    const frame = buildFrame(stream, {
      endpoint: release.endpoint, release: release.number, role: 'champion', asOf, ledgerSize, caller,
      latency: (performance.now() - started) * 1_000, threshold: content.content.threshold, fallback: '', fault: null,
    }, rows, vectors, outputs)
    const journaled = indexes.append(journal, stream, frame, epoch)
    const { first, last } = journaled instanceof Promise ? await journaled : journaled
    return { first, last, outputs, vectors }
  }

  /** The answer as it was journaled. */
  const stored = async (sequence: number, withFeatures: boolean): Promise<Answer> => {
    const found = await journal.get(sequence)
    if (found === null || !isPredictionStream(found.stream.name)) throw new SlipwayError('corrupt', `The journal has no prediction at ${sequence}, which answered this idempotency key.`)
    const p = readPrediction(found.stream, sequence, found.recordedAt, found.row)
    return { id: ids.format('pred', sequence), output: p.output, decision: p.decision, release: releaseId(p.endpoint, p.release), eventTime: p.eventTime, ...(withFeatures ? { features: p.features } : {}) }
  }

  const predictAccepted: Predictor['predictAccepted'] = async ({ endpoint, rows, caller, features: withFeatures = false }, acceptedAt) => {
    const started = performance.now()
    if (!Array.isArray(rows) || rows.length < 1 || rows.length > MOST_ROWS) throw new SlipwayError('invalid_request', `A request has 1 to ${MOST_ROWS} rows.`, { faults: [{ path: 'rows', message: `must be an array of 1 to ${MOST_ROWS} rows` }] })
    const ready = serve(endpoint)
    const target = ready instanceof Promise ? await ready : ready
    const { shape, champion } = target
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
      const scored = fresh.length === 0 ? null : await score(target, fresh, caller, started, epoch)
      if (scored !== null) for (const { claim, place } of claims) claim.settle(scored.first + place)
      let sequence = scored?.last ?? 0
      const predictions: Answer[] = []
      for (const step of plan) {
        if ('place' in step && scored !== null) {
          const { place } = step
          const answer: Answer = { id: ids.format('pred', scored.first + place), output: scored.outputs[place], decision: decide(scored.outputs[place], champion.content.content.threshold), release: champion.release.id, eventTime: fresh[place].at }
          if (withFeatures) answer.features = Object.fromEntries(champion.content.content.features.outputs.map((c, k) => [c.name, scored.vectors[place][k]]))
          predictions.push(answer)
        } else if ('earlier' in step) {
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

  return {
    predictAccepted,
    refresh: () => { served.clear() },
    predict: request => {
      const now = clock.now()
      return predictAccepted(request, Array.isArray(request.rows) ? request.rows.map(() => now) : [])
    },
    async describe(endpoint) {
      const { champion, shape } = await serve(endpoint)
      return { champion, shape }
    },
  }
}
