// The door of the HTTP faces.
import '../core/runtime.ts'

export { openServer, type Server } from './server.ts'
export { openInProcess, type InProcessServer } from './in-process.ts'
export { parseJsonText, stringifyJson } from './json.ts'
export { VERSION } from './version.ts'
