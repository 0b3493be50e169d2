// The one place that wires: builds the five components on one foundation and hands them to each other as ports.
import './core/runtime.ts'
import { localActor } from './core/actor.ts'
import type { SettableClock } from './core/clock.ts'
import type { Config } from './core/config.ts'
import { canonicalize, parseCanonical, type Json } from './core/canonical.ts'
import type { FeatureContent, ModelContent } from './core/definition.ts'
import { SlipwayError } from './core/errors.ts'
import type { Log } from './core/log.ts'
import type { ChampionPort } from './core/ports/champions.ts'
import type { Engine } from './core/ports/engine.ts'
import type { Micros } from './core/time.ts'
import { applyProject, openFeatureStore, type FeatureCheck, type FeatureStore, type ProjectChange, type ProjectRequest } from './data/index.ts'
import { openFoundation, type FoundationOptions } from './foundation.ts'
import { openIntelligence, type Intelligence } from './intelligence/index.ts'
import { saveClock, type Metadata } from './metadata/index.ts'
import { openMonitoring, type Monitoring } from './monitoring/index.ts'
import { openProduction, type Production } from './production/index.ts'
import type { BlobStore, HomePaths, Journal } from './store/index.ts'

/** Exclusive ownership of a home's folder, for whoever moves or empties it. */
export { openHome } from './store/index.ts'
export { openEngine, verifyFolder } from './foundation.ts'

export type PlatformOptions = FoundationOptions

/** The five components over one home, in one process. */
export interface Platform {
  readonly home: { dir: string; paths: HomePaths }
  readonly config: Config
  readonly log: Log
  readonly clock: SettableClock
  readonly engine: Engine
  /** The one log of the home: positions, and waiting for durability. */
  readonly journal: Journal
  readonly metadata: Metadata
  readonly data: FeatureStore
  readonly intelligence: Intelligence
  readonly production: Production
  readonly monitoring: Monitoring
  /** False once `close` has begun. */
  readonly ready: boolean
  /** The difference between a project and what is registered; without `dryRun` it is imported and registered. `invalid_definition` with every fault at once. */
  applyProject(request: ProjectRequest): Promise<ProjectChange>
  /**
   * Recomputes the logged feature values of an endpoint's predictions with sequences in [from, to] from history, as of their positions,
   * and compares bits. `not_found` when there is no release of the endpoint.
   */
  checkFeatures(request: { endpoint: string; from?: number; to?: number }): Promise<FeatureCheck>
  /** Sets the home's time (null: the wall clock), as a recorded change. */
  setClock(time: Micros | null): Promise<void>
  /** Resolves when everything acknowledged is on disk and the open segment is sealed. */
  close(): Promise<void>
}

/**
 * Opens a home with everything in it.
 * @throws SlipwayError `home_in_use`, `invalid_config`, `corrupt`, `storage_full`.
 * @example
 * const platform = await openPlatform({ home: '.slipway' })
 * const { predictions } = await platform.production.predict({ endpoint: 'flight-delay', rows: [{ entities, request }], caller: 'user:me' })
 * await platform.close()
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const foundation = await openFoundation(options)
  const { home, paths, config, log, clock, engine, blobs, journal, metadata } = foundation
  // What is open, so that a failure half-way and an ordinary stop close the same things in the same order.
  const opened: (() => Promise<void> | void)[] = [() => foundation.close()]
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const data = await openFeatureStore(foundation)
    opened.push(() => data.close())
    const champions: ChampionPort = { champion: model => production.champion(model) }
    const intelligence: Intelligence = await openIntelligence({ metadata, blobs, features: data, champions, clock, log })
    opened.push(() => intelligence.close())
    const production: Production = await openProduction({ metadata, blobs, journal, features: data, registry: intelligence, clock, home, config, log })
    opened.push(() => production.close())
    const monitoring = openMonitoring({ predictions: production, datasets: data, metadata, clock, log })

    return composePlatform({ home: { dir: home, paths }, config, log, clock, engine, blobs, journal, metadata, data, intelligence, production, monitoring, close: closeAll })
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Components, wherever they run, as one platform. */
export function composePlatform(parts: Omit<Platform, 'ready' | 'applyProject' | 'checkFeatures' | 'setClock'> & { blobs: BlobStore; /** Tells other processes that the clock was set. */ tellClock?(): Promise<void> }): Platform {
  const { metadata, data, production, blobs, clock } = parts
  let ready = true
  let closing: Promise<void> | undefined
  return {
    home: parts.home, config: parts.config, log: parts.log, clock, engine: parts.engine, journal: parts.journal,
    metadata, data, intelligence: parts.intelligence, production, monitoring: parts.monitoring,
    get ready() { return ready },
    async applyProject(request) {
      const change = await applyProject({ metadata, data, blobs }, request)
      await production.refreshDefinitions()
      return change
    },
    async checkFeatures({ endpoint, from, to }) {
      const digests = new Set((await production.listReleases(endpoint)).map(r => r.contentDigest))
      if (digests.size === 0) throw new SlipwayError('not_found', `There is no release of an endpoint named ${endpoint}.`)
      // Releases that read the same features are checked as one: most of the work goes into the events, which they share.
      const contents = new Map<string, { features: FeatureContent; streams: string[] }>()
      for (const digest of digests) {
        const { features } = parseCanonical(new TextDecoder().decode(await blobs.get(digest))) as unknown as ModelContent
        const key = canonicalize(features as unknown as Json)
        contents.set(key, { features, streams: [...contents.get(key)?.streams ?? [], `prediction/${endpoint}/${digest.slice(0, 12)}`] })
      }
      const checks: FeatureCheck[] = []
      for (const { features, streams } of contents.values()) checks.push(await data.checkLogged(features, { streams, from, to }))
      const sum = (of: (c: FeatureCheck) => number): number => checks.reduce((n, c) => n + of(c), 0)
      return { predictions: sum(c => c.predictions), compared: sum(c => c.compared), different: sum(c => c.different), differences: checks.flatMap(c => c.differences) }
    },
    async setClock(time) {
      clock.set(time)
      await saveClock(metadata, localActor(), clock)
      await parts.tellClock?.()
    },
    close() {
      ready = false
      return closing ??= parts.close()
    },
  }
}
