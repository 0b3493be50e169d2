// Exact sums of doubles, rounded once to the nearest even double: the order of the terms cannot matter.
// Expansions after Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997); the final rounding as in CPython's math.fsum.
import { SlipwayError } from '../core/errors.ts'

/** Non-zero magnitudes in which sums stay exact: far from overflow, and no lost bits underflow. */
export const MIN_MAGNITUDE = 2 ** -485
export const MAX_MAGNITUDE = 2 ** 510

/** True for 0 and for finite numbers of magnitude 2^-485 to 2^510. */
export function inExactRange(x: number): boolean {
  const magnitude = Math.abs(x)
  return (magnitude >= MIN_MAGNITUDE && magnitude <= MAX_MAGNITUDE) || magnitude === 0
}

/**
 * The value, −0 as 0.
 * @throws SlipwayError `value_out_of_range`, naming `path`.
 */
export function checkExactRange(x: number, path: string): number {
  if (!inExactRange(x)) throw new SlipwayError('value_out_of_range', `${path} is ${x}, outside the range in which sums are exact.`, { faults: [{ path, message: 'must be 0 or of magnitude 2^-485 to 2^510' }] })
  return x === 0 ? 0 : x
}

/** The exact sum, rounded once; 0 for no terms. Terms must be in the exact range. */
export function exactSum(values: Iterable<number>): number {
  const sum = new RunningSum()
  for (const x of values) sum.add(x)
  return sum.round()
}

/**
 * A sum in progress, on the hot path: two words hold it while that is exact (whole numbers, prices, short sums of anything alike),
 * an expansion of more words takes over when it is not.
 */
export class RunningSum {
  #high = 0
  #low = 0
  #partials: number[] | null = null

  add(x: number): void {
    if (this.#partials !== null) { grow(this.#partials, x); return }
    const high = this.#high
    const s = high + x
    const b = s - high
    const e = (high - (s - b)) + (x - b)
    if (e === 0) { this.#high = s; return }
    const low = this.#low
    const t = low + e
    const c = t - low
    const rest = (low - (t - c)) + (e - c)
    this.#high = s
    this.#low = t
    if (rest === 0) return
    const partials: number[] = []
    grow(partials, rest)
    grow(partials, t)
    grow(partials, s)
    this.#partials = partials
  }

  /** Adds `values[slots[i]]` for i from `from` to before `to`, without the missing ones (NaN). Returns how many it added. */
  addSlots(values: Float64Array, slots: Int32Array, from: number, to: number): number {
    let high = this.#high
    let low = this.#low
    let missing = 0
    let i = from
    // The same as `add`, with both words at hand, until they do not suffice.
    if (this.#partials === null) for (; i < to; i++) {
      const x = values[slots[i]]
      if (x !== x) { missing++; continue }
      const s = high + x
      const b = s - high
      const e = (high - (s - b)) + (x - b)
      if (e !== 0) {
        const t = low + e
        const c = t - low
        if ((low - (t - c)) + (e - c) !== 0) break
        low = t
      }
      high = s
    }
    this.#high = high
    this.#low = low
    for (; i < to; i++) {
      const x = values[slots[i]]
      if (x === x) this.add(x)
      else missing++
    }
    return to - from - missing
  }

  /** Whole numbers beyond 2^53 are exact too: they are added word by word. */
  addInteger(n: number | bigint): void {
    if (typeof n === 'number') { this.add(n); return }
    for (let rest = n; rest !== 0n;) {
      const word = Number(rest)
      this.add(word)
      rest -= BigInt(word)
    }
  }

  /** Doubles that add up to the exact sum: how it is kept, added to another sum, and counted in units. */
  words(): number[] {
    if (this.#partials !== null) return [...this.#partials]
    return this.#low === 0 ? [this.#high] : [this.#low, this.#high]
  }

  round(): number {
    return this.#partials === null ? this.#high + this.#low : roundExpansion(this.#partials)
  }

  reset(): void {
    this.#high = 0
    this.#low = 0
    this.#partials = null
  }
}

/** Adds x to an expansion: non-overlapping words of growing magnitude, none zero. */
function grow(partials: number[], term: number): void {
  let x = term
  let kept = 0
  for (let i = 0; i < partials.length; i++) {
    let y = partials[i]
    if (Math.abs(x) < Math.abs(y)) { const z = x; x = y; y = z }
    const high = x + y
    const low = y - (high - x)
    if (low !== 0) partials[kept++] = low
    x = high
  }
  partials.length = kept
  if (x !== 0) partials.push(x)
}

function roundExpansion(partials: number[]): number {
  let i = partials.length - 1
  if (i < 0) return 0
  let high = partials[i]
  let low = 0
  while (i > 0) {
    const x = high
    const y = partials[--i]
    high = x + y
    low = y - (high - x)
    if (low !== 0) break
  }
  // `high + low` may be a tie that the words below decide: go to the other neighbour when they push away from even.
  if (i > 0 && low !== 0 && Math.sign(low) === Math.sign(partials[i - 1])) {
    const twice = low * 2
    const x = high + twice
    if (x - high === twice) return x
  }
  return high
}
