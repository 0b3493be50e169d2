// Children of the bootstrap: signals go down, exit codes come up.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const SIGNALS = process.platform === 'win32' ? ['SIGINT'] : ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Runs with this process's terminal. Resolves to the exit code, 128 + n after a signal. */
export function runAttached(file, args, options = {}) {
  // The channel ends with this process, however it ends: a child that serves does not outlive its launcher.
  const child = spawn(file, args, Object.assign({ stdio: options.linked ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit' }, options))
  return finished(child)
}

/** Runs and keeps what it prints. */
export function runQuietly(file, args, options = {}) {
  const child = spawn(file, args, Object.assign({ stdio: ['ignore', 'pipe', 'pipe'] }, options))
  let output = ''
  const keep = chunk => { output = (output + chunk).slice(-100000) }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return finished(child).then(code => ({ code, output }), error => ({ code: 127, output: error.message }))
}

function finished(child) {
  let stopped = null
  const forward = signal => { stopped = signal; child.kill(signal) }
  for (const signal of SIGNALS) process.on(signal, forward)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.removeListener(name, forward)
      const ended = signal === null ? code : 128 + constants.signals[signal]
      resolve(stopped !== null && ended === 0 && signal !== null ? 128 + constants.signals[stopped] : ended)
    })
  })
}
