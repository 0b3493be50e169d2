// One fastify application over one platform: hooks that hold for every route, then one plugin a protocol.
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { Platform } from '../platform.ts'
import type { OpenedComponent } from '../processes/index.ts'
import { checkOrigin, guardRoutes, type Access } from './access.ts'
import { consoleRoutes } from './console/routes.ts'
import { limitSlowBodies } from './deadlines.ts'
import { faceProblem } from './face-problem.ts'
import { feastRoutes } from './feast/routes.ts'
import { healthRoutes } from './health/routes.ts'
import { parseJson, stringifyJson } from './json.ts'
import { kserveRoutes } from './kserve/routes.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { scoringRoutes } from './mlflow-scoring/routes.ts'
import { nativeRoutes } from './native/routes.ts'
import { openInferenceRoutes } from './open-inference/routes.ts'
import { pageRoutes } from './pages/routes.ts'
import { portRoutes } from './ports/routes.ts'
import { answerBrokenRequest, handleErrors, handleUnknownRoutes, toSlipwayError } from './problems.ts'
import type { App, ServerState } from './server-state.ts'
import { openServingParts, type ServingParts } from './serving-parts.ts'
import { compileValidator } from './validation.ts'
import { VERSION } from './version.ts'

const HEADER_BYTES = 16 << 10
const TAGS = [
  { name: 'endpoints', description: 'Predictions: ask, read, explain by their chain, replay.' },
  { name: 'data', description: 'Datasets, sources, features; push events.' },
  { name: 'models', description: 'Train, judge, approve.' },
  { name: 'deployments', description: 'Releases and what serves them; each write takes ?dryRun=true.' },
  { name: 'monitoring', description: 'What became of predictions: quality, drift, trials, alerts, incidents, reports.' },
  { name: 'project', description: 'What a project file declares, against what is registered.' },
  { name: 'ledger', description: 'What was done, when and by whom, with proofs.' },
  { name: 'open-inference', description: 'Open Inference Protocol V2, as stock clients speak it. An endpoint is a model here, its releases are the versions.' },
  { name: 'kserve', description: 'KServe V1: rows in, predictions out, {"error"} when something is wrong. An endpoint is a model.' },
  { name: 'mlflow-scoring', description: 'What `mlflow models serve` answers: /invocations, and the same for each endpoint by name.' },
  { name: 'feast', description: 'What Feast\'s remote online store asks, as its stock client speaks it. A push source is a source, names are view:feature.' },
  { name: 'server', description: 'Health, versions, metrics, this page.' },
]

/** What a test needs to know of a route to hold it to the rules. */
export interface RouteFacts { method: string; url: string; access: Access | undefined; /** False: not in the OpenAPI document, as the pages of the console. */ documented: boolean }

/** Builds the application; it listens nowhere yet. */
export async function buildApp(platform: Platform, options: { log: Log; state: ServerState; /** Only the routes of this component, and what the processes of the others call. */ only?: OpenedComponent; /** Where another face shares them. */ serving?: ServingParts; /** Told of every route as it is added. */ onRoute?: (route: RouteFacts) => void }): Promise<App> {
  const { log, state, only, serving = openServingParts(platform, log) } = options
  const { server } = platform.config
  const prefix = newId('req').slice(0, 16)
  let count = 0
  const app: App = Fastify({
    logger: false,
    bodyLimit: server.bodyLimit,
    genReqId: () => `${prefix}${(count++).toString(36)}`,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { headersTimeout: server.requestTimeout * 1_000, requestTimeout: 0, connectionsCheckingInterval: 1_000, maxHeaderSize: HEADER_BYTES },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    clientErrorHandler: answerBrokenRequest as never,
    // Both are replaced below; named here, Fastify loads neither of its own.
    schemaController: { compilersFactory: { buildValidator: (() => compileValidator) as never, buildSerializer: (() => () => stringifyJson) as never } },
    frameworkErrors: (error, request, reply) => {
      const known = toSlipwayError(error)
      const { type, body } = faceProblem(known, request.url)
      void (reply as unknown as FastifyReply).status(known.status).header('content-type', type).header('x-request-id', request.id).send(Buffer.from(stringifyJson(body)))
    },
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => stringifyJson)
  app.setReplySerializer(body => stringifyJson(body))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json', 'application/problem+json'], { parseAs: 'buffer' }, (_request, body, done) => {
    try { done(null, parseJson(body as Buffer)) } catch (error) { done(error as Error) }
  })
  app.addContentTypeParser('application/x-ndjson', (_request, body, done) => { done(null, body) })

  app.addHook('onRoute', ({ method, url, config, schema }) => {
    for (const m of Array.isArray(method) ? method : [method]) options.onRoute?.({ method: m, url, access: config?.access, documented: (schema as { hide?: boolean } | undefined)?.hide !== true })
  })
  handleErrors(app as unknown as FastifyInstance, log, faceProblem)
  handleUnknownRoutes(app as unknown as FastifyInstance)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    if (state.stopping && !request.url.startsWith('/health')) throw new SlipwayError('stopping', 'This server is stopping and takes no new requests.')
    checkOrigin(request, state.authorities)
    if (Number(request.headers['content-length'] ?? 0) > server.bodyLimit && request.routeOptions.config.streams !== true) {
      throw new SlipwayError('body_too_large', `The body has ${request.headers['content-length']} bytes, and ${server.bodyLimit} is the limit.`)
    }
  })
  guardRoutes(app as unknown as FastifyInstance, token => platform.metadata.authenticate(token))
  limitSlowBodies(app as unknown as FastifyInstance, server.requestTimeout, faceProblem)
  app.addHook('onResponse', async (request, reply) => {
    log.debug('request', { request: request.id, method: request.method, path: request.url.split('?', 1)[0], status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10, by: request.principal?.actor.name })
  })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Slipway', version: VERSION, description: 'Without a token, programs on this machine may read and predict. What changes something needs "authorization: Bearer TOKEN"; the local token is in HOME/local.token. Failures are RFC 9457 problems with code, detail and remedy.' },
      tags: TAGS,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: ({ schema, url, route }) => ({ schema: describeAccess(schema as Record<string, unknown> | undefined, route.config?.access) as never, url }),
  })
  const { metrics } = serving
  await app.register(async scope => { healthRoutes(scope as App, platform, state) })
  await app.register(async scope => { metricsRoutes(scope as App, metrics) })
  await app.register(async scope => { nativeRoutes(scope as App, { platform, metrics, log, state }, only?.component) })
  if (only === undefined || only.component === 'production') {
    const { inference } = serving
    await app.register(async scope => { openInferenceRoutes(scope as App, inference) })
    await app.register(async scope => { kserveRoutes(scope as App, inference) })
    await app.register(async scope => { scoringRoutes(scope as App, inference) })
  }
  if (only === undefined || only.component === 'data') await app.register(async scope => { feastRoutes(scope as App, { platform, metrics, log }) })
  await app.register(async scope => { pageRoutes(scope as App, state) })
  if (only === undefined) await app.register(async scope => { consoleRoutes(scope as App) })
  else await app.register(async scope => { portRoutes(scope as App, only, log) })
  await app.ready()
  return app
}

/** Puts a route's access into its documentation. */
function describeAccess(schema: Record<string, unknown> | undefined, access: Access | undefined): Record<string, unknown> {
  const shown = typeof access === 'object' ? `token: ${access.write}` : access
  return { ...schema, ...(typeof access === 'object' ? { security: [{ token: [] }] } : {}), 'x-access': shown }
}
