import { randomBytes } from 'node:crypto'

// Crockford's base 32: no I, L, O, U; sorts as it counts.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type IdPrefix = 'run' | 'exp' | 'mv' | 'gate' | 'appr' | 'waiv' | 'rel' | 'dep' | 'led' | 'home' | 'evt' | 'lab' | 'job' | 'tok' | 'req' | 'alrt' | 'inc' | 'drill' | 'own'

/** A new id such as `run_06f5k2…`: 48 bits of time, then 80 random ones; ids made later sort later. */
export function newId(prefix: IdPrefix): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  let n = BigInt(`0x${bytes.toString('hex')}`)
  let out = ''
  for (let i = 0; i < 26; i++) { out = ALPHABET[Number(n & 31n)] + out; n >>= 5n }
  return `${prefix}_${out}`
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
