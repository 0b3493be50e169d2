// The gamma function and the regularised incomplete gamma function, to about 1e-13 relative.

/** ln Γ(x) for x > 0. Lanczos' approximation with g = 7 and nine terms (Lanczos 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const y = x - 1
  let sum = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (y + i)
  const t = y + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum)
}

/**
 * Upper tail Q(a, x) = Γ(a, x) / Γ(a), for a > 0 and x ≥ 0. The series below a + 1 and the continued fraction of Lentz above it,
 * so that the tail keeps its relative accuracy (Abramowitz & Stegun 6.5.29 and 6.5.31).
 */
export function gammaTail(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN
  if (x === 0) return 1
  if (x === Infinity) return 0
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; term > sum * 1e-17; n++) { term *= x / (a + n); sum += term }
  return sum * density(a, x)
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let value = d
  for (let n = 1; n < 1_000_000; n++) {
    const an = -n * (n - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    const factor = c * d
    value *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return value * density(a, x)
}

/** x^a e^−x / Γ(a). From 10 on about the mode, where the three factors by themselves would cancel and lose digits. */
function density(a: number, x: number): number {
  if (a < 10) return Math.exp(a * Math.log(x) - x - logGamma(a))
  const inverse = 1 / a
  const square = inverse * inverse
  // Stirling's series of ln Γ(a) beyond its first terms.
  const stirling = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360)))))
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-a * excess((x - a) / a) - stirling)
}

/** m − ln(1 + m) for m > −1, by its series where it would cancel. */
function excess(m: number): number {
  if (Math.abs(m) > 0.3) return m - Math.log1p(m)
  // With r = m / (2 + m): ln(1 + m) = 2 (r + r³/3 + …) and m = 2r / (1 − r) = 2r + m r.
  const r = m / (2 + m)
  const r2 = r * r
  let power = r
  let tail = 0
  for (let k = 3; k < 60; k += 2) {
    power *= r2
    const term = power / k
    tail += term
    if (Math.abs(term) <= Math.abs(tail) * 1e-17) break
  }
  return m * r - 2 * tail
}

const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]
