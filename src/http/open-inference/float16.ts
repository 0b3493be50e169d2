// The two floats of 16 bits: IEEE 754 binary16 and bfloat16.

interface Format { /** Bits after the point. */ fraction: number; /** Least exponent of a normal number. */ least: number; /** From here on it rounds to infinity. */ overflow: number }

const HALF: Format = { fraction: 10, least: -14, overflow: 65_520 }
const BRAIN: Format = { fraction: 7, least: -126, overflow: (2 - 2 ** -8) * 2 ** 127 }

/** To the nearest number of 16 bits, ties to even, in one rounding. */
export function roundToHalf(x: number): number { return round(x, HALF) }
export function roundToBrain(x: number): number { return round(x, BRAIN) }

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

function round(x: number, { fraction, least, overflow }: Format): number {
  const size = Math.abs(x)
  if (!(size < overflow)) return Number.isNaN(x) ? x : x < 0 ? -Infinity : Infinity
  double[0] = size
  const exponent = Math.max(((words[1] >>> 20) & 0x7ff) - 1_023, least)
  const step = 2 ** (exponent - fraction)
  // Numbers from 2^52 on have no fraction: adding it rounds to a whole one, ties to even.
  const rounded = (size / step + 2 ** 52 - 2 ** 52) * step
  return x < 0 || Object.is(x, -0) ? -rounded : rounded
}

export function halfFromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1_024 + fraction) * 2 ** (exponent - 25))
}

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/** Its bits are the upper half of a float32. */
export function brainFromBits(bits: number): number {
  singleBits[0] = bits << 16
  return single[0]
}

/** Of a number that has been rounded to bfloat16. */
export function brainToBits(x: number): number {
  single[0] = x
  return singleBits[0] >>> 16
}

/** Of a number that has been rounded to binary16. */
export function halfToBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const size = Math.abs(x)
  if (size === Infinity) return sign | 0x7c00
  if (size < 2 ** -14) return sign | (size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  return sign | ((exponent + 15) << 10) | (size / 2 ** (exponent - 10) - 1_024)
}
