// Intervals that hold at every look at once, so that a comparison may be watched and stopped at any time.
import type { Estimate } from '../ports/registry.ts'

export interface SequenceOptions {
  /** Chance that any interval, over all looks, misses the truth; default 0.05. */
  alpha?: number
  /** Observations at which the interval is about as narrow as it can be; default 5,000. It must be chosen before the data come. */
  tunedAt?: number
}

/** Observations of one arm. */
export interface Sample {
  n: number
  mean: number
  /** Unbiased (n − 1). */
  variance: number
}

/** ρ of the normal mixture that makes the interval about the narrowest at `tunedAt` observations (Waudby-Smith et al. 2021, B.2). */
export function tuneSequence(alpha: number, tunedAt: number): number {
  const twice = -2 * Math.log(alpha)
  return Math.sqrt((twice + Math.log(twice + 1)) / tunedAt)
}

/**
 * The interval of an estimate that is asymptotically normal, with its standard error after n observations (of both arms together):
 * half width se · √(2(nρ² + 1)/(nρ²) · ln(√(nρ² + 1)/α)). "Time-uniform central limit theory and asymptotic confidence sequences",
 * Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, theorem 2.2. It is asymptotic: give the first look a few hundred observations.
 */
export function alwaysValidInterval(value: number, standardError: number, n: number, options: SequenceOptions = {}): Estimate {
  const { alpha = 0.05, tunedAt = 5_000 } = options
  const time = n * tuneSequence(alpha, tunedAt) ** 2
  const reach = standardError * Math.sqrt(2 * (time + 1) / time * Math.log(Math.sqrt(time + 1) / alpha))
  return { value, low: value - reach, high: value + reach }
}

/** Difference of means, first − second, of two independent samples, with its always-valid interval. Null with fewer than two rows in either. */
export function alwaysValidDifference(first: Sample, second: Sample, options: SequenceOptions = {}): Estimate | null {
  if (first.n < 2 || second.n < 2) return null
  const standardError = Math.sqrt(first.variance / first.n + second.variance / second.n)
  return alwaysValidInterval(first.mean - second.mean, standardError, first.n + second.n, options)
}

/**
 * p-value that is valid at every look, of no effect, by the mixture sequential ratio test (Robbins 1970; Johari, Koomen, Pekelis
 * & Walsh 2017): 1/Λ with Λ = √(V/(V+τ²)) · exp(τ²δ²/(2V(V+τ²))) for an estimate δ of variance V and effects drawn from N(0, τ²).
 * At several looks the smallest counts.
 */
export function mixturePValue(value: number, standardError: number, tau: number): number {
  const variance = standardError * standardError
  const mixed = variance + tau * tau
  const logLikelihood = 0.5 * Math.log(variance / mixed) + (tau * value) ** 2 / (2 * variance * mixed)
  return Math.min(1, Math.exp(-logLikelihood))
}
