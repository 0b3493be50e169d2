import { sigmoid } from './exp.ts'
import { createEncoder, type EncodedInput } from './inputs.ts'
import type { NativeModel, Scores } from './model.ts'

/** Raw score of one encoded row (see `createEncoder`). */
export type RawScorer = (row: Float64Array) => number

/** A binary classifier with logistic link around a scorer of encoded rows. */
export function nativeModel(format: string, digest: string, inputs: readonly EncodedInput[], score: RawScorer): NativeModel {
  const encode = createEncoder(inputs)
  const row = new Float64Array(inputs.length)
  const scoreBatch: NativeModel['scoreBatch'] = vectors => {
    const scores: Scores = { raw: new Float64Array(vectors.length), probability: new Float64Array(vectors.length) }
    for (let i = 0; i < vectors.length; i++) {
      encode(vectors[i], row)
      const raw = score(row)
      scores.raw[i] = raw
      scores.probability[i] = sigmoid(raw)
    }
    return scores
  }
  return {
    format, digest, task: 'binary',
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    outputs: [{ name: 'raw', type: 'float64' }, { name: 'probability', type: 'float64' }],
    predict: async vectors => scoreBatch(vectors),
    scoreBatch,
    scoreRow: vector => {
      encode(vector, row)
      const raw = score(row)
      return { raw, probability: sigmoid(raw) }
    },
  }
}
