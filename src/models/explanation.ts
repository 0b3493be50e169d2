// Why a row got its score: Shapley values, one an input, which add up to the raw score.

/**
 * Against what a contribution is measured.
 * `tree-path-dependent`: exact Shapley values of the expectation of the trees where an input that is not known goes both ways
 * of its splits, in the shares of the training rows (Lundberg et al. 2020). The base is the mean of the leaves by training rows.
 * `linear`: the terms of a linear model. Of slipway-linear/1 the base is the score of a row whose numbers stand at their training means and whose
 * categories add nothing: the weights of a category have no mean in the format, and a penalised training pulls them towards 0. Of XGBoost's
 * gblinear, which keeps no means, it is the score of a row of zeros.
 */
export type ExplanationMethod = 'tree-path-dependent' | 'linear'

/**
 * Parallel to the vectors that were sent. `raw[i · width + s]` = `base[s]` + the contributions of row i to score s, to about 1e-12
 * (for formats that add in single precision: to its rounding).
 */
export interface Explanations {
  method: ExplanationMethod
  /** Scores a row, as in `Scores`. */
  width: number
  /** Per score: what one would expect before any input is known. */
  base: Float64Array
  /** To the bit what `predict` answers. */
  raw: Float64Array
  /** Row after row; in a row score after score; in a score one an input, in the order of the inputs. */
  contributions: Float64Array
}

/** An explainer of encoded rows (see `createEncoder`). */
export interface RawExplainer {
  readonly method: ExplanationMethod
  readonly base: Float64Array
  /** Adds the contributions of `count` rows, which lie one after the other, to `into`, which has the shape of `contributions`. */
  explain(rows: Float64Array, count: number, into: Float64Array): void
}
