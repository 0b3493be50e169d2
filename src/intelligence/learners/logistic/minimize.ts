// L-BFGS: J. Nocedal, S. Wright, Numerical Optimization (2006), algorithm 7.5, with a diagonal start and backtracking.

/** Value at w; writes the gradient into `gradient`. */
export type Objective = (w: Float64Array, gradient: Float64Array) => number

export interface Minimum { w: Float64Array; value: number; steps: number; converged: boolean }

const MEMORY = 10

/**
 * Minimises a convex function. Plain sums in a fixed order: the same input gives the same bits.
 * @param scale the inverse Hessian's diagonal at the start, roughly: makes rare categories and common numbers alike
 * @param tolerance ends when no element of the gradient is greater in magnitude
 */
export function minimize(objective: Objective, start: Float64Array, scale: Float64Array, options: { tolerance: number; steps: number; onStep?: (step: number, value: number) => void }): Minimum {
  const n = start.length
  let w = start.slice()
  let gradient = new Float64Array(n)
  let value = objective(w, gradient)
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []
  let nextW = new Float64Array(n)
  let nextGradient = new Float64Array(n)

  for (let step = 0; step < options.steps; step++) {
    if (largest(gradient) <= options.tolerance) return { w, value, steps: step, converged: true }
    let direction = directionOf(gradient, pairs, scale)
    let slope = dot(direction, gradient)
    if (!(slope < 0)) {
      pairs.length = 0
      direction = directionOf(gradient, pairs, scale)
      slope = dot(direction, gradient)
    }
    // Armijo's rule; a convex function with a Newton-like direction takes the full step nearly always.
    let length = 1
    let next = Number.NaN
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      for (let i = 0; i < n; i++) nextW[i] = w[i] + length * direction[i]
      next = objective(nextW, nextGradient)
      if (next <= value + 1e-4 * length * slope) break
      next = Number.NaN
    }
    // No step lowers the value: as near as doubles come.
    if (next !== next) return { w, value, steps: step, converged: true }
    const s = new Float64Array(n)
    const y = new Float64Array(n)
    for (let i = 0; i < n; i++) { s[i] = nextW[i] - w[i]; y[i] = nextGradient[i] - gradient[i] }
    const curvature = dot(s, y)
    if (curvature > 1e-12 * dot(y, y) * 1e-6) {
      if (pairs.length === MEMORY) pairs.shift()
      pairs.push({ s, y, rho: 1 / curvature })
    }
    ;[w, nextW] = [nextW, w]
    ;[gradient, nextGradient] = [nextGradient, gradient]
    value = next
    options.onStep?.(step + 1, value)
  }
  return { w, value, steps: options.steps, converged: false }
}

function directionOf(gradient: Float64Array, pairs: { s: Float64Array; y: Float64Array; rho: number }[], scale: Float64Array): Float64Array {
  const d = gradient.map(v => -v)
  const alpha = new Float64Array(pairs.length)
  for (let k = pairs.length - 1; k >= 0; k--) {
    alpha[k] = pairs[k].rho * dot(pairs[k].s, d)
    add(d, pairs[k].y, -alpha[k])
  }
  for (let i = 0; i < d.length; i++) d[i] *= scale[i]
  for (let k = 0; k < pairs.length; k++) add(d, pairs[k].s, alpha[k] - pairs[k].rho * dot(pairs[k].y, d))
  return d
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function add(into: Float64Array, v: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] += factor * v[i]
}

function largest(v: Float64Array): number {
  let m = 0
  for (let i = 0; i < v.length; i++) { const a = Math.abs(v[i]); if (a > m) m = a }
  return m
}
