// Doubles as whole multiples of a power of two: what is decided in whole numbers is exact.

const DOUBLE = new Float64Array(1)
const BITS = new BigUint64Array(DOUBLE.buffer)
const WORDS = new Uint32Array(DOUBLE.buffer)
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1
const HIDDEN = 1n << 52n

/** The greatest e such that a finite x is a whole multiple of 2^e; Infinity for 0. */
export function lowestBit(x: number): number {
  if (x === 0) return Number.POSITIVE_INFINITY
  DOUBLE[0] = x
  const low = WORDS[LOW]
  const high = WORDS[1 - LOW]
  const field = (high >>> 20) & 0x7ff
  const top = (high & 0xfffff) | (field === 0 ? 0 : 0x100000)
  return Math.max(field, 1) - 1075 + (low === 0 ? 32 + trailingZeros(top) : trailingZeros(low))
}

/** x in units of 2^exponent, of which it must be a whole multiple. */
export function unitsOf(x: number, exponent: number): bigint {
  if (x === 0) return 0n
  DOUBLE[0] = x
  const bits = BITS[0]
  const field = Number((bits >> 52n) & 0x7ffn)
  const mantissa = (bits & (HIDDEN - 1n)) | (field === 0 ? 0n : HIDDEN)
  const shift = Math.max(field, 1) - 1075 - exponent
  const units = shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift)
  return x < 0 ? -units : units
}

function trailingZeros(word: number): number { return 31 - Math.clz32(word & -word) }
