// One component in a process of its own: takes its part of the home, waits for those it stands on, and offers itself to the others.
import { randomUUID } from 'node:crypto'
import { lazyDuckdb, openDuckdb } from '../adapters/engines/duckdb/index.ts'
import { openState } from '../adapters/state/open-state.ts'
import { SettableClock } from '../core/clock.ts'
import type { Component } from '../core/components.ts'
import type { Config } from '../core/config.ts'
import type { Log } from '../core/log.ts'
import { openFeatureStore } from '../data/index.ts'
import { openIntelligence } from '../intelligence/index.ts'
import { homeId, joinMetadata, openSharedMetadata, readClock, type Metadata } from '../metadata/index.ts'
import { openMonitoring } from '../monitoring/index.ts'
import type { Platform } from '../platform.ts'
import { openProduction } from '../production/index.ts'
import { openSegmentThreads } from '../segment-threads.ts'
import { joinHome, openBlobStore, openDatabase, openJournal, type BlobStore, type Database, type HomePaths } from '../store/index.ts'
import type { Offer } from './answering.ts'
import { removeProcess, writeProcess } from './directory.ts'
import { journalPort } from './journal-port.ts'
import { DATA, INTELLIGENCE, JOURNAL, LEDGER, MONITORING, PROCESS, PRODUCTION, SEALING, type ProcessPort } from './methods.ts'
import { openLinks, type Links } from './open-links.ts'
import { assemble, ledgerOf, sealingOf } from './parts.ts'
import { offerProduction, remote, remoteData, remoteProduction } from './remote-component.ts'
import { RemoteJournal } from './remote-journal.ts'
import type { Intelligence } from '../intelligence/index.ts'

/** How long a component waits for those that it stands on: they may be started in any order. */
const WAIT_MS = 60_000

/** What another process may call here, by the name of the port. */
export type Offers = Readonly<Record<string, Offer>>

export interface OpenedComponent {
  readonly component: Component
  /** Another one after each start. */
  readonly id: string
  /** The component, and the others as they are reached from here. */
  readonly platform: Platform
  readonly offers: Offers
  /** Tells the others where this process listens. */
  announce(url: string): void
  /** The others learn that it is gone; then all that it has is saved and given back. */
  close(): Promise<void>
}

interface Bench { paths: HomePaths; config: Config; log: Log; clock: SettableClock; links: Links; database: Database; blobs: BlobStore; opened: (() => Promise<void> | void)[] }
type Own = Parameters<typeof assemble>[0]['own']
interface Opened { own: Own; offers: Offers }

/**
 * Opens one component of a home that five processes share.
 * @throws SlipwayError `home_in_use`; `unreachable` when one that it stands on does not come within a minute; `corrupt`, `storage_full`.
 */
export async function openComponent(options: { home: string; component: Component; config: Config; log: Log }): Promise<OpenedComponent> {
  const { component, config, log } = options
  const home = joinHome(options.home, component)
  const { paths } = home
  const id = randomUUID()
  const clock = new SettableClock()
  const links = openLinks(paths, clock, log)
  const opened: (() => Promise<void> | void)[] = [() => home.close(), () => { for (const link of Object.values(links)) link.close() }]
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    removeProcess(paths, component, id)
    for (const link of Object.values(links)) link.hurry()
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    if (component !== 'metadata') await links.metadata.connect(WAIT_MS)
    const database = await openDatabase(paths.database)
    opened.push(() => database.close())
    const bench: Bench = { paths, config, log, clock, links, database, blobs: await openBlobStore(paths.blobs), opened }
    clock.adopt({ version: 0, frozen: null, offset: await readClock(database) })
    const { own, offers } = await OPENERS[component](bench)
    const engine = lazyDuckdb(config.engine)
    opened.push(() => engine.close())
    const platform = assemble({ ...bench, engine, own, close: () => (closing ??= closeAll()) })
    const hello: ProcessPort = { hello: async () => component }
    return {
      component, id, platform, offers: { ...offers, process: { target: hello, methods: PROCESS } },
      announce: url => { writeProcess(paths, component, { url, pid: process.pid, id }) },
      close: () => platform.close(),
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function joined(bench: Bench): Promise<Metadata> {
  const metadata = await joinMetadata({ ...bench, ledger: ledgerOf(bench.links), sealing: sealingOf(bench.links) })
  bench.opened.push(() => metadata.close())
  return metadata
}

const OPENERS: Record<Component, (bench: Bench) => Promise<Opened>> = {
  async metadata(bench) {
    const { config, links, opened } = bench
    const segments = openSegmentThreads(config.engine)
    opened.push(() => segments.close())
    const { metadata, port } = await openSharedMetadata({ ...bench, journal: new RemoteJournal(links.data), sealing: sealingOf(links), engine: () => openDuckdb(config.engine), segments })
    opened.push(() => metadata.close())
    return { own: { metadata }, offers: { ledger: { target: port, methods: LEDGER } } }
  },

  async data(bench) {
    const { paths, config, clock, log, links, opened } = bench
    const engine = lazyDuckdb(config.engine)
    opened.push(() => engine.close())
    const segments = openSegmentThreads(config.engine)
    opened.push(() => segments.close())
    const journal = await openJournal({ dir: paths.journal, segmentsDir: paths.segments, ...config.journal, clock, engine, work: segments, log })
    opened.push(() => journal.close())
    const metadata = await joinMetadata({ ...bench, ledger: ledgerOf(links), sealing: { journal } })
    opened.push(() => metadata.close())
    const data = await openFeatureStore({ ...bench, metadata, journal, engine, home: paths.dir, openState: () => openState({ config, folder: paths.state, homeId: () => homeId(metadata), log }) })
    opened.push(() => data.close())
    return {
      own: { metadata, journal, data },
      offers: { data: { target: data, methods: DATA }, journal: { target: journalPort(journal), methods: JOURNAL }, sealing: { target: metadata, methods: SEALING } },
    }
  },

  async intelligence(bench) {
    const metadata = await joined(bench)
    const intelligence = await openIntelligence({ ...bench, metadata, features: remoteData(bench.links.data), champions: remoteProduction(bench.links.production, bench.clock) })
    bench.opened.push(() => intelligence.close())
    return { own: { metadata, intelligence }, offers: { intelligence: { target: intelligence, methods: INTELLIGENCE } } }
  },

  async production(bench) {
    const { paths, links, opened } = bench
    await links.data.connect(WAIT_MS)
    const metadata = await joined(bench)
    const features = remoteData(links.data, { bound: true })
    const journal = new RemoteJournal(links.data)
    await journal.refresh()
    opened.push(() => journal.close())
    const production = await openProduction({ ...bench, metadata, journal, features, registry: remote<Intelligence>(links.intelligence, 'intelligence', INTELLIGENCE), home: paths.dir })
    opened.push(() => production.close())
    return { own: { metadata, journal, production }, offers: { production: { target: offerProduction(production), methods: PRODUCTION } } }
  },

  async monitoring(bench) {
    const metadata = await joined(bench)
    const monitoring = openMonitoring({ ...bench, metadata, predictions: remoteProduction(bench.links.production, bench.clock), datasets: remoteData(bench.links.data) })
    return { own: { metadata, monitoring }, offers: { monitoring: { target: monitoring, methods: MONITORING } } }
  },
}
