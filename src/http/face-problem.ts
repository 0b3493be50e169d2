// Failures of what no route took, in the shape of the protocol whose address was asked.
import { scoringProblem } from './mlflow-scoring/problem.ts'
import { inferenceProblem } from './open-inference/problem.ts'
import { nativeProblem, type WriteProblem } from './problems.ts'

export const faceProblem: WriteProblem = (error, path) => faceOf(path)(error, path)

function faceOf(path: string): WriteProblem {
  if (/^\/v[12](\/|\?|$)/.test(path)) return inferenceProblem
  return /\/invocations\/?(\?|$)/.test(path) ? scoringProblem : nativeProblem
}
