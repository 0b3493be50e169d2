import { SlipwayError, type ErrorCode } from '../../core/errors.ts'

/** A fault of what was sent, by its path. */
export function refuse(path: string, message: string, code: ErrorCode = 'invalid_request'): SlipwayError {
  return new SlipwayError(code, `${path} ${message}.`, { faults: [{ path, message }] })
}
