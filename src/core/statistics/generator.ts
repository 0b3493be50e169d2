/**
 * Uniform numbers in [0, 1) with 32 random bits, the same for the same seed: sfc32 (Doty-Humphrey's "small fast counter").
 * For resampling, which must give the same answer twice; not for secrets.
 */
export function createGenerator(seed: number): () => number {
  let a = seed | 0
  let b = Math.floor(seed / 4294967296) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return (t >>> 0) / 4294967296
  }
  // A small seed fills few bits; the first rounds spread them.
  for (let i = 0; i < 16; i++) next()
  return next
}
