// The standard deviation of a sample, from exact sums: sqrt((n Σx² − (Σx)²) / (n (n − 1))), the exact root rounded once to the nearest even double.

/** x² = high + low, exactly, for |x| in 2^-485 to 2^510 (Dekker, "A floating-point technique for extending the available precision", 1971). */
export function squareParts(x: number): { high: number; low: number } {
  const high = x * x
  const c = 134217729 * x
  const a = c - (c - x)
  const b = x - a
  return { high, low: ((a * a - high) + 2 * a * b) + b * b }
}

/** The same over a column of type DOUBLE. */
export function squarePartsSql(x: string): { high: string; low: string } {
  const c = `('134217729'::DOUBLE * ${x})`
  const a = `(${c} - (${c} - ${x}))`
  const b = `(${x} - ${a})`
  const high = `(${x} * ${x})`
  return { high, low: `(((${a} * ${a} - ${high}) + '2'::DOUBLE * ${a} * ${b}) + ${b} * ${b})` }
}

/**
 * Null for fewer than two values.
 * @param sum Σx in units of 2^exponent
 * @param squares Σx² in units of 2^(2 exponent)
 */
export function deviationOf(n: number, sum: bigint, squares: bigint, exponent: number): number | null {
  if (n < 2) return null
  const numerator = BigInt(n) * squares - sum * sum
  if (numerator <= 0n) return 0
  const denominator = BigInt(n) * BigInt(n - 1)
  // The root of quotient × 4^shift has at least 56 bits: 53, a rounding bit, and what lies below them is kept in a sticky bit.
  const excess = bits(numerator) - bits(denominator)
  const shift = Math.ceil((114 - excess) / 2)
  const [dividend, divisor] = shift >= 0 ? [numerator << BigInt(2 * shift), denominator] : [numerator, denominator << BigInt(-2 * shift)]
  const quotient = dividend / divisor
  const root = integerRoot(quotient)
  const exact = root * root === quotient && quotient * divisor === dividend
  return Number((root << 1n) | (exact ? 0n : 1n)) * 2 ** (exponent - shift - 1)
}

/** The greatest r with r² ≤ n, for n of about 114 bits. */
function integerRoot(n: bigint): bigint {
  let r = BigInt(Math.floor(Math.sqrt(Number(n))))
  r = (r + n / r) >> 1n
  while (r * r > n) r--
  while ((r + 1n) * (r + 1n) <= n) r++
  return r
}

function bits(n: bigint): number { return n.toString(16).length * 4 }
