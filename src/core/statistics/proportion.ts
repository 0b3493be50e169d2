import { normalQuantile } from './normal.ts'

/** Wilson's score interval of a share (Wilson 1927), at two-sided level `alpha`; [0, 1] without trials. */
export function wilsonInterval(successes: number, trials: number, alpha = 0.05): { low: number; high: number } {
  if (trials === 0) return { low: 0, high: 1 }
  const z = normalQuantile(1 - alpha / 2)
  const p = successes / trials
  const z2 = z * z
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
  const reach = z * Math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
  // At the ends the bound is exact; rounding must not leave the range.
  return { low: successes === 0 ? 0 : centre - reach, high: successes === trials ? 1 : centre + reach }
}
