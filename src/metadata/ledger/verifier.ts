import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SlipwayError } from '../../core/errors.ts'

/** The public side of a ledger key: all that an outsider needs. */
export interface Verifier { name: string; keyId: Buffer; publicKey: KeyObject; /** C2SP vkey: `name+hex key id+base64(0x01 ‖ public key)`. */ text: string }

const ED25519 = 1
// SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this prefix and the 32 bytes of the key.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The verifier of a private or public Ed25519 key under a name. */
export function verifierOf(name: string, key: KeyObject): Verifier {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length)
  return fromRaw(name, raw)
}

/**
 * Reads a vkey. The key id in it is a checksum of name and key.
 * @throws SlipwayError `corrupt`.
 */
export function parseVerifier(text: string): Verifier {
  const m = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text.endsWith('\n') ? text.slice(0, -1) : text)
  const bytes = m === null ? null : Buffer.from(m[3], 'base64')
  if (m === null || bytes === null || bytes[0] !== ED25519) throw new SlipwayError('corrupt', 'It is not an Ed25519 verifier key (name+id+key).')
  const verifier = fromRaw(m[1], bytes.subarray(1))
  if (verifier.keyId.toString('hex') !== m[2] || verifier.text !== m[0]) throw new SlipwayError('corrupt', 'Its key id is not the digest of its name and key.')
  return verifier
}

function fromRaw(name: string, raw: Buffer): Verifier {
  const typed = Buffer.concat([Buffer.of(ED25519), raw])
  const keyId = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4)
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
  return { name, keyId, publicKey, text: `${name}+${keyId.toString('hex')}+${typed.toString('base64')}` }
}

/** A new private key as PKCS#8 PEM. */
export function generateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** @throws SlipwayError `corrupt` when the PEM text holds no Ed25519 key. */
export function parseKey(pem: string): KeyObject {
  let key: KeyObject
  try { key = createPrivateKey(pem) } catch (cause) { throw new SlipwayError('corrupt', 'keys/ledger.pem holds no private key.', { cause, remedy: 'Restore it from a backup; without it no checkpoint can be signed.' }) }
  if (key.asymmetricKeyType !== 'ed25519') throw new SlipwayError('corrupt', `keys/ledger.pem holds a key of type ${key.asymmetricKeyType}, not Ed25519.`)
  return key
}
