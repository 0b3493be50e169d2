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

/** What stands for each row where one number must: its score, or the greatest of several classes. Of one score a row they are the given scores themselves. */
export function outputsOf(content: Pick<ModelContent, 'model'>, scores: Float64Array): Float64Array {
  const width = classesOf(content)?.length
  return width === undefined ? scores : Float64Array.from({ length: scores.length / width }, (_, i) => scores[i * width + placeOfGreatest(scores, width, i)])
}

/** `outputs` and `class` of row i. */
export function classAnswer(classes: readonly string[], scores: Float64Array, i: number): { outputs: Record<string, number>; class: string } {
  const width = classes.length
  return { outputs: Object.fromEntries(classes.map((name, k) => [name, scores[i * width + k]])), class: classes[placeOfGreatest(scores, width, i)] }
}
