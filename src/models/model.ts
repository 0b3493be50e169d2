// What every model format offers: bytes in, scores out. Formats that cannot answer at once (ONNX, Python) have only `predict`.
import type { Value } from '../core/schema.ts'
import type { Explanations } from './explanation.ts'

/** `category` takes text (the model has its own dictionary); `float64` takes numbers, integers and booleans. Both take null. */
export interface ModelInput { name: string; type: 'float64' | 'category' }

/** What a model answers per row: `raw` is the score before the link, `probability` of the positive class after it, in [0, 1]. */
export interface ModelOutput { name: 'raw' | 'probability'; type: 'float64' }

/** What the model was made for. */
export type Task = 'binary'

export interface Score { raw: number; probability: number }

/** Parallel to the vectors that were sent. */
export interface Scores { raw: Float64Array; probability: Float64Array }

/** Values in the order of `inputs`; null is missing. */
export type Vector = readonly Value[]

export interface Model {
  /** Such as `slipway-trees/1`. */
  readonly format: string
  readonly task: Task
  /** SHA-256 of the bytes that it was loaded from. */
  readonly digest: string
  readonly inputs: readonly ModelInput[]
  readonly outputs: readonly ModelOutput[]
  /**
   * Scores a batch. The same vectors give the same bits on every machine for the formats named `slipway-…`.
   * @throws SlipwayError `invalid_request` for a vector of another length, `wrong_type` for text where a number belongs and the like.
   */
  predict(vectors: readonly Vector[]): Promise<Scores>
  /**
   * What each input contributes to the raw score, exactly. The first call prepares tables, for some hundred milliseconds in a large model.
   * @throws SlipwayError as `predict` does.
   */
  explain(vectors: readonly Vector[]): Promise<Explanations>
}

/** A model that computes in this process and at once. */
export interface NativeModel extends Model {
  scoreRow(vector: Vector): Score
  scoreBatch(vectors: readonly Vector[]): Scores
}

export function isNative(model: Model): model is NativeModel {
  return 'scoreRow' in model && 'scoreBatch' in model
}
