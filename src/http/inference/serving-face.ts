// What every protocol does around a prediction: describe, ask, wait until it is durable, count.
import type { Platform } from '../../platform.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { EndpointDescription, NumbersRequest, NumbersResult, PredictionRow, PredictResult } from '../../production/index.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { toSlipwayError } from '../problems.ts'

export interface ServingFace {
  /** @throws SlipwayError `unknown_endpoint`, `not_deployable`; `not_found` for a version (the number of a release) that does not answer. */
  describe(endpoint: string, version?: string): Promise<EndpointDescription>
  /** That it answers now, its model loaded. @throws SlipwayError as `describe` does, and `model_not_ready` with the reason. */
  requireReady(endpoint: string, version?: string): Promise<void>
  /** Predicts; durable when it returns. @throws SlipwayError as the prediction does. */
  predict(endpoint: string, rows: readonly PredictionRow[], caller: string): Promise<PredictResult['predictions']>
  /** The same for a batch of plain numbers; null where `predict` has to answer, or to say what is wrong. */
  predictNumbers(request: NumbersRequest): Promise<NumbersResult | null>
  /** Counts a request that took so long, or was refused, and passes it on. */
  counted<T>(endpoint: string, work: () => Promise<T>): Promise<T>
}

export function openServingFace({ platform, metrics }: { platform: Platform; metrics: Metrics }): ServingFace {
  const { production } = platform
  const face: ServingFace = {
    async describe(endpoint, version) {
      const found = await production.describeEndpoint(endpoint)
      if (version !== undefined && version !== '' && version !== String(found.release.number)) {
        throw new SlipwayError('not_found', `${endpoint} answers with version ${found.release.number}, not ${version.slice(0, 20)}.`, { remedy: 'Leave the version out, or use the deployed one.' })
      }
      return found
    },
    async requireReady(endpoint, version) {
      await face.describe(endpoint, version)
      const [{ state, reason }] = await production.modelStates(endpoint)
      if (state !== 'READY') throw new SlipwayError('model_not_ready', `${endpoint} is not ready: ${reason}.`)
    },
    async predict(endpoint, rows, caller) {
      const started = performance.now()
      const result = await production.predict({ endpoint, rows, caller })
      await result.waitDurable()
      metrics.predicted(endpoint, result.predictions, (performance.now() - started) / 1_000)
      return result.predictions
    },
    async predictNumbers(request) {
      // Not offered by production in another process.
      if (typeof production.predictNumbers !== 'function') return null
      const started = performance.now()
      const result = await production.predictNumbers(request)
      await result?.waitDurable()
      if (result !== null) metrics.predictedBy(request.endpoint, result.release, result.role, request.rows, (performance.now() - started) / 1_000)
      return result
    },
    async counted(endpoint, work) {
      try { return await work() } catch (error) {
        const known = toSlipwayError(error)
        // An unknown name is not a label: anybody could make up a million.
        metrics.refused(known.code === 'unknown_endpoint' ? '' : endpoint, known.code)
        throw error
      }
    },
  }
  return face
}
