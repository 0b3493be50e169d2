import { randomFillSync } from 'node:crypto'

// Crockford's base 32: no I, L, O, U; sorts as it counts.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type IdPrefix = 'run' | 'exp' | 'mv' | 'gate' | 'appr' | 'waiv' | 'rel' | 'dep' | 'led' | 'home' | 'evt' | 'lab' | 'job' | 'tok' | 'req' | 'alrt' | 'inc' | 'drill' | 'own'

/** Random bytes are fetched for many ids at once: each fetch costs more than the rest of an id. */
const RANDOM = 16
const pool = Buffer.alloc(256 * RANDOM)
let used = pool.length

/** A new id such as `run_06f5k2…`: 48 bits of time, then 80 random ones; ids made later sort later. */
export function newId(prefix: IdPrefix): string {
  if (used === pool.length) { randomFillSync(pool); used = 0 }
  let out = `${prefix}_${toBase32(Date.now(), 10)}`
  for (const end = used + RANDOM; used < end; used++) out += ALPHABET[pool[used] & 31]
  return out
}

/** Base 32 of a whole number, padded to `width`. */
export function toBase32(n: number, width: number): string {
  let out = ''
  for (let i = 0, rest = n; i < width; i++, rest = Math.floor(rest / 32)) out = ALPHABET[rest % 32] + out
  return out
}

/** The number again, or null when the text is not base 32. */
export function fromBase32(text: string): number | null {
  let n = 0
  for (const c of text) {
    const digit = ALPHABET.indexOf(c)
    if (digit < 0) return null
    n = n * 32 + digit
  }
  return n
}
