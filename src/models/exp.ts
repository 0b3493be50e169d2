// exp and log in plain double arithmetic: the same bits on every engine, which Math.exp does not promise.

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

/** e^x within 0.52 units in the last place; table method of P. T. P. Tang, ACM TOMS 15 (1989). */
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
  const t = r + rest
  const p = r + (rest + t * t * (0.5 + t * (0.16666666666666666 + t * (0.041666666666666664 + t * 0.008333333333333333))))
  const T = TABLE_HIGH[j]
  const y = T + (TABLE_LOW[j] + T * p)
  if (q >= -1021 && q <= 1023) return y * POWERS[q + 1074]
  return q > 0 ? y * 2 * POWERS[q - 1 + 1074] : y * POWERS[q + 200 + 1074] * POWERS[-200 + 1074]
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
