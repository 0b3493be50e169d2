import type { Explanations, RawExplainer } from './explanation.ts'
import { createEncoder, createNumberEncoder, type EncodedInput, type Rounding } from './inputs.ts'
import type { Link, ModelOutput, NativeModel, Scores, Task, Vector } from './model.ts'

/** Writes the raw scores of `count` encoded rows, which lie one after the other: row after row, `width` each. */
export type RowsScorer = (rows: Float64Array, count: number, raw: Float64Array) => void

/** Makes outputs of `length` raw scores. */
export type OutputWriter = (raw: Float64Array, output: Float64Array, length: number) => void

/** What was learned for: it says what becomes of raw scores. */
export interface Objective {
  task: Task
  link: Link
  outputs: readonly ModelOutput[]
  finish: OutputWriter
}

/** What a format makes of a file. */
export interface NativeParts extends Objective {
  format: string
  inputs: readonly EncodedInput[]
  rounding?: Rounding
  score: RowsScorer
  /** Called when an explanation is first asked for. @throws SlipwayError `invalid_request` where there is no exact one. */
  makeExplainer(): RawExplainer
}

/** Rows that are explained together: as many as stay in the cache beside the tables of a tree. */
const BLOCK = 256

/** The whole of a model around a scorer of encoded rows. */
export function nativeModel(digest: string, parts: NativeParts): NativeModel {
  const { format, task, link, inputs, outputs, rounding = 'none', score, finish, makeExplainer } = parts
  const encode = createEncoder(inputs, rounding)
  const encodeNumbers = createNumberEncoder(inputs, rounding)
  const size = inputs.length
  const width = outputs.length
  const one = new Float64Array(size)
  const scored = { raw: new Float64Array(width), output: new Float64Array(width) }
  const encodeAll = (vectors: readonly Vector[]): Float64Array => {
    const rows = new Float64Array(vectors.length * size)
    for (let i = 0; i < vectors.length; i++) encode(vectors[i], rows, i * size)
    return rows
  }
  const scoreEncoded: NativeModel['scoreEncoded'] = (rows, count, into) => {
    score(rows, count, into.raw)
    finish(into.raw, into.output, count * width)
  }
  const scoreBatch: NativeModel['scoreBatch'] = vectors => {
    const scores: Scores = { width, raw: new Float64Array(vectors.length * width), output: new Float64Array(vectors.length * width) }
    scoreEncoded(encodeAll(vectors), vectors.length, scores)
    return scores
  }
  let explainer: RawExplainer | null = null
  const explain = (vectors: readonly Vector[]): Explanations => {
    const rows = encodeAll(vectors)
    const count = vectors.length
    explainer ??= makeExplainer()
    const { method, base } = explainer
    const result: Explanations = { method, width, base: base.slice(), raw: new Float64Array(count * width), contributions: new Float64Array(count * width * size) }
    score(rows, count, result.raw)
    for (let i = 0; i < count; i += BLOCK) {
      explainer.explain(rows.subarray(i * size, (i + BLOCK) * size), Math.min(BLOCK, count - i), result.contributions.subarray(i * width * size))
    }
    return result
  }
  return {
    format, digest, task, link,
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    outputs: outputs.map(({ name, type }) => ({ name, type })),
    predict: async vectors => scoreBatch(vectors),
    explain: async vectors => explain(vectors),
    scoreBatch, encode, scoreEncoded,
    encodeNumbers: rows => { encodeNumbers(rows, 0, rows.length) },
    scoreRow: vector => {
      encode(vector, one, 0)
      scoreEncoded(one, 1, scored)
      return { raw: scored.raw[0], output: scored.output[0] }
    },
  }
}
