import type { Answer } from '../../production/index.ts'

/** The body of protocols that answer with a list of predictions; what stands beside it, their clients leave alone. */
export function answersBody(answers: readonly Answer[]): Record<string, unknown> {
  const body: Record<string, unknown> = { predictions: answers.map(a => a.output), prediction_ids: answers.map(a => a.id) }
  if (answers.some(a => a.decision !== null)) body.decisions = answers.map(a => a.decision)
  if (answers.some(a => a.fallback !== undefined)) body.fallbacks = answers.map(a => a.fallback ?? null)
  return body
}
