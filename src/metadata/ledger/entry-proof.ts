// What an outsider checks: without the home, by the entry, its proof, a signed checkpoint and the log's public key.
import { canonicalize, type Json } from '../../core/canonical.ts'
import { SlipwayError } from '../../core/errors.ts'
import { leafHash, verifyInclusion } from '../../core/merkle.ts'
import type { LedgerEntry } from '../metadata.ts'
import { verifyNote, type Checkpoint } from './note.ts'

export interface EntryProof {
  entry: LedgerEntry
  /** Audit path (RFC 6962) in the tree of the checkpoint, hashes in hex: `ledger.prove(entry.index, size)`. */
  path: readonly string[]
  /** The checkpoint as a signed note. */
  note: string
  /** The text of the log's verifier key. */
  vkey: string
}

/**
 * Returns the checkpoint that covers the entry.
 * @throws SlipwayError `corrupt`, saying what does not hold.
 * @example
 * const note = await metadata.ledger.checkpoint()
 * const { path } = await metadata.ledger.prove(entry.index, parseCheckpoint(note).size)
 * verifyEntry({ entry, path, note, vkey: await readFile(paths.ledger + '/verifier.pub', 'utf8') })
 */
export function verifyEntry({ entry, path, note, vkey }: EntryProof): Checkpoint {
  const checkpoint = verifyNote(note, vkey)
  const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex')
  if (entry.index >= checkpoint.size) throw new SlipwayError('corrupt', `The checkpoint covers ${checkpoint.size} entries, and entry ${entry.index} is not one of them.`)
  if (!verifyInclusion(leafHash(canonicalize(entry as unknown as Json)), entry.index, checkpoint.size, path.map(bytes), bytes(checkpoint.root))) {
    throw new SlipwayError('corrupt', `Entry ${entry.index} is not in the log as it is here: its proof does not lead to the root that was signed.`)
  }
  return checkpoint
}
