// Failures of what no route took, in the shape of the protocol whose address was asked.
import { inferenceProblem } from './open-inference/problem.ts'
import { nativeProblem, type WriteProblem } from './problems.ts'

export const faceProblem: WriteProblem = (error, path) => (/^\/v[12](\/|\?|$)/.test(path) ? inferenceProblem : nativeProblem)(error, path)
