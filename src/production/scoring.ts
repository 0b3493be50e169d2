// One release asked, and what answers in its place when it cannot.
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { FeaturePort } from '../core/ports/features.ts'
import type { FallbackKind } from '../core/ports/predictions.ts'
import type { Value } from '../core/schema.ts'
import type { Stream } from '../store/index.ts'
import { classesOf, outputsOf } from './classes.ts'
import type { DrillFault } from './drills.ts'
import { answerByRule } from './fallback.ts'
import type { CheckedRow } from './request.ts'
import { loadModelOf, type Answering, type ServingRoute } from './serving.ts'

/** Outputs with where they are to be journaled. */
export interface Scored {
  /** The release that answered; its threshold decides. */
  by: Answering
  stream: Stream
  asOf: number | null
  /** Empty where no features were read. */
  vectors: readonly Value[][]
  /** One a row: of several classes the greatest. */
  outputs: Float64Array
  /** Row after row one a class; null for a model of one score, and for what no model answered. */
  scores: Float64Array | null
  fallback: FallbackKind | readonly FallbackKind[]
  fault: string | null
}

/** Text of a fault in the journal, at most. */
const FAULT_LENGTH = 200

export interface Scorer {
  /**
   * Reads features and scores; all rows read one state. When that fails for a reason that is not the caller's, the content's fallback answers.
   * @throws what failed, where the content declares no fallback.
   */
  score(route: ServingRoute, rows: readonly CheckedRow[], drill: DrillFault | null): Promise<Scored>
}

export function openScorer({ features, log }: { features: FeaturePort; log: Log }): Scorer {
  /** What each endpoint's roles last failed with: an hour of failures is one line of the log. */
  const failing = new Map<string, { fault: string; drilled: boolean }>()

  const ask = async (by: Answering, rows: readonly CheckedRow[], drill: DrillFault | null): Promise<Scored> => {
    const { content, stream } = by
    const { asOf, vectors } = await stage('features', () => {
      if (drill?.fault === 'features') throw practised(drill)
      const preparing = content.prepareFeatures()
      const read = (): ReturnType<FeaturePort['read']> => features.read(content.featureDigest, rows as CheckedRow[])
      return preparing === null ? read() : preparing.then(read)
    })
    const scores = await stage('model', async () => {
      if (drill?.fault === 'model') throw practised(drill)
      if (!content.isLoaded) await loadModelOf(by)
      return content.score(vectors)
    })
    return { by, stream, asOf, vectors, outputs: outputsOf(content.content, scores), scores: classesOf(content.content) === null ? null : scores, fallback: '', fault: null }
  }

  const note = ({ release, role }: ServingRoute, fault: string | null, drilled = false): void => {
    const name = `${release.endpoint}\u0000${role}`
    const before = failing.get(name)
    if (fault === before?.fault || (fault === null && before === undefined)) return
    if (fault === null) failing.delete(name)
    else failing.set(name, { fault, drilled })
    const details = { endpoint: release.endpoint, role, release: release.id, ...(fault === null ? {} : { fault }) }
    // What a drill makes fail is in the ledger, and no news to whoever reads the log.
    const quiet = drilled || before?.drilled === true
    if (fault === null) log[quiet ? 'debug' : 'info']('A release answers by itself again.', details)
    else log[quiet ? 'debug' : 'error']('A release cannot answer; its fallback does.', details)
  }

  return {
    async score(route, rows, drill) {
      let failed: StageError
      try {
        const scored = await ask(route, rows, drill)
        if (failing.size > 0) note(route, null)
        return scored
      } catch (error) {
        failed = error as StageError
      }
      const fallback = route.content.content.fallback
      if (fallback === undefined || isCallers(failed.cause)) throw failed.cause
      const fault = failed.describe()
      note(route, fault, drill !== null)
      if (fallback.previousRelease === true && route.previous !== null) {
        // A practised failure of the model is one of champion and challenger; features fail for every release.
        const shared = drill?.fault === 'features' || route.role === 'challenger' ? drill : null
        try { return { ...await ask(route.previous, rows, shared), fallback: 'previous', fault } } catch (error) {
          if (isCallers((error as StageError).cause)) throw (error as StageError).cause
        }
      }
      const answers = rows.map(r => answerByRule(fallback, r.request))
      return { by: route, stream: route.fallbackStream, asOf: null, vectors: [], outputs: Float64Array.from(answers, a => a.output), scores: null, fallback: answers.map(a => a.kind), fault }
    },
  }
}

/** A failure with the step that it happened in. */
class StageError extends Error {
  readonly stage: string
  override readonly cause: unknown
  constructor(stage: string, cause: unknown) {
    super(`${stage} failed`)
    this.stage = stage
    this.cause = cause
  }
  describe(): string { return `${this.stage}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`.slice(0, FAULT_LENGTH).toWellFormed() }
}

async function stage<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try { return await work() } catch (cause) { throw new StageError(name, cause) }
}

/** A fault of what was sent: an answer by rule would hide it. */
function isCallers(error: unknown): boolean { return error instanceof SlipwayError && error.status < 500 }

function practised({ id, fault }: DrillFault): SlipwayError {
  return new SlipwayError('internal', `The drill ${id} makes the ${fault} fail.`, { remedy: 'End the drill, or wait for its end.' })
}
