import { sigmoid } from './exp.ts'
import type { Explanations, RawExplainer } from './explanation.ts'
import { createEncoder, type EncodedInput } from './inputs.ts'
import type { NativeModel, Scores, Vector } from './model.ts'

/** Raw score of one encoded row (see `createEncoder`). */
export type RawScorer = (row: Float64Array) => number

/** Rows that are explained together: as many as stay in the cache beside the tables of a tree. */
const BLOCK = 256

/** A binary classifier with logistic link around a scorer of encoded rows. The explainer is made when it is first asked for. */
export function nativeModel(format: string, digest: string, inputs: readonly EncodedInput[], score: RawScorer, makeExplainer: () => RawExplainer): NativeModel {
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
  let explainer: RawExplainer | null = null
  const explain = (vectors: readonly Vector[]): Explanations => {
    const width = inputs.length
    const rows = vectors.map(vector => { encode(vector, row); return row.slice() })
    explainer ??= makeExplainer()
    const { method, base } = explainer
    const result: Explanations = { method, base, raw: Float64Array.from(rows, score), contributions: new Float64Array(rows.length * width) }
    const block = new Float64Array(Math.min(BLOCK, rows.length) * width)
    for (let i = 0; i < rows.length; i += BLOCK) {
      const count = Math.min(BLOCK, rows.length - i)
      for (let k = 0; k < count; k++) block.set(rows[i + k], k * width)
      explainer.explain(block, count, result.contributions.subarray(i * width))
    }
    return result
  }
  return {
    format, digest, task: 'binary',
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    outputs: [{ name: 'raw', type: 'float64' }, { name: 'probability', type: 'float64' }],
    predict: async vectors => scoreBatch(vectors),
    explain: async vectors => explain(vectors),
    scoreBatch,
    scoreRow: vector => {
      encode(vector, row)
      const raw = score(row)
      return { raw, probability: sigmoid(raw) }
    },
  }
}
