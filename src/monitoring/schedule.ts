import type { Log } from '../core/log.ts'

/** How often a serving home asks whether a look is due, in milliseconds of wall time. */
const EVERY = 60_000

/**
 * Evaluates about once a minute of wall time until it is stopped; `stop` waits for the one that runs. While the home's clock is frozen
 * nothing is evaluated: whoever freezes it says when. Errors are logged and stop nothing.
 */
export function scheduleEvaluations(parts: { evaluate(): Promise<unknown>; isFrozen(): boolean; log: Log; every?: number }): () => Promise<void> {
  const { evaluate, isFrozen, log, every = EVERY } = parts
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    if (running !== undefined || isFrozen()) return
    running = evaluate().then(() => undefined, (error: unknown) => { log.error('The monitors could not all be evaluated.', { error }) }).finally(() => { running = undefined })
  }, every)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
