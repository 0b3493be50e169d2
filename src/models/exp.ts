// exp and log in plain double arithmetic: the same bits on every engine, which Math.exp does not promise.
import { exactExp } from './exact-exp.ts'

/** 2^(j/128) as a sum of two doubles, j = 0 … 127; from integer square roots, so exact to the last bit kept. */
const STEPS = 128
const TABLE_HIGH = new Float64Array(STEPS)
const TABLE_LOW = new Float64Array(STEPS)

/** 2^k for k = −1074 … 1023, at k + 1074. */
const POWERS = new Float64Array(2098)

// ln 2 / 128 in three parts; the first two have enough zero bits that k times them is exact.
const LN2_OVER = Math.LN2 / STEPS
const INVERSE = 1 / LN2_OVER
const [PART_1, PART_2, PART_3] = splitLn2()

fillTables()

/** What the quick sum may be off by, in units of its table entry; the sum of its roundings and of the series' rest is below 2^-60. */
const DOUBT = 2 ** -59

/**
 * e^x, correctly rounded: the double nearest to the exact value. The table method of P. T. P. Tang, ACM TOMS 15 (1989), and where its sum
 * is too near to the middle of two doubles to tell (one call in some sixty), the same in pairs of doubles, and then in whole numbers.
 */
export function exp(x: number): number {
  if (x !== x) return x
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY
  if (x < -745.1332191019412) return 0
  // Adding 1.5 · 2^52 rounds to the nearest integer, ties to even.
  const k = x * INVERSE + 6755399441055744 - 6755399441055744
  const high = x - k * PART_1
  const middle = k * PART_2
  const r = high - middle
  const rest = (high - r) - middle - k * PART_3
  const j = k & (STEPS - 1)
  const q = (k - j) / STEPS
  // Results below the normal range round at another place.
  if (q < -1021) return exactExp(x)
  const t = r + rest
  const p = r + (rest + t * t * (0.5 + t * (0.16666666666666666 + t * (0.041666666666666664 + t * (0.008333333333333333 + t * 0.001388888888888889)))))
  const T = TABLE_HIGH[j]
  const c = TABLE_LOW[j] + T * p
  let y = T + c
  const lost = c - (y - T)
  const doubt = T * DOUBT
  if (y + (lost + doubt) !== y || y + (lost - doubt) !== y) {
    y = expInPairs(high, middle, k * PART_3, j)
    if (y === 0) return exactExp(x)
  }
  return q <= 1023 ? y * POWERS[q + 1074] : y * 2 * POWERS[q - 1 + 1074]
}

/** 2^(j/128) · e^(high − middle − low) by pairs of doubles, rounded; 0 if 2^-100 of it might round otherwise. */
function expInPairs(high: number, middle: number, low: number, j: number): number {
  const r = high - middle
  const back = r - high
  const rest = (high - (r - back)) - (middle + back) - low
  // Terms from t^6 on are small enough for doubles.
  const tail = 1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r / 39916800))))
  let [h, l] = addPairs(1 / 120, INVERSE_120, r * tail, 0)
  for (let n = 0; n < 4; n++) {
    const [ph, pl] = multiplyPairs(h, l, r, rest);
    [h, l] = addPairs(HORNER_HIGH[n], HORNER_LOW[n], ph, pl)
  }
  const [ph, pl] = multiplyPairs(h, l, r, rest)
  const [th, tl] = multiplyPairs(ph, pl, TABLE_HIGH[j], TABLE_LOW[j])
  const [yh, yl] = addPairs(TABLE_HIGH[j], TABLE_LOW[j], th, tl)
  const doubt = yh * 2 ** -100
  return yh + (yl + doubt) === yh + (yl - doubt) ? yh + yl : 0
}

/** 1/24, 1/6, 1/2 and 1, and what the doubles leave of them; of 1/120 too. */
const HORNER_HIGH = [1 / 24, 1 / 6, 1 / 2, 1]
const HORNER_LOW = [2.3129646346357427e-18, 9.25185853854297e-18, 0, 0]
const INVERSE_120 = 1.1564823173178714e-19

