import { createHash } from 'node:crypto'
import { canonicalize, type Json } from './canonical.ts'

/** Lower-case hex SHA-256 of bytes or UTF-8 text. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** The identity of a plain object: SHA-256 of its canonical JSON. */
export function digestOf(value: Json): string {
  return sha256(canonicalize(value))
}
