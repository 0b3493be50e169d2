// Evaluated first by every public door. Plain checks only, so that an old Node reaches the message.

/** The oldest major version of Node.js that Slipway runs on. */
export const MINIMUM_NODE = 24

/** Throws an error with code `runtime_unsupported` when `version` (such as `process.versions.node`) is too old. */
export function assertRuntime(version: string = process.versions.node): void {
  const major = Number(version.split('.')[0])
  if (major >= MINIMUM_NODE) return
  throw Object.assign(
    new Error(`Slipway needs Node.js ${MINIMUM_NODE} or newer, and this is ${version}. Install a newer Node, or start through bin/slipway.js, which fetches one.`),
    { code: 'runtime_unsupported' },
  )
}

assertRuntime()
