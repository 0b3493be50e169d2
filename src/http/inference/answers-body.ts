import type { Answer } from '../../production/index.ts'

/** The body of protocols that answer with a list of predictions: of several classes a list of each one's output. What stands beside it, their clients leave alone. */
export function answersBody(answers: readonly Answer[]): Record<string, unknown> {
  const body: Record<string, unknown> = { predictions: answers.map(a => (a.outputs === undefined ? a.output : Object.values(a.outputs))), prediction_ids: answers.map(a => a.id) }
  if (answers.some(a => a.class !== undefined)) body.classes = answers.map(a => a.class ?? null)
  if (answers.some(a => a.decision !== null)) body.decisions = answers.map(a => a.decision)
  if (answers.some(a => a.fallback !== undefined)) body.fallbacks = answers.map(a => a.fallback ?? null)
  return body
}
