// The routes that Feast's stock client and its HTTP users call.
import type { FastifyInstance } from 'fastify'
import type { Log } from '../../core/log.ts'
import { RegisteredFeatures } from '../../data/index.ts'
import type { Platform } from '../../platform.ts'
import { parseJson } from '../json.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { handleErrors } from '../problems.ts'
import type { App } from '../server-state.ts'
import { feastProblem } from './errors.ts'
import { materializeRoutes } from './materialize.ts'
import { onlineFeatures } from './online-features.ts'
import { writeRoutes } from './write.ts'

export function feastRoutes(app: App, parts: { platform: Platform; metrics: Metrics; log: Log }): void {
  handleErrors(app as unknown as FastifyInstance, parts.log, feastProblem)
  // Whoever writes a request by hand may leave the content type out.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => { try { done(null, parseJson(body as Buffer)) } catch (error) { done(error as Error) } })
  const feast = { ...parts, registered: new RegisteredFeatures(parts.platform.metadata), trust: () => () => true }
  onlineFeatures(app, feast)
  writeRoutes(app, feast)
  materializeRoutes(app, feast)
}
