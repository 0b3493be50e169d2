import type { WriteProblem } from '../problems.ts'

/** The one member that clients of the protocol read; KServe's V1 has the same. */
export const inferenceProblem: WriteProblem = ({ message, remedy }) => ({ type: 'application/json', body: { error: `${message} ${remedy}` } })
