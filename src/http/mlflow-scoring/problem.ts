import type { WriteProblem } from '../problems.ts'

/** MLflow's names of what went wrong. */
const CODES: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'RESOURCE_DOES_NOT_EXIST', 405: 'BAD_REQUEST', 409: 'RESOURCE_CONFLICT', 500: 'INTERNAL_ERROR', 503: 'TEMPORARILY_UNAVAILABLE', 507: 'RESOURCE_LIMIT_EXCEEDED' }

export const scoringProblem: WriteProblem = ({ status, message, remedy }) => ({ type: 'application/json', body: { error_code: CODES[status] ?? 'BAD_REQUEST', message: `${message} ${remedy}` } })
