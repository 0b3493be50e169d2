// Models of several scores a row: one a class.
import type { ModelContent } from '../core/definition.ts'

/** The names of a content's classes, in the order of its scores; null for a model of one score. */
export function classesOf({ model: { outputs } }: Pick<ModelContent, 'model'>): readonly string[] | null { return outputs ?? null }

/** The place of the greatest score of row i; of equal ones the first. */
export function placeOfGreatest(scores: Float64Array, width: number, i: number): number {
  let best = 0
  for (let k = 1; k < width; k++) if (scores[i * width + k] > scores[i * width + best]) best = k
  return best
}

/** The greatest score of each row: what stands for a row where one number must. */
export function greatestScores(scores: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: scores.length / width }, (_, i) => scores[i * width + placeOfGreatest(scores, width, i)])
}

/** `outputs` and `class` of row i. */
export function classAnswer(classes: readonly string[], scores: Float64Array, i: number): { outputs: Record<string, number>; class: string } {
  const width = classes.length
  return { outputs: Object.fromEntries(classes.map((name, k) => [name, scores[i * width + k]])), class: classes[placeOfGreatest(scores, width, i)] }
}
