import type { KeyObject } from 'node:crypto'
import { SlipwayError } from '../../core/errors.ts'
import { makeFolder, writeFileDurably } from '../../store/index.ts'
import { readTextOrNull } from './files.ts'
import type { LedgerPaths } from './paths.ts'
import { generateKey, parseKey, parseVerifier, verifierOf, type Verifier } from './verifier.ts'

/** The key that signs checkpoints, and its public side. */
export interface Signer { key: KeyObject; verifier: Verifier }

/**
 * Opens HOME/keys/ledger.pem, or makes it for a new ledger. The name of an existing ledger is the one in its verifier key, whatever the configuration says by now.
 * @throws SlipwayError `corrupt` when key and verifier are not a pair, or one is lost.
 */
export async function openSigner(paths: LedgerPaths, origin: string): Promise<Signer> {
  if (!/^[^\s+]{1,255}$/u.test(origin)) throw new SlipwayError('invalid_config', `ledger.origin ${JSON.stringify(origin)} is no name of a log: 1 to 255 characters without white space and "+".`)
  makeFolder(paths.keys, 0o700)
  makeFolder(paths.folder)
  const [pem, vkey, checkpoint] = await Promise.all([readTextOrNull(paths.key), readTextOrNull(paths.verifier), readTextOrNull(paths.checkpoint)])
  if (pem === null && checkpoint !== null) throw new SlipwayError('corrupt', `${paths.key} is missing, and the ledger was signed with it.`, { remedy: 'Restore it from a backup of the home.' })
  const text = pem ?? generateKey()
  const key = parseKey(text)
  if (pem === null) writeFileDurably(paths.key, text, 0o600)
  const verifier = verifierOf(vkey === null ? origin : parseVerifier(vkey).name, key)
  if (vkey === null || pem === null) writeFileDurably(paths.verifier, `${verifier.text}\n`)
  else if (vkey !== `${verifier.text}\n`) throw new SlipwayError('corrupt', `${paths.verifier} and ${paths.key} are not a pair.`, { remedy: 'Restore both from a backup of the home.' })
  return { key, verifier }
}
