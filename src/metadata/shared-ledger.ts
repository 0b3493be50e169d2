// The ledger of a home that several processes share: one of them writes it, the others stage their entries and ask for the numbers.
import { statSync } from 'node:fs'
import { HASH_BYTES } from '../core/merkle.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { LedgerEntry, LedgerReader, Metadata, VerifyReport } from './metadata.ts'

/** What the process that writes the ledger does for the others. */
export interface LedgerPort {
  /** Answers at once: asked before a change, so that nothing is written that nobody can number. */
  ready(): Promise<boolean>
  /** The number of a staged entry, once it is durable. May be asked again. @throws SlipwayError `not_found`. */
  settle(id: string): Promise<number>
  get(index: number): Promise<LedgerEntry | null>
  list(options?: Parameters<LedgerReader['list']>[0]): Promise<LedgerEntry[]>
  checkpoint(): Promise<string>
  prove(index: number, size?: number): ReturnType<LedgerReader['prove']>
  trail(kind: string, id: string): Promise<LedgerEntry[]>
  verify(onProgress?: (step: string) => void): Promise<VerifyReport>
}

/** Seals segments, in the process that owns the journal. */
export interface SealingPort { seal(options?: { force?: boolean }): Promise<number> }

/** Offers the ledger of this process to the others. */
export function ledgerPort(ledger: Ledger, { verify }: Pick<Metadata, 'verify'>): LedgerPort {
  return {
    ready: () => Promise.resolve(true),
    settle: id => ledger.settleStaged(id),
    get: index => ledger.get(index),
    list: options => ledger.list(options),
    checkpoint: () => ledger.checkpoint(),
    prove: (index, size) => ledger.prove(index, size),
    trail: (kind, id) => ledger.trail(kind, id),
    verify,
  }
}

/** The ledger as those see it who do not write it. Its size is read from its leaves, so that asking for it waits for nobody. */
export function sharedLedger(port: LedgerPort, leaves: string): LedgerReader & Pick<Ledger, 'settle' | 'trail'> {
  return {
    get size() { return Math.floor((statSync(leaves, { throwIfNoEntry: false })?.size ?? 0) / HASH_BYTES) },
    async settle(id, commit) {
      await port.ready()
      const result = await commit()
      return { result, index: await port.settle(id) }
    },
    get: index => port.get(index),
    list: options => port.list(options),
    checkpoint: () => port.checkpoint(),
    prove: (index, size) => port.prove(index, size),
    trail: (kind, id) => port.trail(kind, id),
  }
}
