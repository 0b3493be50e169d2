// What every model format offers: bytes in, scores out. Formats that cannot answer at once (ONNX) have only `predict`.
import type { Value } from '../core/schema.ts'
import type { Explanations } from './explanation.ts'

/** `category` takes text (the model has its own dictionary); `float64` takes numbers, integers and booleans. Both take null. */
export interface ModelInput { name: string; type: 'float64' | 'category' }

/** One of the scores that a model gives each row, named as a client sees it: `probability`, `value`, or the name of a class. */
export interface ModelOutput { name: string; type: 'float64' }

/** What the model was made for: one probability, one probability a class, or a value. */
export type Task = 'binary' | 'multiclass' | 'regression'

/**
 * From raw score to output. `logit`: 1 / (1 + e^−raw); `softmax`: over the scores of a row; `log`: e^raw; `identity`: the raw score.
 * `other`: what the format says, such as a square or a mean over trees before the sigmoid.
 */
export type Link = 'logit' | 'softmax' | 'log' | 'identity' | 'other'

/** Scores of one row of a model of width 1. */
export interface Score { raw: number; output: number }

/** Parallel to the vectors that were sent: row after row, `width` scores each. */
export interface Scores {
  width: number
  /** Before the link. */
  raw: Float64Array
  /** After it. Binary: probability of the positive class; multiclass: one per class; regression: the value. */
  output: Float64Array
}

/** Values in the order of `inputs`; null is missing. */
export type Vector = readonly Value[]

export interface Model {
  /** Such as `slipway-trees/1`. */
  readonly format: string
  readonly task: Task
  readonly link: Link
  /** SHA-256 of the bytes that it was loaded from. */
  readonly digest: string
  /** What it holds in memory, about; default: twice its file. */
  readonly bytes?: number
  readonly inputs: readonly ModelInput[]
  /** One for each of the `width` scores of a row. */
  readonly outputs: readonly ModelOutput[]
  /**
   * Scores a batch. The same vectors give the same bits on every machine for native formats.
   * @throws SlipwayError `invalid_request` for a vector of another length, `wrong_type` for text where a number belongs and the like.
   */
  predict(vectors: readonly Vector[]): Promise<Scores>
  /**
   * What each input contributes to the raw score, exactly. The first call prepares tables, for some hundred milliseconds in a large model.
   * @throws SlipwayError as `predict` does, and `invalid_request` where the format has no exact explanation.
   */
  explain(vectors: readonly Vector[]): Promise<Explanations>
}

/** A model that computes in this process and at once. */
export interface NativeModel extends Model {
  /** For models of width 1; another gives its first score. */
  scoreRow(vector: Vector): Score
  scoreBatch(vectors: readonly Vector[]): Scores
  /** Writes a vector as `inputs.length` numbers at `into[at …]`, as the scorer reads them. */
  encode(vector: Vector, into: Float64Array, at: number): void
  /**
   * Makes rows of plain numbers (missing is NaN, a category its code) into rows as `encode` writes them, in place.
   * For callers that hold tensors and need no text: nothing is checked and nothing is boxed.
   */
  encodeNumbers(rows: Float64Array): void
  /** Scores `count` encoded rows that lie one after the other, into arrays of at least count × width. */
  scoreEncoded(rows: Float64Array, count: number, into: Pick<Scores, 'raw' | 'output'>): void
}

export function isNative(model: Model): model is NativeModel {
  return 'scoreRow' in model && 'scoreBatch' in model
}
