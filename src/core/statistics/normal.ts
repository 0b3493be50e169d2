// The standard normal distribution, to about 1e-15 relative.

/** P(Z ≤ z). Complementary error function by W. J. Cody, "Rational Chebyshev approximations for the error function", 1969. */
export function normalCdf(z: number): number {
  return 0.5 * complementaryError(-z / Math.SQRT2)
}

/** The z with P(Z ≤ z) = p; −∞ at 0, ∞ at 1, NaN outside [0, 1]. Algorithm AS 241 (PPND16), M. J. Wichura, 1988. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  if (p === 0) return -Infinity
  if (p === 1) return Infinity
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return q * polynomial(CENTRE_TOP, r) / polynomial(CENTRE_BOTTOM, r)
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  const z = r <= 5
    ? polynomial(MIDDLE_TOP, r - 1.6) / polynomial(MIDDLE_BOTTOM, r - 1.6)
    : polynomial(TAIL_TOP, r - 5) / polynomial(TAIL_BOTTOM, r - 5)
  return q < 0 ? -z : z
}

/** Two-sided p-value of a standard normal statistic; its relative accuracy holds far into the tail. */
export function twoSidedP(z: number): number {
  return complementaryError(Math.abs(z) / Math.SQRT2)
}

function complementaryError(x: number): number {
  const y = Math.abs(x)
  if (y <= 0.46875) return 1 - x * ratio(ERF_TOP, ERF_BOTTOM, y * y)
  let tail: number
  if (y > 26.6) tail = 0
  else {
    // exp(−y²) in two factors, so that the rounding of y² costs nothing.
    const head = Math.trunc(y * 16) / 16
    const scale = Math.exp(-head * head) * Math.exp(-(y - head) * (y + head))
    if (y <= 4) tail = scale * ratio(ERFC_TOP, ERFC_BOTTOM, y)
    else {
      const s = 1 / (y * y)
      tail = scale * (1 / Math.sqrt(Math.PI) - s * ratio(FAR_TOP, FAR_BOTTOM, s)) / y
    }
  }
  return x < 0 ? 2 - tail : tail
}

/** Coefficients from the constant term upwards. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]
  return sum
}

function ratio(top: readonly number[], bottom: readonly number[], x: number): number {
  return polynomial(top, x) / polynomial(bottom, x)
}

const ERF_TOP = [3.20937758913846947e3, 3.77485237685302021e2, 1.13864154151050156e2, 3.16112374387056560, 1.85777706184603153e-1]
const ERF_BOTTOM = [2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1]
const ERFC_TOP = [
  1.23033935479799725e3, 2.05107837782607147e3, 1.71204761263407058e3, 8.81952221241769090e2, 2.98635138197400131e2,
  6.61191906371416295e1, 8.88314979438837594, 5.64188496988670089e-1, 2.15311535474403846e-8,
]
const ERFC_BOTTOM = [
  1.23033935480374942e3, 3.43936767414372164e3, 4.36261909014324716e3, 3.29079923573345963e3, 1.62138957456669019e3,
  5.37181101862009858e2, 1.17693950891312499e2, 1.57449261107098347e1, 1,
]
const FAR_TOP = [6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1, 3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2]
const FAR_BOTTOM = [2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1, 1.87295284992346047, 2.56852019228982242, 1]

const CENTRE_TOP = [
  3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
]
const CENTRE_BOTTOM = [
  1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
  2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
]
const MIDDLE_TOP = [
  1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
  1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
const MIDDLE_BOTTOM = [
  1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
  1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
const TAIL_TOP = [
  6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
  2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
const TAIL_BOTTOM = [
  1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
  7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
]
