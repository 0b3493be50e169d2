// Percentiles of values in buckets: a bucket is one sign, one exponent and the top 7 bits of the mantissa, and stands for its middle, so that a value
// is off by at most 2^-8 of itself (0.39 %). The percentile is the nearest rank (the smallest value that at least p of the values do not exceed) among the
// middles: counts of buckets can be added, taken away and merged in any order.

const DOUBLE = new Float64Array(1)
const BITS = new BigInt64Array(DOUBLE.buffer)
const KEPT = ~((1n << 45n) - 1n)
const HALF = 1n << 44n
const WORDS = new Int32Array(DOUBLE.buffer)
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** The middle of the bucket of a finite number; 0 for 0. */
export function bucketMiddle(x: number): number {
  if (x === 0) return 0
  DOUBLE[0] = x
  WORDS[HIGH] = (WORDS[HIGH] & 0xffffe000) | 0x1000
  WORDS[1 - HIGH] = 0
  return DOUBLE[0]
}

/** The same for a column of type DOUBLE. */
export function bucketMiddleSql(x: string): string {
  return `CASE WHEN ${x} = 0 THEN 0.0::DOUBLE ELSE ((((${x})::BIT::BIGINT & (${KEPT})) | ${HALF}))::BIT::DOUBLE END`
}

/** The place, from 1, of the percentile among n sorted values. */
export function rankOf(p: number, n: number): number { return Math.max(1, Math.ceil(p * n)) }

/** Of n values in the SQL expression `n`, as BIGINT. */
export function rankSql(p: number, n: string): string { return `CAST(greatest(1, ceil('${p}'::DOUBLE * ${n})) AS BIGINT)` }

/** The bits of a double as a whole number: what distinct counts tell doubles apart by. */
export function bitsOf(x: number): bigint {
  DOUBLE[0] = x
  return BITS[0]
}
