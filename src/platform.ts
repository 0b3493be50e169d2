// The one place that wires: opens the store, builds the five components and hands them to each other as ports.
import './core/runtime.ts'
import { readFile } from 'node:fs/promises'
import { openDuckdb } from './adapters/engines/duckdb/index.ts'
import { localActor, type Actor } from './core/actor.ts'
import { SettableClock } from './core/clock.ts'
import { resolveConfig, type Config } from './core/config.ts'
import { parseCanonical } from './core/canonical.ts'
import type { ModelContent, ProjectDefinition } from './core/definition.ts'
import { SlipwayError, type Fault } from './core/errors.ts'
import { openLog, type Log } from './core/log.ts'
import type { ChampionPort } from './core/ports/champions.ts'
import type { Engine } from './core/ports/engine.ts'
import type { Micros } from './core/time.ts'
import { checkProjectData, collectRows, openFeatureStore, type FeatureCheck, type FeatureStore } from './data/index.ts'
import { openIntelligence, type Intelligence } from './intelligence/index.ts'
import { openMetadata, readClock, saveClock, verifyHome, type Definition, type Difference, type Metadata, type VerifyReport } from './metadata/index.ts'
import { openMonitoring, type Monitoring } from './monitoring/index.ts'
import { openProduction, type Production } from './production/index.ts'
import { openBlobStore, openDatabase, openHome, openJournal, type BlobStore, type HomePaths, type Journal } from './store/index.ts'

/** Exclusive ownership of a home's folder, for whoever moves or empties it. */
export { openHome } from './store/index.ts'

export interface PlatformOptions {
  /** The home's folder; made when it is not there. */
  home: string
  /** Default: the home's slipway.config.json and the environment. */
  config?: Config
  log?: Log
}

export interface ProjectRequest {
  /** A project as data, checked here: it may come from anywhere. */
  project: unknown
  /** On-demand modules as the project names them → their bundles (`bundleOnDemand`). */
  bundles: Record<string, string>
  /** Where the files of its datasets lie. */
  projectDir: string
  actor: Actor
  dryRun?: boolean
}

