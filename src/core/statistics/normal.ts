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

// Coefficients of the two papers, as the nearest doubles.
const ERF_TOP = [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315]
const ERF_BOTTOM = [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1]
const ERFC_TOP = [
  1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001,
  66.11919063714163, 8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
]
const ERFC_BOTTOM = [
  1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
  537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
]
const FAR_TOP = [0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236, 0.016315387137302097]
const FAR_BOTTOM = [0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604, 2.568520192289822, 1]

const CENTRE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
  45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const CENTRE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751,
  21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854,
]
const MIDDLE_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
  1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const MIDDLE_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851,
  0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
]
const TAIL_TOP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
  0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
]
const TAIL_BOTTOM = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615,
  0.0007868691311456133, 0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
]
