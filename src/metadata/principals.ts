import { randomBytes, timingSafeEqual } from 'node:crypto'
import { localActor, type Actor, type Role } from '../core/actor.ts'
import { sha256 } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Micros } from '../core/time.ts'
import { writeFileDurably, type Document, type DocumentReader } from '../store/index.ts'
import { readTextOrNull } from './ledger/files.ts'
import type { Metadata, Principal } from './metadata.ts'

/** Document `token/<id>`: who a token speaks for. Only its digest is kept. */
export interface TokenBody { name: string; role: Role; sha256: string; createdAt: Micros }

const TOKEN = /^slipway_(tok_[0-9a-z]{26})_[A-Za-z0-9_-]{43}$/
const ROLES: readonly Role[] = ['viewer', 'scientist', 'approver', 'admin', 'auditor']

/** Reads HOME/local.token, or makes it: 256 random bits, for the user of this machine only (0600). Whoever can read the file is the operating-system user, an admin. */
export async function openLocalToken(path: string): Promise<string> {
  const stored = (await readTextOrNull(path))?.trim()
  if (stored !== undefined && /^[\x21-\x7e]{20,}$/.test(stored)) return stored
  const token = `slipway_local_${secret()}`
  writeFileDurably(path, `${token}\n`, 0o600)
  return token
}

/** Who a bearer token speaks for. Without one: an anonymous caller on loopback, who may look and predict. @throws SlipwayError `unauthenticated` when it is not known. */
export async function authenticate(reader: DocumentReader, local: string, token: string | null): Promise<Principal> {
  if (token === null) return { actor: { kind: 'anonymous', name: 'loopback' }, role: 'viewer', mayPredict: true }
  const digest = sha256(token)
  if (equalInConstantTime(digest, sha256(local))) return { actor: localActor(), role: 'admin', mayPredict: true }
  const id = TOKEN.exec(token)?.[1]
  const stored = id === undefined ? null : await reader.get<TokenBody>('token', id)
  if (stored === null || !equalInConstantTime(digest, stored.body.sha256)) throw new SlipwayError('unauthenticated', 'The token is not known here, or was revoked.')
  return { actor: { kind: 'token', name: stored.body.name }, role: stored.body.role, mayPredict: true }
}

/** Makes a token; its text is returned this once and kept nowhere. @throws SlipwayError `invalid_request`; `conflict` when the name is taken. */
export async function createToken(metadata: Metadata, actor: Actor, options: { name: string; role: Role; at: Micros }): Promise<{ id: string; token: string; ledger: number }> {
  const { name, role, at } = options
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/.test(name)) throw new SlipwayError('invalid_request', `${JSON.stringify(name)} is no name for a token: letters, digits, ".", "_", "-", "@", at most 100.`)
  if (!ROLES.includes(role)) throw new SlipwayError('invalid_request', `There is no role ${JSON.stringify(role)}; there are ${ROLES.join(', ')}.`)
  const id = newId('tok')
  const token = `slipway_${id}_${secret()}`
  const { ledger } = await metadata.change({ actor, action: 'token.created', subject: `token/${id}`, details: { name, role } }, async tx => {
    if ((await tx.list<TokenBody>('token')).some(t => t.body.name === name)) throw new SlipwayError('conflict', `There is a token named ${name} already.`, { remedy: 'Revoke it first, or take another name.' })
    await tx.put<TokenBody>('token', id, { name, role, sha256: sha256(token), createdAt: at })
  })
  return { id, token, ledger }
}

/** Takes a token back, by id or name; it is refused from now on. @throws SlipwayError `not_found`. */
export async function revokeToken(metadata: Metadata, actor: Actor, idOrName: string): Promise<number> {
  const found: Document<TokenBody> | undefined = (await metadata.list<TokenBody>('token')).find(t => t.id === idOrName || t.body.name === idOrName)
  if (found === undefined) throw new SlipwayError('not_found', `There is no token ${JSON.stringify(idOrName)}.`)
  const { ledger } = await metadata.change({ actor, action: 'token.revoked', subject: `token/${found.id}`, details: { name: found.body.name, role: found.body.role } }, tx => tx.remove('token', found.id))
  return ledger
}

function secret(): string { return randomBytes(32).toString('base64url') }

function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