export interface ProjectChange {
  differences: Difference[]
  /** Index of the ledger entry; null when nothing differed, or in a dry run. */
  ledger: number | null
  imported: { name: string; version: string; rows: number; changed: boolean }[]
}

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
  const home = openHome(options.home)
  // What is open, so that a failure half-way and an ordinary stop close the same things in the same order.
  const opened: (() => Promise<void> | void)[] = [() => home.close()]
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const { paths } = home
    const config = options.config ?? resolveConfig({ file: await readConfigFile(paths.config), env: process.env }).config
    const log = options.log ?? openLog({ level: config.log.level })
    const clock = new SettableClock()
    const engine = await openDuckdb(config.engine)
    opened.push(() => engine.close())
    const database = await openDatabase(paths.database)
    opened.push(() => database.close())
    const blobs = await openBlobStore(paths.blobs)
    const journal = await openJournal({ dir: paths.journal, segmentsDir: paths.segments, ...config.journal, clock, engine, log })
    opened.push(() => journal.close())
    const metadata = await openMetadata({ paths, database, blobs, journal, clock, engine: () => openDuckdb(config.engine), config, log })
    opened.push(() => metadata.close())
    clock.set(clock.recorded() + await readClock(metadata))

    const data = await openFeatureStore({ metadata, journal, blobs, engine, clock, config, home: paths.dir, log })
    opened.push(() => data.close())
    const champions: ChampionPort = { champion: model => production.champion(model) }
    const intelligence: Intelligence = await openIntelligence({ metadata, blobs, features: data, champions, clock, log })
    opened.push(() => intelligence.close())
    const production: Production = await openProduction({ metadata, blobs, journal, features: data, registry: intelligence, clock, home: paths.dir, log })
    opened.push(() => production.close())
    const monitoring = openMonitoring({ predictions: production, metadata, clock, log })

    let ready = true
    let closing: Promise<void> | undefined
    return {
      home: { dir: home.dir, paths }, config, log, clock, engine, journal, metadata, data, intelligence, production, monitoring,
      get ready() { return ready },
      async applyProject(request) {
        const change = await applyProject({ metadata, data, blobs }, request)
        production.refreshDefinitions()
        return change
      },
      async checkFeatures({ endpoint, from, to }) {
        const digests = new Set((await production.listReleases(endpoint)).map(r => r.contentDigest))
        if (digests.size === 0) throw new SlipwayError('not_found', `There is no release of an endpoint named ${endpoint}.`)
        const checks: FeatureCheck[] = []
        for (const digest of digests) {
          const { features } = parseCanonical(new TextDecoder().decode(await blobs.get(digest))) as unknown as ModelContent
          checks.push(await data.checkFeatures(features, await collectRows(journal, { streams: [`prediction/${endpoint}/${digest.slice(0, 12)}`], from, to })))
        }
        const sum = (of: (c: FeatureCheck) => number): number => checks.reduce((n, c) => n + of(c), 0)
        return { predictions: sum(c => c.predictions), compared: sum(c => c.compared), different: sum(c => c.different), differences: checks.flatMap(c => c.differences) }
      },
      async setClock(time) {
        clock.set(time)
        await saveClock(metadata, localActor(), clock)
      },
      close() {
        ready = false
        return closing ??= closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Checks a home as it lies on disk, whole or damaged, without owning or changing it. @throws SlipwayError `not_found`. */
export async function verifyFolder(dir: string, config: Config, onProgress?: (step: string) => void): Promise<VerifyReport> {
  return verifyHome(dir, { engine: () => openDuckdb(config.engine), checkpoints: config.ledger.checkpoints, onProgress })
}

async function readConfigFile(path: string): Promise<unknown> {
  let text: string
  try { text = await readFile(path, 'utf8') } catch { return undefined }
  try { return JSON.parse(text) } catch (cause) { throw new SlipwayError('invalid_config', `${path} is not JSON: ${(cause as Error).message}`, { cause }) }
}

/** The definitions as documents, the data files as dataset versions, the on-demand code as blobs. */
async function applyProject({ metadata, data, blobs }: { metadata: Metadata; data: FeatureStore; blobs: BlobStore }, request: ProjectRequest): Promise<ProjectChange> {
  const faults = data.checkProject(request.project)
  if (faults.length > 0) throw invalidProject(faults)
  const project = request.project as ProjectDefinition
  const digests = new Map<string, string>()
  for (const [index, { onDemand }] of project.services.entries()) {
    if (onDemand === undefined) continue
    const code = request.bundles[onDemand.module]
    if (code === undefined) throw new SlipwayError('invalid_definition', `services[${index}].onDemand.module ${onDemand.module} came without its bundle.`, { faults: [{ path: `services[${index}].onDemand.module`, message: 'has no bundle' }] })
    // A dry run leaves nothing behind but the bytes of a bundle, which nobody refers to.
    digests.set(onDemand.module, await blobs.put(new TextEncoder().encode(code)))
  }
  const definitions = toDefinitions(project, digests)
  if (request.dryRun) return { differences: await metadata.plan(definitions, project.name), ledger: null, imported: [] }
  const imported: ProjectChange['imported'] = []
  for (const dataset of project.datasets) {
    const { version, rows, changed } = await data.importDataset(dataset, request.projectDir, request.actor)
    imported.push({ name: dataset.name, version, rows, changed })
  }
  const mismatches = await checkProjectData({ metadata }, project)
  if (mismatches.length > 0) throw invalidProject(mismatches)
  return { ...await metadata.apply(request.actor, project.name, definitions), imported }
}

function invalidProject(faults: Fault[]): SlipwayError {
  return new SlipwayError('invalid_definition', `The project has ${faults.length} fault${faults.length > 1 ? 's' : ''}: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}`, { faults })
}

function toDefinitions(project: ProjectDefinition, bundles: ReadonlyMap<string, string>): Definition[] {
  const of = <T extends { name: string }>(kind: Definition['kind'], list: readonly T[], extend: (item: T) => object = () => ({})): Definition[] =>
    list.map(item => ({ kind, id: item.name, body: { ...item, ...extend(item) } as unknown as Definition['body'] }))
  return [
    ...of('entity', project.entities), ...of('dataset', project.datasets), ...of('source', project.sources), ...of('view', project.views),
    ...of('service', project.services, s => ({ onDemandDigest: s.onDemand === undefined ? null : bundles.get(s.onDemand.module) })),
    ...of('model', project.models), ...of('endpoint', project.endpoints),
  ]
}
