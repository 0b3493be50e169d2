import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { BlobStore, Database, HomePaths, Journal, SegmentedJournal, EngineSource, SegmentWork } from '../store/index.ts'
import { change } from './change.ts'
import { composeMetadata } from './compose-metadata.ts'
import { openLedger, type Ledger } from './ledger/ledger.ts'
import type { Probe } from './ledger/log-file.ts'
import type { Metadata } from './metadata.ts'
import { openLocalToken } from './principals.ts'
import { Sealing } from './sealing.ts'
import { ledgerPort, type LedgerPort, type SealingPort } from './shared-ledger.ts'
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

/** Where other processes change documents too, and one of them owns the journal. */
export interface SharedMetadataOptions extends Omit<MetadataOptions, 'journal'> { journal: Pick<Journal, 'waitDurable'>; sealing: SealingPort }

/** How often what others staged is looked for, ms: usually they ask for its number at once, but they may have been killed before. */
const SWEEP_MS = 1_000

/**
 * Opens the metadata component over an open store: recovers the ledger, gives what was left staged its place, seals what a stop left behind.
 * @throws SlipwayError `corrupt` when the ledger's files contradict each other; `slipway verify` then names the place.
 * @example
 * const metadata = await openMetadata({ paths, database, blobs, journal, clock: systemClock, engine, config, log })
 * await metadata.change({ actor: localActor(), action: 'note.written', subject: 'note/1' }, tx => tx.put('note', '1', { text: 'hello' }))
 */
export async function openMetadata(options: MetadataOptions): Promise<Metadata> {
  const { database, blobs, journal, clock, config, log } = options
  const { local, ledger } = await openOwn(options)
  const sealing = new Sealing({ journal, database, change: (entry, write) => change({ database, blobs, ledger, clock }, entry, write), config: config.journal, log })
  return composeMetadata({
    database, blobs, clock, ledger, local,
    seal: ({ force = false } = {}) => sealing.seal(force),
    onSeal: save => sealing.onSeal(save),
    verify: onProgress => verify(options, ledger, onProgress),
    async close() {
      try { await sealing.seal(true) } catch (error) { log.warn('The open segment could not be sealed; the next start does it.', { error }) }
      await sealing.stop()
      await ledger.flush()
      await ledger.close()
    },
  })
}

/** Opens it as the one process that writes the ledger of a home that several processes share; `port` is what it does for the others. */
export async function openSharedMetadata(options: SharedMetadataOptions): Promise<{ metadata: Metadata; port: LedgerPort }> {
  const { database, blobs, clock, log, sealing } = options
  const { local, ledger } = await openOwn(options)
  const sweep = setInterval(() => { ledger.flush().catch((error: unknown) => { log.warn('Staged entries could not be placed in the ledger; it is tried again.', { error }) }) }, SWEEP_MS)
  sweep.unref()
  const metadata = composeMetadata({
    database, blobs, clock, ledger, local,
    seal: request => sealing.seal(request),
    // State is saved where the journal is.
    onSeal: () => () => {},
    verify: onProgress => verify(options, ledger, onProgress),
    async close() {
      clearInterval(sweep)
      await ledger.flush()
      await ledger.close()
    },
  })
  return { metadata, port: ledgerPort(ledger, metadata) }
}

async function openOwn({ paths, database, config, probe }: Omit<MetadataOptions, 'journal'>): Promise<{ local: string; ledger: Ledger }> {
  const local = await openLocalToken(paths.token)
  return { local, ledger: await openLedger({ home: paths, database, config: config.ledger, probe }) }
}

async function verify({ paths, engine, segments, config, journal }: Pick<SharedMetadataOptions, 'paths' | 'engine' | 'segments' | 'config' | 'journal'>, ledger: Ledger, onProgress?: (step: string) => void): ReturnType<Metadata['verify']> {
  await ledger.flush()
  // Where the journal's process is gone, what it left on the disk is all there is to check.
  await journal.waitDurable().catch((error: unknown) => { if (!(error instanceof SlipwayError && error.code === 'unreachable')) throw error })
  return verifyHome(paths.dir, { engine, segments, onProgress, checkpoints: config.ledger.checkpoints })
}
