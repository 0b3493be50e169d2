// Failures as Feast's stock client reads them: a JSON string that holds the JSON of module, class and message; it raises that class with that message.
import { SlipwayError, type ErrorCode } from '../../core/errors.ts'
import type { WriteProblem } from '../problems.ts'

/** Classes of `feast.errors` that are sent. */
export type FeastClass =
  | 'FeastError' | 'FeastObjectNotFoundException' | 'FeastPermissionError' | 'FeatureViewNotFoundException' | 'FeatureServiceNotFoundException'
  | 'OnDemandFeatureViewNotFoundException' | 'PushSourceNotFoundException' | 'RequestDataNotFoundInEntityRowsException' | 'FeatureNameCollisionError'

const BY_CODE: Partial<Record<ErrorCode, FeastClass>> = { not_found: 'FeastObjectNotFoundException', unauthenticated: 'FeastPermissionError', forbidden: 'FeastPermissionError' }
const named = new WeakMap<SlipwayError, FeastClass>()

/** An error that the client raises as this class. */
export function feastError(name: FeastClass, code: ErrorCode, message: string, remedy?: string): SlipwayError {
  const error = new SlipwayError(code, message, { remedy })
  named.set(error, name)
  return error
}

/** 422 where the native routes say 400: the client repeats 429 and 5xx, and 422 is what Feast's own schemas answer. */
export const feastProblem: WriteProblem = error => {
  const status = error.status === 400 ? 422 : error.status
  const { code, remedy } = error
  const body = { module: 'feast.errors', class: named.get(error) ?? BY_CODE[code] ?? 'FeastError', message: `${error.message} ${remedy}`, code, status, remedy }
  return { type: 'application/json', status, body: JSON.stringify(body) }
}
