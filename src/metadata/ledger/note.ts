// C2SP signed notes (https://c2sp.org/signed-note) with the body of a tlog checkpoint (https://c2sp.org/tlog-checkpoint).
import { sign, verify, type KeyObject } from 'node:crypto'
import { SlipwayError } from '../../core/errors.ts'
import { parseVerifier, type Verifier } from './verifier.ts'

/** The body of a checkpoint: which log, how many entries, and the RFC 6962 root over them (hex). */
export interface Checkpoint { origin: string; size: number; root: string }

/** What a note says, and the key that says so. */
export interface SignedCheckpoint extends Checkpoint { text: string; keyName: string; keyId: Buffer; signature: Buffer }

/** The text that is signed: origin, size in decimal and base64 root, each with its newline. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${Buffer.from(checkpoint.root, 'hex').toString('base64')}\n`
}

/** The note as it is stored: text, a blank line, `— name base64(key id ‖ signature)`. Ed25519 is deterministic, so equal input gives equal bytes. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject, verifier: Verifier): string {
  const text = checkpointText(checkpoint)
  return formatNote(text, verifier.name, verifier.keyId, sign(null, Buffer.from(text), key))
}

function formatNote(text: string, name: string, keyId: Buffer, signature: Buffer): string {
  return `${text}\n— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`
}

/**
 * Reads a note with exactly one Ed25519 signature. Strict to the byte: what it takes, `signCheckpoint` would have written,
 * since lenient base64 or numbers would let a changed byte pass.
 * @throws SlipwayError `corrupt`.
 */
export function parseCheckpoint(note: string): SignedCheckpoint {
  const m = /^(([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n— ([^\s+]+) ([A-Za-z0-9+/]{91}=)\n$/u.exec(note)
  if (m === null) throw new SlipwayError('corrupt', 'It is not a signed checkpoint: origin, size, root, blank line, one signature.')
  const [, text, origin, size, root, keyName, signed] = m
  const bytes = Buffer.from(signed, 'base64')
  const parsed: SignedCheckpoint = {
    origin, size: Number(size), root: Buffer.from(root, 'base64').toString('hex'),
    text, keyName, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4),
  }
  if (formatNote(checkpointText(parsed), keyName, parsed.keyId, parsed.signature) !== note) throw new SlipwayError('corrupt', 'Its base64 or its size is not in the canonical form.')
  return parsed
}

/**
 * Parses and checks the signature and the origin.
 * @throws SlipwayError `corrupt`, saying what does not hold.
 */
export function verifyCheckpoint(note: string, verifier: Verifier): Checkpoint {
  const parsed = parseCheckpoint(note)
  if (parsed.keyName !== verifier.name || !parsed.keyId.equals(verifier.keyId)) throw new SlipwayError('corrupt', `It is signed by another key than ${verifier.name}'s.`)
  if (!verify(null, Buffer.from(parsed.text), verifier.publicKey, parsed.signature)) throw new SlipwayError('corrupt', 'Its signature does not fit its text.')
  if (parsed.origin !== verifier.name) throw new SlipwayError('corrupt', `It speaks of the log ${JSON.stringify(parsed.origin)}, not ${verifier.name}.`)
  return { origin: parsed.origin, size: parsed.size, root: parsed.root }
}

/** Verifies a checkpoint with the text of a verifier key, as an outsider would. */
export function verifyNote(note: string, vkey: string): Checkpoint { return verifyCheckpoint(note, parseVerifier(vkey)) }
