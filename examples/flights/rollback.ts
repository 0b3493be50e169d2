// A rollback and its undo, with what the endpoint would say to the same rows compared byte for byte.
import { createHash } from 'node:crypto'
import type { Platform } from 'slipway'
import { ENDPOINT } from './candidate.ts'

type Actor = Parameters<Platform['intelligence']['gate']>[0]['actor']

export interface RollbackProof {
  rows: number
  /** The release that a rollback goes back to, and the one that answers. */
  before: string
  after: string
  /** Outputs after the rollback are those of the earlier release, and after its undo those of the later one. */
  restored: boolean
  undone: boolean
  /** SHA-256 of the outputs as little-endian doubles, under each. */
  digests: { before: string; after: string; rolledBack: string; undone: string }
  ledger: number[]
}

const ROWS = 500

/** The champion must have one before it. Nothing is journaled: rows of stored predictions are scored anew. */
export async function proveRollback({ production }: Platform, actor: Actor): Promise<RollbackProof> {
  // An interrupted proof is begun anew.
  if ((await production.getDeployment(ENDPOINT))?.revisions.at(-1)?.action === 'rollback') await production.undo({ endpoint: ENDPOINT, actor })
  const vectors = (await production.listPredictions({ endpoint: ENDPOINT, limit: ROWS })).map(p => p.features)
  const digest = async (release?: number): Promise<string> => {
    const { outputs } = await production.whatIfMany({ endpoint: ENDPOINT, release, vectors })
    return createHash('sha256').update(new Uint8Array(Float64Array.from(outputs).buffer)).digest('hex')
  }
  const after = await digest()
  const back = await production.rollback({ endpoint: ENDPOINT, actor })
  const before = await digest(back.to!.number)
  const rolledBack = await digest()
  const forth = await production.undo({ endpoint: ENDPOINT, actor })
  const undone = await digest()
  return {
    rows: vectors.length, before: back.to!.release, after: forth.to!.release, restored: rolledBack === before && rolledBack !== after, undone: undone === after,
    digests: { before, after, rolledBack, undone }, ledger: [back.ledger!, forth.ledger!],
  }
}
