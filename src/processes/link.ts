// From this process to that of one component: finds it, calls it, notices when it was started anew.
import type { Component } from '../core/components.ts'
import type { SettableClock } from '../core/clock.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { HomePaths } from '../store/index.ts'
import { pack } from './calls.ts'
import { readProcess, type ProcessEntry } from './directory.ts'
import type { MethodKind } from './methods.ts'
import { CallSender, NotReached } from './sending.ts'

/** How long a call looks for a process that is not there, and how often. */
const SEEK_MS = 5_000
const PAUSE_MS = 50
/** How often a process whose state this one relies on is looked at. */
const WATCH_MS = 250

export interface CallOptions {
  kind: MethodKind
  /** Only to the process that was called before: what is called rests on what that one was told. Refused while and after another one takes its place. */
  bound?: boolean
  /** How long the process is looked for, ms; default 5 s. */
  seek?: number
}

export class Link {
  readonly component: Component
  readonly #paths: HomePaths
  readonly #clock: SettableClock
  readonly #log: Log
  readonly #sender: CallSender
  readonly #restarted = new Set<() => void | Promise<void>>()
  #peer: ProcessEntry | null = null
  /** The id of the process that was called last. */
  #known: string | null = null
  #epoch = 0
  #recovering = false
  #doubts = 0
  #hurried = false
  #watch: NodeJS.Timeout | undefined

  constructor(component: Component, parts: { paths: HomePaths; clock: SettableClock; log: Log; token(): string }) {
    this.component = component
    this.#paths = parts.paths
    this.#clock = parts.clock
    this.#log = parts.log
    this.#sender = new CallSender(component, parts.token)
  }

  /** Changes when the process was started anew, and again when all that rests on it has been made good. */
  get epoch(): number { return this.#epoch }

  /** Resolves once the process answers. @throws SlipwayError `unreachable` when it does not within `ms`. */
  async connect(ms: number): Promise<void> {
    const started = performance.now()
    for (let told = false; ; await pause()) {
      const peer = readProcess(this.#paths, this.component)
      try {
        if (peer !== null) { await this.#send(peer, 'process', 'hello', [], 'read'); this.#learn(peer); return }
      } catch (error) { if (!(error instanceof NotReached)) throw error }
      const waited = performance.now() - started
      if (waited > ms) throw new SlipwayError('unreachable', `The process of the component ${this.component} did not come within ${Math.round(ms / 1_000)} s.`, { remedy: `Start it: slipway serve --only ${this.component}.` })
      if (!told && waited > 1_000) { told = true; this.#log.info(`waiting for the process of ${this.component}`) }
    }
  }

  async call(port: string, method: string, args: readonly unknown[], options: CallOptions): Promise<unknown> {
    const until = performance.now() + (this.#hurried ? 0 : options.seek ?? SEEK_MS)
    for (;;) {
      const peer = options.bound === true ? this.#boundPeer() : await this.#findPeer(until)
      try { return await this.#send(peer, port, method, args, options.kind) } catch (error) {
        if (!(error instanceof NotReached)) throw error
        this.#lookAgain()
        // An answer was lost: the process may have done what this one does not know of.
        if (options.bound === true && error.sent && options.kind === 'once') this.#doubt()
        // What was sent may have been done. What was not, and what may be done twice, is tried again.
        const again = !error.sent || (options.kind === 'read' && error.repeatable)
        if (options.bound === true || !again || performance.now() > until) throw this.#gone(error)
        await pause()
      }
    }
  }

  /** Items as they come. A broken connection is not mended: who reads decides. */
  async *items(port: string, method: string, args: readonly unknown[]): AsyncGenerator<unknown> {
    const peer = await this.#findPeer(performance.now() + (this.#hurried ? 0 : SEEK_MS))
    const { live, ...packed } = pack(args)
    try {
      yield* this.#sender.items(peer, `${port}/${method}`, { ...packed, clock: this.#clock.state }, live)
    } catch (error) { throw error instanceof NotReached ? this.#gone(error) : error }
  }

  /**
   * Called when the process was started anew; bound calls are refused until every handler has resolved, and handlers are called again until they do.
   * Returns an unsubscribe function.
   */
  onRestart(handler: () => void | Promise<void>): () => void {
    this.#restarted.add(handler)
    this.#watch ??= setInterval(() => { this.#lookAgain() }, WATCH_MS).unref()
    return () => { this.#restarted.delete(handler) }
  }

  /** From now on nobody is waited for: this process stops. */
  hurry(): void { this.#hurried = true }

  close(): void {
    clearInterval(this.#watch)
    this.#restarted.clear()
    this.#sender.close()
  }

  #send(peer: ProcessEntry, port: string, method: string, args: readonly unknown[], kind: MethodKind): Promise<unknown> {
    const { live, ...packed } = pack(args)
    return this.#sender.call(peer, `${port}/${method}`, { ...packed, clock: this.#clock.state }, live, { kind, onClock: state => { this.#clock.adopt(state) } })
  }

  #boundPeer(): ProcessEntry {
    if (this.#recovering) throw new SlipwayError('unreachable', `The process of ${this.component} was lost hold of; what rests on it is being read again.`, { remedy: 'Repeat the request in a moment, with its idempotency key.' })
    if (this.#peer === null || this.#peer.id !== this.#known) {
      this.#lookAgain()
      throw this.#gone()
    }
    return this.#peer
  }

  async #findPeer(until: number): Promise<ProcessEntry> {
    for (;;) {
      if (this.#peer === null) this.#lookAgain()
      if (this.#peer !== null) return this.#peer
      if (performance.now() > until) throw this.#gone()
      await pause()
    }
  }

  #lookAgain(): void {
    const found = readProcess(this.#paths, this.component)
    if (found === null) this.#peer = null
    else if (found.id !== this.#peer?.id) this.#learn(found)
  }

  #learn(peer: ProcessEntry): void {
    const before = this.#known
    this.#peer = peer
    this.#known = peer.id
    if (before !== null && before !== peer.id) {
      this.#log.info(`the process of ${this.component} was started anew`, { url: peer.url })
      this.#doubt()
    }
  }

  #doubt(): void {
    this.#epoch++
    this.#doubts++
    if (!this.#recovering) void this.#recover()
  }

  async #recover(): Promise<void> {
    this.#recovering = true
    for (let done = false; !done;) {
      const doubts = this.#doubts
      try {
        for (const handler of this.#restarted) await handler()
        done = doubts === this.#doubts
      } catch (error) {
        this.#log.warn(`What rests on the process of ${this.component} could not be read again; it is tried again.`, { error })
        await pause(500)
      }
    }
    this.#epoch++
    this.#recovering = false
  }

  #gone(cause?: unknown): SlipwayError {
    return new SlipwayError('unreachable', `The process of the component ${this.component} does not answer.`, { cause, remedy: `Start it (slipway serve --only ${this.component}); the others find it again by themselves.` })
  }
}

function pause(ms = PAUSE_MS): Promise<void> { return new Promise(resolve => { setTimeout(resolve, ms) }) }
