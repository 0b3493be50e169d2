// What every component stands on: a home with its database, blobs, journal, ledger and analytical engine, opened together and closed in order.
import './core/runtime.ts'
import { readFile } from 'node:fs/promises'
import { lazyDuckdb, openDuckdb } from './adapters/engines/duckdb/index.ts'
import { openState } from './adapters/state/open-state.ts'
import { SettableClock } from './core/clock.ts'
import { resolveConfig, type Config } from './core/config.ts'
import { SlipwayError } from './core/errors.ts'
import { openLog, type Log } from './core/log.ts'
import type { Engine } from './core/ports/engine.ts'
import type { StateBackend } from './core/ports/state-backend.ts'
import { homeId, openMetadata, readClock, verifyHome, type Metadata, type VerifyReport } from './metadata/index.ts'
import { openSegmentThreads } from './segment-threads.ts'
import { openBlobStore, openDatabase, openHome, openJournal, type BlobStore, type Database, type HomePaths, type SegmentedJournal } from './store/index.ts'

export interface FoundationOptions {
  /** The home's folder; made when it is not there. */
  home: string
  /** Default: the home's slipway.config.json and the environment. */
  config?: Config
  log?: Log
}

/** An open home, owned by this process. Hand it to a component's `open…`, which takes from it what it needs. */
export interface Foundation {
  /** The home's folder. */
  readonly home: string
  readonly paths: HomePaths
  readonly config: Config
  readonly log: Log
  readonly clock: SettableClock
  readonly engine: Engine
  readonly database: Database
  readonly blobs: BlobStore
  /** The one log of the home: positions, and waiting for durability. */
  readonly journal: SegmentedJournal
  /** The ledger, and the only way to change a document. */
  readonly metadata: Metadata
  /** Opens the place where online state is kept, as configured. */
  openState(): Promise<StateBackend>
  /** Resolves when everything acknowledged is on disk and the open segment is sealed. Close components first. */
  close(): Promise<void>
}

/**
 * Opens a home, or makes one.
 * @throws SlipwayError `home_in_use`, `invalid_config`, `corrupt`, `storage_full`.
 * @example
 * const foundation = await openFoundation({ home: '.slipway' })
 * await foundation.metadata.record({ actor: localActor(), action: 'note.written', subject: 'note/1', details: { text: 'hello' } })
 * await foundation.close()
 */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
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
    const engine = lazyDuckdb(config.engine)
    opened.push(() => engine.close())
    const database = await openDatabase(paths.database)
    opened.push(() => database.close())
    const blobs = await openBlobStore(paths.blobs)
    const segments = openSegmentThreads(config.engine)
    opened.push(() => segments.close())
    const journal = await openJournal({ dir: paths.journal, segmentsDir: paths.segments, ...config.journal, clock, engine, work: segments, log })
    opened.push(() => journal.close())
    const metadata = await openMetadata({ paths, database, blobs, journal, clock, engine: () => openDuckdb(config.engine), segments, config, log })
    opened.push(() => metadata.close())
    clock.set(clock.recorded() + await readClock(metadata))
    let closing: Promise<void> | undefined
    return { home: paths.dir, paths, config, log, clock, engine, database, blobs, journal, metadata, openState: () => openState({ config, folder: paths.state, homeId: () => homeId(metadata), log }), close: () => closing ??= closeAll() }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** What HOME/slipway.config.json holds; undefined without one. @throws SlipwayError `invalid_config`. */
export async function readConfigFile(path: string): Promise<unknown> {
  let text: string
  try { text = await readFile(path, 'utf8') } catch { return undefined }
  try { return JSON.parse(text) } catch (cause) { throw new SlipwayError('invalid_config', `${path} is not JSON: ${(cause as Error).message}`, { cause }) }
}

/** An analytical engine of its own, for work on files outside any home. */
export function openEngine(config: Pick<Config, 'engine'>): Promise<Engine> { return openDuckdb(config.engine) }

/** Checks a home as it lies on disk, whole or damaged, without owning or changing it. @throws SlipwayError `not_found`. */
export async function verifyFolder(dir: string, config: Config = resolveConfig({ env: process.env }).config, onProgress?: (step: string) => void): Promise<VerifyReport> {
  const segments = openSegmentThreads(config.engine)
  try { return await verifyHome(dir, { engine: () => openDuckdb(config.engine), segments, checkpoints: config.ledger.checkpoints, onProgress }) } finally { await segments.close() }
}
