// The journal's side of its writer thread.
import { Worker } from 'node:worker_threads'
import type { FromWriter, ToWriter, WriterOptions } from './writer-worker.ts'

export interface WriterEvents {
  durable(last: number): void
  failed(full: boolean, message: string): void
}

/** Posts bytes to the thread and hears what became durable. After a failure nothing sent before is written any more. */
export class Writer {
  readonly #worker: Worker
  readonly #events: WriterEvents
  #epoch = 0
  #closed = false
  #onProbed: (ok: boolean) => void = () => {}
  #onClosed: () => void = () => {}

  constructor(options: WriterOptions, events: WriterEvents) {
    this.#events = events
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    this.#worker = new Worker(new URL(`./writer-worker${extension}`, import.meta.url), { workerData: options })
    this.#worker.on('message', (message: FromWriter) => { this.#hear(message) })
    this.#worker.on('error', error => { this.#fail(false, `the writer thread failed: ${error instanceof Error ? error.message : String(error)}`) })
    this.#worker.on('exit', () => {
      if (!this.#closed) this.#fail(false, 'the writer thread ended')
      this.#onProbed(false)
      this.#onClosed()
    })
    this.#worker.unref()
  }

  /** Whether the thread keeps the process alive: while rows wait for the disk. */
  hold(waiting: boolean): void {
    if (waiting) this.#worker.ref()
    else this.#worker.unref()
  }

  write(file: string, bytes: Uint8Array, last: number): void { this.#post({ kind: 'write', epoch: this.#epoch, file, bytes, last }) }

  /** Whether `bytes` bytes can be written to the folder. One at a time. */
  probe(dir: string, bytes: number): Promise<boolean> {
    return new Promise(resolve => {
      this.#onProbed = resolve
      this.#post({ kind: 'probe', dir, bytes })
    })
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#closed = true
    this.#worker.ref()
    return new Promise(resolve => {
      this.#onClosed = resolve
      this.#post({ kind: 'close' })
    })
  }

  #post(message: ToWriter): void { this.#worker.postMessage(message) }

  #hear(message: FromWriter): void {
    switch (message.kind) {
      case 'durable': if (message.epoch === this.#epoch) this.#events.durable(message.last); break
      case 'failed': if (message.epoch === this.#epoch) this.#fail(message.full, message.message); break
      case 'probed': this.#onProbed(message.ok); break
      case 'closed': this.#onClosed(); break
    }
  }

  #fail(full: boolean, message: string): void {
    this.#epoch++
    this.#events.failed(full, message)
  }
}
