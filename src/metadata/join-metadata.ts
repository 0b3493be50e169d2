import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config.ts'
import type { Log } from '../core/log.ts'
import type { BlobStore, Database, HomePaths, SegmentedJournal } from '../store/index.ts'
import { change } from './change.ts'
import { composeMetadata } from './compose-metadata.ts'
import { ledgerPaths } from './ledger/paths.ts'
import type { Metadata } from './metadata.ts'
import { openLocalToken } from './principals.ts'
import { Sealing } from './sealing.ts'
import { sharedLedger, type LedgerPort, type SealingPort } from './shared-ledger.ts'

export interface JoinedMetadataOptions {
  paths: HomePaths
  database: Database
  blobs: BlobStore
  /** The process that writes the ledger. */
  ledger: LedgerPort
  /** The journal where this process owns it, else the process that does. */
  sealing: { journal: SegmentedJournal } | SealingPort
  clock: Clock
  config: Config
  log: Log
}

/** Metadata in a process that does not write the ledger: changes are committed here, and their entries are numbered there. */
export async function joinMetadata(options: JoinedMetadataOptions): Promise<Metadata> {
  const { paths, database, blobs, clock, config, log } = options
  const ledger = sharedLedger(options.ledger, ledgerPaths(paths).leaves)
  const own = 'journal' in options.sealing
    ? new Sealing({ journal: options.sealing.journal, database, change: (entry, write) => change({ database, blobs, ledger, clock }, entry, write), config: config.journal, log })
    : null
  const sealing = own ?? options.sealing as SealingPort
  return composeMetadata({
    database, blobs, clock, ledger, local: await openLocalToken(paths.token),
    seal: ({ force = false } = {}) => (own === null ? (sealing as SealingPort).seal({ force }) : own.seal(force)),
    onSeal: save => own?.onSeal(save) ?? (() => {}),
    verify: onProgress => options.ledger.verify(onProgress),
    async close() {
      if (own === null) return
      try { await own.seal(true) } catch (error) { log.warn('The open segment could not be sealed; the next start does it.', { error }) }
      await own.stop()
    },
  })
}
