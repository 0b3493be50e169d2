/** 32 bits that look random, the same for the same numbers: murmur3's finaliser over each in turn. */
export function hash32(...numbers: readonly number[]): number {
  let h = 0x9747b28c
  for (const n of numbers) h = mix32(mix32(h ^ (n | 0)) ^ Math.floor(n / 4294967296))
  return h >>> 0
}

/** murmur3's finaliser alone: one whole number to 32 bits. */
export function mix32(n: number): number {
  let h = n | 0
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
