// The one table of errors as statuses of gRPC.
import { Metadata, status as Status, type StatusObject } from '@grpc/grpc-js'
import { ERRORS, SlipwayError, type ErrorCode } from '../../core/errors.ts'
import { toSlipwayError } from '../problems.ts'
import { parseProto, wireType } from './wire-types.ts'

type StatusCode = StatusObject['code']

/** Codes whose status does not follow from their HTTP status. */
const OWN: Partial<Record<ErrorCode, StatusCode>> = {
  // No release is deployed, or what is deployed cannot be loaded: not the client's fault, and it may pass.
  not_deployable: Status.UNAVAILABLE,
  idempotency_conflict: Status.ALREADY_EXISTS,
  conflict: Status.ABORTED,
  method_not_allowed: Status.UNIMPLEMENTED,
  overloaded: Status.RESOURCE_EXHAUSTED,
  corrupt: Status.DATA_LOSS,
  request_timeout: Status.DEADLINE_EXCEEDED,
}

const BY_HTTP: Record<number, StatusCode> = {
  400: Status.INVALID_ARGUMENT, 401: Status.UNAUTHENTICATED, 403: Status.PERMISSION_DENIED, 404: Status.NOT_FOUND, 408: Status.DEADLINE_EXCEEDED, 409: Status.FAILED_PRECONDITION,
  413: Status.RESOURCE_EXHAUSTED, 415: Status.INVALID_ARGUMENT, 422: Status.INVALID_ARGUMENT, 429: Status.RESOURCE_EXHAUSTED, 503: Status.UNAVAILABLE, 507: Status.RESOURCE_EXHAUSTED,
}

const LONGEST = 1_500
const RETRY_SECONDS = 1

/** The status of a code of ours. */
export function statusOf(code: ErrorCode): StatusCode {
  return OWN[code] ?? BY_HTTP[ERRORS[code].status] ?? Status.INTERNAL
}

/** What a person reads: what is wrong, what to do, and the code to look for. Also the text of an error within a stream. */
export function errorText({ code, message, remedy }: SlipwayError): string {
  // Percent-encoded it travels as a header, and clients cap those.
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`
  return `${`${sentence} ${remedy}`.toWellFormed().slice(0, LONGEST)} (${code})`
}

/** A failure as a call ends with it: text for people, `slipway-code` and google.rpc details for programs. */
export function toStatus(error: unknown): { code: StatusCode; details: string; metadata: Metadata } {
  const known = toSlipwayError(error)
  const code = statusOf(known.code)
  const details = errorText(known)
  const metadata = new Metadata()
  metadata.set('slipway-code', known.code)
  metadata.set('grpc-status-details-bin', writeDetails(known, code, details))
  if (code === Status.RESOURCE_EXHAUSTED || code === Status.UNAVAILABLE) metadata.set('retry-after', String(RETRY_SECONDS))
  if (known.code === 'overloaded') metadata.set('grpc-retry-pushback-ms', String(RETRY_SECONDS * 1_000))
  return { code, details, metadata }
}

// google.rpc, of googleapis (Apache-2.0): what clients in many languages unpack by themselves.
const root = parseProto(`
syntax = "proto3";
package google.rpc;
message Any { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
message FieldViolation { string field = 1; string description = 2; }
message BadRequest { repeated FieldViolation field_violations = 1; }
`)
const RpcStatus = wireType<{ code: number; message: string; details: { type_url: string; value: Uint8Array }[] }>(root, 'google.rpc.Status')
const ErrorInfo = wireType<{ reason: string; domain: string; metadata: Record<string, string> }>(root, 'google.rpc.ErrorInfo')
const BadRequest = wireType<{ field_violations: { field: string; description: string }[] }>(root, 'google.rpc.BadRequest')

function writeDetails({ code: reason, remedy, faults }: SlipwayError, code: StatusCode, message: string): Buffer {
  const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: ErrorInfo.encode({ reason: reason.toUpperCase(), domain: 'slipway', metadata: { remedy: remedy.slice(0, LONGEST) } }) }]
  const violations = faults.slice(0, 10).map(({ path, message: description }) => ({ field: path.slice(0, 200), description: description.slice(0, 300) }))
  if (violations.length > 0) details.push({ type_url: 'type.googleapis.com/google.rpc.BadRequest', value: BadRequest.encode({ field_violations: violations }) })
  return RpcStatus.encode({ code, message, details })
}
