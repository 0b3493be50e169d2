// What of the deployed is in memory, and what answers. Loading and unloading change no deployment.
import { formatActor, type Actor } from '../core/actor.ts'
import type { StoredEndpoint } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Metadata } from '../metadata/index.ts'
import type { Deployments } from './deployment.ts'
import type { ModelMemory } from './model-memory.ts'
import { getEndpoint } from './release.ts'
import { loadModelOf, routesOf, type ServingRoute } from './serving.ts'

/**
 * READY: it answers, at once or after its model was read into memory again. LOADING: its model is on its way there for the first time; who asks
 * waits for it. UNAVAILABLE: it answers with an error.
 */
export interface ModelState {
  endpoint: string
  /** Number of the champion's release; null while nothing is deployed. */
  release: number | null
  state: 'READY' | 'LOADING' | 'UNAVAILABLE'
  /** Why it is not ready, or what a request would wait for; empty for a model in memory. */
  reason: string
  /** What its models hold in memory, about; 0 where they are not there. */
  bytes: number
  /** Served straight from a file, under a waiver. */
  unmanaged: boolean
}

export interface ModelStates {
  /** Why an endpoint gives no answers though a release is deployed; undefined where it does. Never waits. */
  refusal(endpoint: string): SlipwayError | undefined
  /** Of every endpoint, by name; or of one. @throws SlipwayError `unknown_endpoint`. */
  list(endpoint?: string): Promise<ModelState[]>
  /** Reads the models of its deployment into memory now, and lets it answer again. @throws SlipwayError `unknown_endpoint`, `not_deployable`, or why that cannot be. */
  load(endpoint: string, actor: Actor): Promise<ModelState>
  /** Takes its models out of memory; it answers 503 until it is loaded again, or the server starts anew. @throws SlipwayError `unknown_endpoint`, `not_deployable`. */
  unload(endpoint: string, actor: Actor): Promise<ModelState>
  /** Endpoints served from files answer when their file is named; until then they do not. */
  hold(): Promise<void>
  /** It may answer: its file was named. */
  release(endpoint: string): void
  /** Gets features and models ready, one after the other, while there is room; resolves when all is done. */
  warmUp(): Promise<void>
  /** Ends a warm-up, after the model at hand. */
  stop(): Promise<void>
}

const NOT_NAMED = 'its file was not named when the server started'

