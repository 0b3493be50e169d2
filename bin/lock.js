// A lock between processes: a file that names its owner and is touched while it is held.
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs'

const TOUCH_MS = 2000
const STALE_MS = 60000

/** Runs `work` while no other process runs under the same lock. A dead owner's lock is taken over. */
export async function withLock(path, waiting, work) {
  let told = false
  while (!tryLock(path)) {
    if (!told) { process.stderr.write(`${waiting}\n`); told = true }
    await new Promise(done => setTimeout(done, 200))
  }
  const release = () => { rmSync(path, { force: true }) }
  const touch = setInterval(() => { try { utimesSync(path, new Date(), new Date()) } catch { /* the folder was removed */ } }, TOUCH_MS)
  process.once('exit', release)
  try { return await work() } finally {
    clearInterval(touch)
    process.removeListener('exit', release)
    release()
  }
}

function tryLock(path) {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (isStale(path)) {
    // Renamed, not removed: of two that see the same stale lock, only one takes it away.
    const taken = `${path}.stale-${process.pid}`
    try {
      renameSync(path, taken)
      // Between the look and the renaming, another may have taken over and hold a fresh one: that is given back.
      if (!isStale(taken)) linkSync(taken, path)
      rmSync(taken, { force: true })
    } catch { /* another was quicker */ }
  }
  return false
}

function isStale(path) {
  try {
    const age = Date.now() - statSync(path).mtimeMs
    if (age > STALE_MS) return true
    const owner = Number(readFileSync(path, 'utf8'))
    return age > TOUCH_MS && owner > 0 && !isAlive(owner)
  } catch { return false }
}

function isAlive(pid) {
  try { process.kill(pid, 0); return true } catch (error) { return error.code === 'EPERM' }
}
