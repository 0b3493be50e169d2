import { join } from 'node:path'
import type { HomePaths } from '../../store/index.ts'
import type { Verifier } from './verifier.ts'

/** Where the ledger lies within a home. */
export interface LedgerPaths { folder: string; log: string; leaves: string; checkpoint: string; verifier: string; keys: string; key: string; copies: string }

/**
 * @param copies folder of kept checkpoints (config ledger.checkpoints); empty for HOME/checkpoints.
 * Many homes may share a folder: there each ledger has its own within, named by its key.
 */
export function ledgerPaths(home: HomePaths, copies = '', verifier?: Verifier): LedgerPaths {
  const folder = home.ledger
  return {
    folder, log: join(folder, 'ledger.log'), leaves: join(folder, 'leaves.bin'), checkpoint: join(folder, 'checkpoint'), verifier: join(folder, 'verifier.pub'),
    keys: home.keys, key: join(home.keys, 'ledger.pem'), copies: copies === '' || verifier === undefined ? home.checkpoints : join(copies, `${encodeURIComponent(verifier.name)}-${verifier.keyId.toString('hex')}`),
  }
}

/** `000000000042.note`: the checkpoint over 42 entries. */
export function copyName(size: number): string { return `${String(size).padStart(12, '0')}.note` }
