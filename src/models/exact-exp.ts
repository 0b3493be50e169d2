// e^x in whole numbers, for the few x whose result doubles cannot round with certainty.

/** Fraction bits. The nearest that e^x comes to the middle of two doubles is about 2^-118 of it. */
const BITS = 320n
const ONE = 1n << BITS
const HALVINGS = 16n

let ln2 = 0n

/** The double nearest to e^x, for x from −745.2 to 709.8. */
export function exactExp(x: number): number {
  if (ln2 === 0n) ln2 = 18n * areaTangent(26n) - 2n * areaTangent(4801n) + 8n * areaTangent(8749n)
  const exact = fixed(x)
  const k = (exact + (ln2 >> 1n)) / ln2 - (exact + (ln2 >> 1n) < 0n ? 1n : 0n)
  let term = ONE
  let value = ONE
  const r = (exact - k * ln2) >> HALVINGS
  for (let n = 1n; term !== 0n && term !== -1n; n++) { term = ((term * r) >> BITS) / n; value += term }
  for (let i = 0n; i < HALVINGS; i++) value = (value * value) >> BITS
  // value · 2^k, value from √½ to √2.
  const exponent = Number(k) - (value < ONE ? 1 : 0)
  const unit = Math.max(exponent - 52, -1074)
  const shift = BITS - k + BigInt(unit)
  return Number((value + (1n << (shift - 1n))) >> shift) * 2 ** unit
}

/** x · 2^BITS, to the whole number below. */
function fixed(x: number): bigint {
  let scaled = x
  let shift = 0n
  while (!Number.isInteger(scaled)) { scaled *= 2; shift++ }
  return shift <= BITS ? BigInt(scaled) << (BITS - shift) : BigInt(scaled) >> (shift - BITS)
}

/** artanh(1/n) = 1/n + 1/3n³ + 1/5n⁵ … */
function areaTangent(n: bigint): bigint {
  let power = ONE / n
  let sum = 0n
  for (let i = 1n; power !== 0n; i += 2n) { sum += power / i; power /= n * n }
  return sum
}
