import { createPublicKey } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isMissing, readTextOrNull } from '../ledger/files.ts'
import { parseCheckpoint, verifyCheckpoint } from '../ledger/note.ts'
import { copyName, ledgerPaths, type LedgerPaths } from '../ledger/paths.ts'
import { parseKey, parseVerifier, verifierOf, type Verifier } from '../ledger/verifier.ts'
import type { HomePaths } from '../../store/index.ts'
import type { Findings } from './findings.ts'

/** A checkpoint whose signature holds. */
export interface GoodNote { place: string; size: number; root: string }

export interface Notes {
  paths: LedgerPaths
  /** HOME/ledger/checkpoint; null when it is missing or does not hold. */
  checkpoint: GoodNote | null
  /** HOME/ledger/checkpoint exists. */
  present: boolean
  /** All that hold, the smallest first; the kept ones and the checkpoint. */
  good: GoodNote[]
  /** The size that HOME/ledger/checkpoint covers by now; 0 when it does not hold. */
  reread(): Promise<number>
}

/** Reads the verifier key, the checkpoint and every kept one; what does not hold is named. */
export async function checkNotes(home: HomePaths, copies: string, findings: Findings): Promise<Notes> {
  const bare = ledgerPaths(home)
  const name = (path: string): string => (relative(home.dir, path).startsWith('..') ? path : relative(home.dir, path))
  const verifier = await readVerifier(bare, name, findings)
  const paths = ledgerPaths(home, copies, verifier ?? undefined)
  const good: GoodNote[] = []
  const check = async (path: string, remedy: string, size?: number): Promise<GoodNote | null> => {
    const note = await readTextOrNull(path)
    const place = name(path)
    if (note === null || verifier === null) return null
    findings.count('checkpoints')
    try {
      const signed = verifyCheckpoint(note, verifier)
      if (size !== undefined && signed.size !== size) throw new Error(`It covers ${signed.size} entries, and its name says ${size}.`)
      const found = { place, size: signed.size, root: signed.root }
      good.push(found)
      return found
    } catch (error) {
      findings.problem('checkpoints', { place, what: `The checkpoint does not hold. ${(error as Error).message}`, remedy })
      return null
    }
  }
  const checkpoint = await check(paths.checkpoint, `Copy the newest file of ${name(paths.copies)} over it, if that one holds; or restore it from a backup.`)
  for (const file of await listCopies(paths.copies)) await check(join(paths.copies, file), 'Restore it from a backup, or from a copy kept elsewhere.', Number.parseInt(file, 10))
  good.sort((a, b) => a.size - b.size)
  return {
    paths, checkpoint, present: await readTextOrNull(paths.checkpoint) !== null, good,
    async reread() {
      try { return verifier === null ? 0 : verifyCheckpoint(await readTextOrNull(paths.checkpoint) ?? '', verifier).size } catch { return 0 }
    },
  }
}

async function readVerifier(paths: LedgerPaths, name: (path: string) => string, findings: Findings): Promise<Verifier | null> {
  const [vkey, pem, note] = await Promise.all([readTextOrNull(paths.verifier), readTextOrNull(paths.key), readTextOrNull(paths.checkpoint)])
  if (vkey === null && pem === null && note === null) return null
  const failed = (path: string, error: unknown, remedy: string): null => {
    findings.problem('ledger keys', { place: name(path), what: `The key cannot be used. ${(error as Error).message}`, remedy })
    return null
  }
  let verifier: Verifier | null = null
  try { verifier = parseVerifier(vkey ?? '') } catch (error) { failed(paths.verifier, error, 'Restore it from a backup; every verifier of this ledger has the same text.') }
  if (vkey !== null && verifier !== null && vkey !== `${verifier.text}\n`) failed(paths.verifier, new Error('It is not the text of a verifier key and a newline.'), 'Restore it from a backup.')
  if (pem === null) return verifier
  // The private key stands in for a damaged verifier key, so that the rest can still be judged.
  try {
    const own = verifierOf(verifier?.name ?? originOf(note), createPublicKey(parseKey(pem)))
    if (verifier !== null && own.text !== verifier.text) failed(paths.key, new Error(`It is not the private key of ${verifier.text}.`), 'Restore it from a backup.')
    findings.count('ledger keys')
    return verifier ?? own
  } catch (error) {
    failed(paths.key, error, 'Restore it from a backup; without it no checkpoint can be signed.')
    return verifier
  }
}

function originOf(note: string | null): string {
  try { return parseCheckpoint(note ?? '').origin } catch { return 'slipway' }
}

async function listCopies(folder: string): Promise<string[]> {
  let names: string[]
  try { names = await readdir(folder) } catch (error) { if (isMissing(error)) return []; throw error }
  return names.filter(file => /^\d{12}\.note$/.test(file) && copyName(Number.parseInt(file, 10)) === file).sort()
}
