// Shapley values of one leaf, which is a product: value · Π oₖ, where oₖ is 1 if input k keeps the row on the way to the leaf.
// An input that is not known counts with its ratio rₖ, the share of training rows that its splits let through.

/**
 * Adds the Shapley value of each input of a leaf's path to `into[at …]`.
 *
 * Input j has value · (oⱼ − rⱼ) · Σ_S |S|! (d−1−|S|)! / d! · Π_{k∈S} oₖ · Π_{k∉S} rₖ over the sets S of the other inputs. The weight is
 * ∫₀¹ tˢ (1−t)^(d−1−s) dt, so the sum is ∫₀¹ Π_{k≠j} (t·oₖ + (1−t)·rₖ) dt: a polynomial of degree d − 1, which Gauss's rule with d/2
 * points integrates exactly. All terms are positive: nothing cancels, and nothing is divided by a ratio that may be 0.
 * @param open 1 where the input keeps the row on its way, else 0.
 */
export function addLeafShapley(value: number, ratios: Float64Array, open: Uint8Array, into: Float64Array, at: number): void {
  const d = ratios.length
  const { points, weights } = gaussRule((d + 1) >> 1)
  const after = afterOf(d)
  for (let q = 0; q < points.length; q++) {
    const t = points[q]
    after[d] = 1
    for (let k = d - 1; k >= 0; k--) after[k] = after[k + 1] * (t * open[k] + (1 - t) * ratios[k])
    let before = value * weights[q]
    for (let k = 0; k < d; k++) {
      into[at + k] += (open[k] - ratios[k]) * before * after[k + 1]
      before *= t * open[k] + (1 - t) * ratios[k]
    }
  }
}

let scratch = new Float64Array(16)

/** Room for products of the factors from k on. */
function afterOf(d: number): Float64Array {
  if (scratch.length <= d) scratch = new Float64Array(2 * d)
  return scratch
}

interface GaussRule { points: Float64Array; weights: Float64Array }
const rules = new Map<number, GaussRule>()

/** Gauss–Legendre on [0, 1]: exact for polynomials of degree < 2n. The points are roots of Legendre's polynomial, by Newton's steps. */
function gaussRule(n: number): GaussRule {
  const known = rules.get(n)
  if (known !== undefined) return known
  const rule = { points: new Float64Array(n), weights: new Float64Array(n) }
  for (let i = 0; i < n; i++) {
    let x = Math.cos(Math.PI * (i + 0.75) / (n + 0.5))
    let slope = 0
    for (let step = 0; step < 10; step++) {
      let [p, before] = [x, 1]
      for (let k = 2; k <= n; k++) [p, before] = [((2 * k - 1) * x * p - (k - 1) * before) / k, p]
      slope = n * (x * p - before) / (x * x - 1)
      x -= p / slope
    }
    rule.points[i] = (1 - x) / 2
    rule.weights[i] = 1 / ((1 - x * x) * slope * slope)
  }
  rules.set(n, rule)
  return rule
}