export function openModelStates(parts: { metadata: Metadata; deployments: Deployments; memory: ModelMemory; log: Log }): ModelStates {
  const { metadata, deployments, memory, log } = parts
  /** Why each of them gives no answers. */
  const unloaded = new Map<string, string>()
  /** Not tried yet since the start. */
  const waiting = new Set<string>()
  let stopped = false
  let warming: Promise<void> = Promise.resolve()

  const stateOf = ({ name, unmanaged }: StoredEndpoint): ModelState => {
    const { serving, fault } = deployments.look(name)
    const base = { endpoint: name, release: serving?.champion.release.number ?? null, bytes: 0, unmanaged: unmanaged === true }
    if (serving === null) return { ...base, state: 'UNAVAILABLE', reason: fault === null ? 'no release is deployed' : `its release could not be opened: ${fault.message}` }
    const contents = routesOf(serving).map(r => r.content)
    const digests = new Set(contents.map(c => c.content.model.digest))
    const bytes = [...digests].reduce((sum, digest) => sum + (memory.sizeOf(digest) ?? 0), 0)
    const reason = unloaded.get(name)
    if (reason !== undefined) return { ...base, state: 'UNAVAILABLE', reason }
    const [champion] = contents
    if (champion.isLoaded) return { ...base, bytes, state: 'READY', reason: '' }
    if (waiting.has(name) || memory.isLoading(champion.content.model.digest)) return { ...base, bytes, state: 'LOADING', reason: 'its model is being loaded' }
    const { failure } = champion
    if (failure === null) return { ...base, bytes, state: 'READY', reason: 'its model is loaded when it is asked' }
    const answers = champion.content.fallback === undefined ? '' : '; its fallback answers'
    return { ...base, bytes, state: answers === '' ? 'UNAVAILABLE' : 'READY', reason: `its model could not be loaded: ${failure.message}${answers}` }
  }

  const servingOf = async (endpoint: string): Promise<ServingRoute[]> => {
    await getEndpoint(metadata, endpoint)
    await deployments.reload(endpoint)
    const { serving } = deployments.look(endpoint)
    if (serving === null) throw await deployments.explain(endpoint)
    return routesOf(serving)
  }

  const note = async (action: string, endpoint: string, actor: Actor, routes: readonly ServingRoute[]): Promise<void> => {
    log.info(action === 'model.loaded' ? 'A model was loaded.' : 'A model was unloaded.', { endpoint, by: formatActor(actor) })
    await metadata.record({ actor, action, subject: `endpoint/${endpoint}`, details: { releases: routes.map(r => r.release.id) } })
  }

  const warm = async (): Promise<void> => {
    for (const { endpoint, serving } of deployments.list()) {
      if (stopped) return
      if (serving !== null && !unloaded.has(endpoint)) for (const route of routesOf(serving)) await warmRoute(route)
      waiting.delete(endpoint)
    }
  }

  /** What fails here is told, and told again to whoever asks. */
  const warmRoute = async (route: ServingRoute): Promise<void> => {
    try {
      await route.content.prepareFeatures()
      if (memory.bytes < memory.limit) await loadModelOf(route)
    } catch (error) {
      log.error('A deployed release could not be made ready; it is tried again when it is asked.', { endpoint: route.release.endpoint, release: route.release.id, error })
    }
    // Requests come first.
    await new Promise(resolve => { setImmediate(resolve) })
  }

  return {
    refusal(endpoint) {
      if (unloaded.size === 0) return undefined
      const reason = unloaded.get(endpoint)
      if (reason === undefined) return undefined
      const remedy = reason === NOT_NAMED ? `Start with \`--model ${endpoint}=FILE\`, or load it: POST /v2/repository/models/${endpoint}/load.` : `Load it: POST /v2/repository/models/${endpoint}/load.`
      return new SlipwayError('model_not_ready', `${endpoint} is not loaded: ${reason}.`, { remedy })
    },
    async list(endpoint) {
      const definitions = endpoint === undefined ? (await metadata.list('endpoint')).map(d => d.body as unknown as StoredEndpoint) : [await getEndpoint(metadata, endpoint)]
      return definitions.map(stateOf)
    },
    async load(endpoint, actor) {
      const routes = await servingOf(endpoint)
      for (const { content } of routes) if (!content.isLoaded) memory.retry(content.content.model.digest)
      for (const route of routes) {
        await route.content.prepareFeatures()
        // A challenger that cannot be loaded costs the trial, not the endpoint.
        await loadModelOf(route).catch((error: unknown) => { if (route.role === 'champion') throw error })
      }
      waiting.delete(endpoint)
      if (unloaded.delete(endpoint)) await note('model.loaded', endpoint, actor, routes)
      return stateOf(await getEndpoint(metadata, endpoint))
    },
    async unload(endpoint, actor) {
      const routes = await servingOf(endpoint)
      if (!unloaded.has(endpoint)) {
        unloaded.set(endpoint, `${formatActor(actor)} unloaded it`)
        const needed = new Set(deployments.list().filter(d => d.serving !== null && !unloaded.has(d.endpoint)).flatMap(d => routesOf(d.serving as NonNullable<typeof d.serving>)).map(r => r.content.content.model.digest))
        for (const { content: { content: { model: { digest } } } } of routes) if (!needed.has(digest)) memory.drop(digest)
        await note('model.unloaded', endpoint, actor, routes)
      }
      return stateOf(await getEndpoint(metadata, endpoint))
    },
    async hold() {
      for (const { body } of await metadata.list('endpoint')) {
        const { name, unmanaged } = body as unknown as StoredEndpoint
        if (unmanaged === true) unloaded.set(name, NOT_NAMED)
      }
    },
    release: endpoint => { unloaded.delete(endpoint) },
    warmUp() {
      for (const { endpoint, serving } of deployments.list()) if (serving !== null && !unloaded.has(endpoint)) waiting.add(endpoint)
      return warming = warm()
    },
    async stop() {
      stopped = true
      await warming
    },
  }
}
