import { Worker } from 'node:worker_threads'
import { SlipwayError } from '../../../core/errors.ts'
import type { StateChange } from '../../../core/ports/state-backend.ts'
import { portionsOf, sendEach } from '../portions.ts'
import type { Step, StepAnswer } from './state-worker.ts'

/** What goes to the thread at a time; as much more is made meanwhile. */
const PORTION = { bytes: 1 << 20, blocks: 256 }

/** The writing thread, seen from here. It is started by the first write. */
export class StateWriter {
  readonly #file: string
  #worker: Worker | null = null
  readonly #waiting: ((answer: StepAnswer) => void)[] = []

  constructor(file: string) { this.#file = file }

  async write({ expected, head, states }: StateChange): Promise<void> {
    try {
      await this.#ask({ kind: 'begin', expected, head })
      for (const { key, header, replaceAll, removes, blocks } of states) {
        await this.#ask({ kind: 'state', key, header, replaceAll, removes })
        await sendEach(portionsOf(blocks, PORTION), portion => this.#ask({ kind: 'blocks', blocks: portion }, portion.map(b => b.bytes.buffer as ArrayBuffer)))
      }
      await this.#ask({ kind: 'commit', head, keys: states.map(s => s.key) })
    } catch (error) {
      await this.#ask({ kind: 'rollback' }).catch(() => {})
      throw error
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === null) return
    const ended = new Promise(resolve => { worker.once('exit', resolve) })
    await this.#ask({ kind: 'close' })
    worker.ref()
    await ended
  }

  async #ask(step: Step, moved: ArrayBuffer[] = []): Promise<void> {
    const worker = this.#worker ??= this.#start()
    const { fault } = await new Promise<StepAnswer>(resolve => {
      this.#waiting.push(resolve)
      worker.ref()
      worker.postMessage(step, moved)
    })
    if (fault === null) return
    throw fault.code === null ? new Error(fault.message) : new SlipwayError(fault.code, fault.message)
  }

  #start(): Worker {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const worker = new Worker(new URL(`./state-worker${extension}`, import.meta.url), { workerData: this.#file })
    const fail = (message: string): void => {
      if (this.#worker === worker) this.#worker = null
      for (const answer of this.#waiting.splice(0)) answer({ fault: { code: null, message } })
    }
    worker.on('message', (answer: StepAnswer) => {
      this.#waiting.shift()?.(answer)
      if (this.#waiting.length === 0) worker.unref()
    })
    worker.on('error', error => { fail(`the thread that writes ${this.#file} failed: ${error instanceof Error ? error.message : String(error)}`) })
    worker.on('exit', () => { fail(`the thread that writes ${this.#file} ended`) })
    return worker
  }
}