function addPairs(ah: number, al: number, bh: number, bl: number): [number, number] {
  const s = ah + bh
  const back = s - ah
  const e = (ah - (s - back)) + (bh - back) + (al + bl)
  const h = s + e
  return [h, e - (h - s)]
}

function multiplyPairs(ah: number, al: number, bh: number, bl: number): [number, number] {
  const p = ah * bh
  // Veltkamp's splitting: the error of the product, without a fused multiply-add.
  const ca = 134217729 * ah
  const a1 = ca - (ca - ah)
  const a2 = ah - a1
  const cb = 134217729 * bh
  const b1 = cb - (cb - bh)
  const b2 = bh - b1
  const e = ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2 + (ah * bl + al * bh)
  const h = p + e
  return [h, e - (h - p)]
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number { return 1 / (1 + exp(-x)) }

/** ln(1 + e^x), without overflow. */
export function log1pExp(x: number): number {
  if (x > 40) return x
  const u = exp(x)
  const w = 1 + u
  // What the sum lost in rounding comes back by the slope of ln.
  return log(w) + (u - (w - 1)) / w
}

const f64 = new Float64Array(1)
const u32 = new Uint32Array(f64.buffer)
const HIGH = littleEndian() ? 1 : 0

/** Natural logarithm, below 1 unit in the last place; the method of fdlibm's e_log.c (Sun Microsystems, 1993). */
export function log(x: number): number {
  if (x !== x || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (x === Number.POSITIVE_INFINITY) return x
  let k = 0
  if (x < 2.2250738585072014e-308) { x *= 18014398509481984; k = -54 }
  f64[0] = x
  k += (u32[HIGH] >>> 20) - 1023
  // m in [1, 2), then brought to [√½, √2).
  u32[HIGH] = (u32[HIGH] & 0xfffff) | 0x3ff00000
  let m = f64[0]
  if (m > Math.SQRT2) { m *= 0.5; k += 1 }
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const odd = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
  const even = z * (0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
  const half = 0.5 * f * f
  return k * 6.93147180369123816490e-01 - ((half - (s * (half + odd + even) + k * 1.90821492927058770002e-10)) - f)
}

function littleEndian(): boolean { f64[0] = 1; return u32[1] !== 0 }

/** 2^(j/128), correctly rounded, j = 0 … 127. */
export function powerOfRoot(j: number): number { return TABLE_HIGH[j] + TABLE_LOW[j] }

function splitLn2(): [number, number, number] {
  // ln 2 to 160 bits, as a fraction of 2^160.
  const ln2 = 0xb17217f7d1cf79abc9e3b39803f2f6af40f34326n
  const bits = 160n + 7n
  const first = ln2 >> 128n << 128n
  const second = (ln2 - first) >> 96n << 96n
  return [ratio(first, bits), ratio(second, bits), ratio(ln2 - first - second, bits)]
}

/** n / 2^bits, truncated to a double. */
function ratio(n: bigint, bits: bigint): number {
  let shift = 0n
  while (n >> shift >= 1n << 53n) shift++
  return Number(n >> shift) * 2 ** Number(shift - bits)
}

function fillTables(): void {
  for (let k = -1074, v = Number.MIN_VALUE; k <= 1023; k++, v *= 2) POWERS[k + 1074] = v
  const bits = 200n
  let root = 2n << bits
  for (let i = 0; i < 7; i++) root = squareRoot(root << bits)
  let value = 1n << bits
  for (let j = 0; j < STEPS; j++, value = (value * root) >> bits) {
    TABLE_HIGH[j] = ratio(value, bits)
    TABLE_LOW[j] = ratio(value - (BigInt(TABLE_HIGH[j] * 2 ** 52) << (bits - 52n)), bits)
  }
}

function squareRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}
