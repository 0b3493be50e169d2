// The one table of errors. docs/errors.md documents every code, and a test asserts that it does.

interface ErrorEntry {
  /** HTTP status of native routes; each protocol face maps to its own body. */
  status: number
  /** Exit code of the CLI: 1 failure, 2 usage, 3 gate refused, 4 unreachable. */
  exit: 1 | 2 | 3 | 4
  title: string
  remedy: string
}

export const ERRORS = {
  invalid_request: { status: 400, exit: 2, title: 'The request is not valid', remedy: 'Correct the fields that are named; /docs shows the schema of every route.' },
  invalid_json: { status: 400, exit: 2, title: 'The body is not JSON', remedy: 'Send a JSON object with content-type application/json.' },
  missing_entity: { status: 400, exit: 2, title: 'An entity key is missing', remedy: 'Send every entity that the endpoint names under "entities".' },
  missing_request_field: { status: 400, exit: 2, title: 'A request feature is missing', remedy: 'Send every request feature that the endpoint names under "request".' },
  unknown_feature: { status: 400, exit: 2, title: 'A name is not known', remedy: 'Remove or correct the name; GET the endpoint to see what it reads.' },
  wrong_type: { status: 400, exit: 2, title: 'A value has the wrong type', remedy: 'Send the type that is named, or null where the field may be missing.' },
  value_out_of_range: { status: 400, exit: 2, title: 'A value is outside the exact range', remedy: 'Send a finite number of magnitude 2^-485 to 2^510, or zero.' },
  event_time_out_of_range: { status: 422, exit: 2, title: 'The event time cannot be answered exactly', remedy: 'Use a time within the horizon that is named; older times belong to history.' },
  unauthenticated: { status: 401, exit: 2, title: 'This needs a token', remedy: 'Send "authorization: Bearer TOKEN"; the local token is in HOME/local.token.' },
  forbidden: { status: 403, exit: 2, title: 'This principal may not do that', remedy: 'Ask someone whose role allows it.' },
  purpose_forbidden: { status: 403, exit: 2, title: 'The data may not be read for this purpose', remedy: 'Ask the owner of the dataset; its definition names the purposes that it forbids.' },
  not_found: { status: 404, exit: 2, title: 'There is no such thing', remedy: 'Check the name; list routes show what exists.' },
  unknown_endpoint: { status: 404, exit: 2, title: 'There is no such endpoint', remedy: 'GET /api/v1/endpoints lists the endpoints.' },
  unknown_prediction: { status: 404, exit: 2, title: 'There is no such prediction', remedy: 'Check the id; it begins with pred_ and belongs to one home.' },
  method_not_allowed: { status: 405, exit: 2, title: 'This address does not take that method', remedy: 'Use the method in the Allow header.' },
  request_timeout: { status: 408, exit: 1, title: 'The request took too long to arrive', remedy: 'Send it faster, or in smaller batches; server.requestTimeout is the limit.' },
  conflict: { status: 409, exit: 1, title: 'It was changed in between', remedy: 'Read it again, then repeat the change.' },
  idempotency_conflict: { status: 409, exit: 1, title: 'The idempotency key was used with another body', remedy: 'Use a new key for a new request.' },
  body_too_large: { status: 413, exit: 2, title: 'The body is too large', remedy: 'Send smaller batches; server.bodyLimit is the limit.' },
  unsupported_media_type: { status: 415, exit: 2, title: 'The content type is not understood', remedy: 'Send application/json, or application/x-ndjson on stream routes.' },
  invalid_definition: { status: 422, exit: 2, title: 'The project has faults', remedy: 'Correct each fault that is listed.' },
  gate_refused: { status: 409, exit: 3, title: 'The gate refused the candidate', remedy: 'Read the gate: what was compared, on which rows, with which interval.' },
  approval_required: { status: 409, exit: 3, title: 'This needs an approval', remedy: 'Ask an approver, or the policy that the model names.' },
  not_deployable: { status: 409, exit: 3, title: 'The release cannot be deployed', remedy: 'A release needs a passed gate and its approval, or a waiver.' },
  nothing_to_roll_back: { status: 409, exit: 1, title: 'There is no earlier deployment', remedy: 'Deploy a second release first.' },
  no_challenger: { status: 409, exit: 1, title: 'There is no challenger', remedy: 'Deploy one with the role challenger and a share first.' },
  invalid_config: { status: 500, exit: 2, title: 'The configuration has faults', remedy: 'Correct each path that is listed.' },
  corrupt: { status: 500, exit: 1, title: 'Stored content is not what was recorded', remedy: 'Run `slipway verify`; restore the place that it names from a backup.' },
  storage_full: { status: 507, exit: 1, title: 'The disk is full', remedy: 'Free space; writing goes on without a restart.' },
  out_of_memory: { status: 507, exit: 1, title: 'The analytical engine needs more memory', remedy: 'Raise engine.memory, or lower engine.threads; `slipway config explain` shows both.' },
  home_in_use: { status: 409, exit: 1, title: 'Another process owns this home', remedy: 'Stop it, or use its address, which is named.' },
  overloaded: { status: 503, exit: 1, title: 'Too much is waiting', remedy: 'Retry after the time in Retry-After.' },
  model_not_ready: { status: 503, exit: 1, title: 'The model is not loaded', remedy: 'Load it: POST /v2/repository/models/NAME/load, or start with --model NAME=FILE; one that is being loaded is ready soon.' },
  stopping: { status: 503, exit: 1, title: 'The server is stopping', remedy: 'Retry; another server or the restarted one will answer.' },
  unreachable: { status: 503, exit: 4, title: 'The server cannot be reached', remedy: 'Check that it runs and the address; `slipway doctor` helps.' },
  usage: { status: 400, exit: 2, title: 'The command is not used like this', remedy: 'Add --help to see its options.' },
  runtime_unsupported: { status: 500, exit: 1, title: 'This Node.js is too old', remedy: 'Use Node.js 24 or newer.' },
  internal: { status: 500, exit: 1, title: 'Something went wrong inside Slipway', remedy: 'The log has the details under the request id; please report it.' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** One fault among several: where it is, and what is wrong there. */
export interface Fault { path: string; message: string }

/** The only error class that crosses a door. `code` is stable; `message` names the case at hand. */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError'
  readonly code: ErrorCode
  readonly status: number
  readonly exit: number
  readonly remedy: string
  readonly faults: Fault[]

  constructor(code: ErrorCode, message: string, options: { faults?: Fault[]; cause?: unknown; remedy?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const entry = ERRORS[code]
    this.code = code
    this.status = entry.status
    this.exit = entry.exit
    this.remedy = options.remedy ?? entry.remedy
    this.faults = options.faults ?? []
  }
}

/** RFC 9457 problem details of an error. Anything that is not a SlipwayError becomes `internal` and tells nothing. */
export function toProblem(error: unknown): { type: string; title: string; status: number; code: ErrorCode; detail: string; remedy: string; faults?: Fault[] } {
  const e = error instanceof SlipwayError ? error : new SlipwayError('internal', 'An unexpected error was logged.')
  const problem = { type: `urn:slipway:error:${e.code}`, title: ERRORS[e.code].title, status: e.status, code: e.code, detail: e.message, remedy: e.remedy }
  return e.faults.length > 0 ? { ...problem, faults: e.faults } : problem
}
