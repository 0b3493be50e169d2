import type { TerminalStreams } from './terminal.ts'

/** Nobody reads any more: `slipway report … | head`, a closed terminal. */
const GONE = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EIO'])

/**
 * The outputs of this process. Where the reader has gone, what was begun goes on to its end in silence: half a deployment because of
 * `head` would be worse. A result that could not be written for another reason, such as a full disk, is a failure.
 */
export function openOutputs(): TerminalStreams {
  const { stdout, stderr, env } = process
  let lost = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost || GONE.has(error.code ?? '')) return
    lost = true
    stderr.write(`✗ The output could not be written: ${error.message}.\n`)
    process.once('exit', () => { if (Number(process.exitCode ?? 0) === 0) process.exitCode = 1 })
  })
  // Where stderr itself cannot be written there is no place to say so.
  stderr.on('error', () => {})
  return { stdout, stderr, env }
}
