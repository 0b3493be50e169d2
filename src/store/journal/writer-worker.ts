// The thread that owns the journal's file descriptors: writes what has queued up, syncs once, reports. Everything here is synchronous.
import { appendFileSync, closeSync, constants, fdatasyncSync, fsyncSync, ftruncateSync, openSync, rmSync, writeFileSync, writevSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'

export interface WriterOptions {
  /** False: the operating system decides when bytes reach the disk. */
  sync: boolean
  /** File that gets a line "<segment file> <synced bytes>" after every sync, for tests that cut the power. */
  trace: string | null
  /** For tests: element 0 is 1 while writes fail as on a full disk, 2 while every second byte still fits, 3 while syncs fail. */
  faults: SharedArrayBuffer | null
}

export type ToWriter =
  | { kind: 'write'; epoch: number; file: string; bytes: Uint8Array; last: number }
  | { kind: 'probe'; dir: string; bytes: number }
  | { kind: 'close' }

export type FromWriter =
  | { kind: 'durable'; epoch: number; last: number }
  /** Nothing after the last durable row is in the files; what was sent in this epoch and comes later is dropped. */
  | { kind: 'failed'; epoch: number; full: boolean; message: string }
  | { kind: 'probed'; ok: boolean }
  | { kind: 'closed' }

type Write = Extract<ToWriter, { kind: 'write' }>

const port = parentPort as MessagePort
const options = workerData as WriterOptions
const faults = options.faults === null ? null : new Int32Array(options.faults)

let fd = -1
let file = ''
/** Bytes of the file that are known to be good. */
let good = 0
let failedEpoch = -1

port.on('message', (message: ToWriter) => {
  const group: Write[] = []
  for (let next: ToWriter | undefined = message; next !== undefined; next = (receiveMessageOnPort(port) as { message: ToWriter } | undefined)?.message) {
    if (next.kind === 'write') { group.push(next); continue }
    writeAll(group.splice(0))
    if (next.kind === 'probe') report({ kind: 'probed', ok: probe(next.dir, next.bytes) })
    else {
      closeFile()
      report({ kind: 'closed' })
      port.close()
      return
    }
  }
  writeAll(group)
})

function report(message: FromWriter): void { port.postMessage(message) }

/** One write and one sync for each file in the group. */
function writeAll(group: Write[]): void {
  for (let from = 0; from < group.length;) {
    let to = from + 1
    while (to < group.length && group[to].file === group[from].file && group[to].epoch === group[from].epoch) to++
    const part = group.slice(from, to)
    from = to
    const { epoch } = part[0]
    if (epoch <= failedEpoch) continue
    try {
      writePart(part[0].file, part.map(w => w.bytes))
      report({ kind: 'durable', epoch, last: part[part.length - 1].last })
    } catch (error) {
      failedEpoch = epoch
      cutBack()
      const code = (error as NodeJS.ErrnoException).code
      report({ kind: 'failed', epoch, full: code === 'ENOSPC' || code === 'EDQUOT', message: (error as Error).message })
    }
  }
}

function writePart(path: string, buffers: Uint8Array[]): void {
  const isNew = path !== file
  if (isNew) {
    closeFile()
    good = 0
    file = path
    fd = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o644)
  }
  let total = 0
  for (const b of buffers) total += b.length
  if (faults !== null) injectFault(buffers)
  // Always at an explicit place: after a cut-back the descriptor's own would lie behind the end.
  for (let written = writevSync(fd, buffers, good); written < total;) {
    const rest = Buffer.concat(buffers).subarray(written)
    const n = writevSync(fd, [rest], good + written)
    if (n === 0) throw Object.assign(new Error('a write took no bytes'), { code: 'ENOSPC' })
    written += n
  }
  if (options.sync) {
    fdatasyncSync(fd)
    if (faults !== null && Atomics.load(faults, 0) === 3) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' })
    if (isNew) syncFolder(dirname(path))
    if (options.trace !== null) appendFileSync(options.trace, `${path} ${good + total}\n`)
  }
  good += total
}

/** Takes what a failed write left out of the file, so that the file ends with the last good frame. */
function cutBack(): void {
  try {
    if (fd >= 0) {
      ftruncateSync(fd, good)
      if (options.sync) fdatasyncSync(fd)
    }
    closeFile()
    if (good === 0) rmSync(file, { force: true })
  } catch { /* Recovery at the next start cuts the torn tail. */ }
  file = ''
}

function closeFile(): void {
  if (fd >= 0) closeSync(fd)
  fd = -1
}

function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(dir, 'r')
  try { fsyncSync(folder) } finally { closeSync(folder) }
}

/** Whether so many bytes fit on the disk again. */
function probe(dir: string, bytes: number): boolean {
  const path = join(dir, 'probe.tmp')
  try {
    if (faults !== null && Atomics.load(faults, 0) !== 0) return false
    writeFileSync(path, Buffer.alloc(bytes, 1), { flush: true })
    return true
  } catch { return false } finally { rmSync(path, { force: true }) }
}

function injectFault(buffers: Uint8Array[]): void {
  const fault = Atomics.load(faults as Int32Array, 0)
  if (fault === 2) writevSync(fd, [Buffer.concat(buffers).subarray(0, buffers[0].length >> 1)], good)
  if (fault === 1 || fault === 2) throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' })
}
