const FORCED_AFTER_MS = 1_000

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP. A second one a moment later ends the process at once; those that come
 * together are one: a terminal and npm both pass them on.
 */
export function onSignal(): Promise<void> {
  return new Promise(resolve => {
    let first: number | undefined
    const handle = (signal: NodeJS.Signals): void => {
      if (first === undefined) { first = Date.now(); resolve(); return }
      if (Date.now() - first > FORCED_AFTER_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    // Removed by nobody: they live as long as the process.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle)
  })
}
