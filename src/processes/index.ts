// The door of the room that runs a home as five processes: one component each, ports over HTTP.
import '../core/runtime.ts'

export { answerCall, type Offer } from './answering.ts'
export { connectPlatform, runsInProcesses } from './connect-platform.ts'
export { openComponent, type OpenedComponent, type Offers } from './open-component.ts'
export { readProcess, type ProcessEntry } from './directory.ts'
export { ANOTHER, CALL_TYPE, PROCESS_HEADER } from './sending.ts'
