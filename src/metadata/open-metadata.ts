import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config.ts'
import type { Log } from '../core/log.ts'
import type { BlobStore, Database, HomePaths, SegmentedJournal, EngineSource, SegmentWork } from '../store/index.ts'
import { change } from './change.ts'
import { applyDefinitions, ownsExactly, planDefinitions } from './definitions/registration.ts'
import { openLedger } from './ledger/ledger.ts'
import type { Probe } from './ledger/log-file.ts'
import type { Metadata } from './metadata.ts'
import { authenticate, openLocalToken } from './principals.ts'
import { Sealing } from './sealing.ts'
import { verifyHome } from './verify/verify-home.ts'

export interface MetadataOptions {
  /** The home, which this process owns. */
  paths: HomePaths
  database: Database
  blobs: BlobStore
  journal: SegmentedJournal
  clock: Clock
  /** Only verification reads with it. Give a function that opens one: a damaged file may leave an engine unable to go on, so it should not be the one that serves. */
  engine: EngineSource
  /** Checks sealed segments in threads, in place of that engine; it belongs to the caller. */
  segments?: SegmentWork
  config: Config
  log: Log
  /** Called before each step of writing the ledger; for tests of crashes. */
  probe?: Probe
}

/**
 * Opens the metadata component over an open store: recovers the ledger, gives what was left staged its place, seals what a stop left behind.
 * @throws SlipwayError `corrupt` when the ledger's files contradict each other; `slipway verify` then names the place.
 * @example
 * const metadata = await openMetadata({ paths, database, blobs, journal, clock: systemClock, engine, config, log })
 * await metadata.change({ actor: localActor(), action: 'note.written', subject: 'note/1' }, tx => tx.put('note', '1', { text: 'hello' }))
 */
export async function openMetadata(options: MetadataOptions): Promise<Metadata> {
  const { paths, database, blobs, journal, clock, engine, segments, config, log, probe } = options
  const local = await openLocalToken(paths.token)
  const ledger = await openLedger({ home: paths, database, config: config.ledger, probe })
  const parts = { database, blobs, ledger, clock }
  const put: Metadata['change'] = (entry, write) => change(parts, entry, write)
  const sealing = new Sealing({ journal, database, change: put, config: config.journal, log })
  let closed = false

  return {
    get: (kind, id) => database.get(kind, id),
    list: (kind, listing) => database.list(kind, listing),
    change: put,
    record: async entry => (await put(entry, async () => undefined)).ledger,
    ledger,
    seal: ({ force = false } = {}) => sealing.seal(force),
    onSeal: save => sealing.onSeal(save),
    plan: (definitions, project) => planDefinitions(database, definitions, project),
    async apply(actor, project, definitions) {
      if ((await planDefinitions(database, definitions, project)).length === 0 && await ownsExactly(database, definitions, project)) return { differences: [], ledger: null }
      const done = await put({ actor, action: 'project.applied', subject: `project/${project}` }, async tx => {
        const differences = await applyDefinitions(tx, definitions, project)
        tx.detail({ differences: differences.map(d => ({ ...d, fields: d.fields.map(f => ({ ...f })) })) })
        return differences
      })
      return { differences: done.result, ledger: done.ledger }
    },
    trail: (kind, id) => ledger.trail(kind, id),
    authenticate: token => authenticate(database, local, token),
    async verify(onProgress) {
      await ledger.flush()
      await journal.waitDurable()
      return verifyHome(paths.dir, { engine, segments, onProgress, checkpoints: config.ledger.checkpoints })
    },
    async close() {
      if (closed) return
      closed = true
      try { await sealing.seal(true) } catch (error) { log.warn('The open segment could not be sealed; the next start does it.', { error }) }
      await sealing.stop()
      await ledger.flush()
      await ledger.close()
    },
  }
}
