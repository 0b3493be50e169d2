// e^x and ln x in single precision, equal to the bit to the C library's (glibc 2.27 and newer), which XGBoost calls: the table methods of
// ARM's optimized routines in double precision, rounded once. Math.exp and a correctly rounded result both differ in one of some hundred calls.
import { powerOfRoot } from './exp.ts'

/** The double 0x1.«fraction»p«exponent». */
function hex(fraction: string, exponent: number, sign = 1): number {
  return sign * (1 + Number.parseInt(fraction.padEnd(13, '0'), 16) / 2 ** 52) * 2 ** exponent
}

const N = 32
const ROOTS = Float64Array.from({ length: N }, (_, i) => powerOfRoot(i * 4))
const INVERSE_LN2 = hex('71547652b82fe', 0) * N
const C0 = hex('c6af84b912394', -5) / N / N / N
const C1 = hex('ebfce50fac4f3', -3) / N / N
const C2 = hex('62e42ff0c52d6', -1) / N
const SHIFT = 6755399441055744
const LARGEST = hex('62e42e', 6)
const LEAST = hex('9fe368', 6, -1)

/** @param x in single precision. */
export function expSingle(x: number): number {
  if (x !== x) return x
  if (x > LARGEST) return Number.POSITIVE_INFINITY
  if (x < LEAST) return 0
  const z = INVERSE_LN2 * x
  const k = z + SHIFT - SHIFT
  const r = z - k
  const i = k & (N - 1)
  const s = ROOTS[i] * 2 ** ((k - i) / N)
  const high = C0 * r + C1
  const low = C2 * r + 1
  return Math.fround((high * (r * r) + low) * s)
}

/** Per sixteenth of [√½, √2): 1/c and ln c for a c near its middle. */
const INVERSES = [
  hex('661ec79f8f3be', 0), hex('571ed4aaf883d', 0), hex('49539f0f010b', 0), hex('3c995b0b80385', 0), hex('30d190c8864a5', 0), hex('25e227b0b8ea', 0), hex('1bb4a4a1a343f', 0),
  hex('12358f08ae5ba', 0), hex('0953f419900a7', 0), 1, hex('e608cfd9a47ac', -1), hex('ca4b31f026aa', -1), hex('b2036576afce6', -1), hex('9c2d163a1aa2d', -1), hex('886e6037841ed', -1), hex('767dcf5534862', -1),
]
const LOGS = [
  hex('57bf7808caade', -2, -1), hex('2bef0a7c06ddb', -2, -1), hex('01eae7f513a67', -2, -1), hex('b31d8a68224e9', -3, -1), hex('6574f0ac07758', -3, -1), hex('1aa2bc79c81', -3, -1), hex('a4e76ce8c0e5e', -4, -1),
  hex('1973c5a611ccc', -4, -1), hex('252f438e10c1e', -5, -1), 0, hex('aa5aa5df25984', -5), hex('c5e53aa362eb4', -4), hex('526e57720db08', -3), hex('bc2860d22477', -3), hex('1058bc8a07ee1', -2), hex('4043057b6ee09', -2),
]
const A0 = hex('00ea348b88334', -2, -1)
const A1 = hex('5575b0be00b6a', -2)
const A2 = hex('ffffef20a4123', -2, -1)
const f32 = new Float32Array(1)
const i32 = new Int32Array(f32.buffer)

/** @param x in single precision. */
export function logSingle(x: number): number {
  if (x !== x || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (x === 1) return 0
  if (x === Number.POSITIVE_INFINITY) return x
  f32[0] = x
  let bits = i32[0]
  if (bits < 0x00800000) { f32[0] = x * 2 ** 23; bits = i32[0] - (23 << 23) }
  const t = bits - 0x3f330000
  const i = t >> 19 & 15
  i32[0] = bits - (t & 0xff800000)
  const r = f32[0] * INVERSES[i] - 1
  const r2 = r * r
  const y = A0 * r2 + (A1 * r + A2)
  return Math.fround(y * r2 + (LOGS[i] + (t >> 23) * Math.LN2 + r))
}

const MOST = Math.fround(88.7)

/** 1 / (1 + e^−x), each step in single precision. */
export function sigmoidSingle(x: number): number {
  return Math.fround(1 / Math.fround(expSingle(Math.min(-x, MOST)) + 1))
}

/** The single before x. */
export function singleBefore(x: number): number {
  if (x === Number.NEGATIVE_INFINITY || x !== x) return Number.NaN
  if (x === 0) return -1.401298464324817e-45
  f32[0] = x
  i32[0] += x > 0 ? -1 : 1
  return f32[0]
}
