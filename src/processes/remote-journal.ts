// The journal from a process that does not own it.
import { SlipwayError } from '../core/errors.ts'
import type { Table } from '../core/table.ts'
import type { Appended, Batch, Journal, JournalRow, SegmentedJournal, Stream } from '../store/index.ts'
import { errorOf } from './calls.ts'
import type { JournalPort, JournalState } from './journal-port.ts'
import type { Link } from './link.ts'

/** Frames that travel in one call, at most. */
const GROUP = 256
/** How old what is known of its length may be, ms, when somebody asks. */
const LOOK_MS = 200

interface Queued { stream: Stream; table: Table; epoch: number; resolve(appended: Appended): void; reject(error: unknown): void }
interface Waiting { sequence: number; resolve(): void; reject(error: unknown): void }

type Answer<K extends keyof JournalPort> = Awaited<ReturnType<JournalPort[K]>>

export class RemoteJournal implements Journal, Pick<SegmentedJournal, 'onLost'> {
  readonly #link: Link
  readonly #lost = new Set<(first: number) => void | Promise<void>>()
  readonly #unsubscribe: () => void
  #queue: Queued[] = []
  #waiting: Waiting[] = []
  #sending = false
  #asking = false
  #looked = 0
  #state: JournalState = { position: 0, durable: 0 }

  constructor(link: Link) {
    this.#link = link
    this.#unsubscribe = link.onRestart(async () => {
      // What was given out and did not get to the disk is gone.
      const error = changed()
      for (const { reject } of this.#waiting.splice(0)) reject(error)
      this.#state = { position: 0, durable: 0 }
      await this.refresh()
      for (const handler of this.#lost) await handler(this.#state.durable + 1)
    })
  }

  /** As of the last answer; asking makes it look again, for the next time. */
  get position(): number { this.#look(); return this.#state.position }
  get durable(): number { this.#look(); return this.#state.durable }
  get epoch(): number { return this.#link.epoch }

  #look(): void {
    if (performance.now() - this.#looked < LOOK_MS) return
    this.#looked = performance.now()
    this.refresh().catch(() => undefined)
  }

  async refresh(): Promise<void> { this.#note(await this.#call('state', [], false)) }

  append(stream: Stream, table: Table, epoch: number = this.#link.epoch): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ stream, table, epoch, resolve, reject })
      if (!this.#sending) void this.#send()
    })
  }

  /** One call after another, so that numbers are given in the order of the calls. */
  async #send(): Promise<void> {
    this.#sending = true
    while (this.#queue.length > 0) {
      const { epoch } = this.#link
      const group = this.#queue.splice(0, GROUP).filter(queued => {
        if (queued.epoch !== epoch) queued.reject(changed())
        return queued.epoch === epoch
      })
      if (group.length === 0) continue
      try {
        const answer = await this.#call('append', [group.map(({ stream, table }) => ({ stream, table }))], true)
        if (this.#link.epoch !== epoch) throw changed()
        this.#note(answer)
        group.forEach(({ resolve, reject }, i) => {
          const given = answer.given[i]
          if ('error' in given) reject(errorOf(given.error))
          else resolve(given)
        })
      } catch (error) { for (const { reject } of group) reject(error) }
    }
    this.#sending = false
  }

  async waitDurable(sequence?: number, epoch: number = this.#link.epoch): Promise<void> {
    if (sequence === undefined) { this.#note(await this.#call('waitDurable', [], false)); return }
    if (epoch !== this.#link.epoch) throw changed()
    if (sequence <= this.#state.durable) return
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ sequence, resolve, reject })
      if (!this.#asking) void this.#ask()
    })
  }

  /** Asks for the lowest number that is waited for: the answer usually covers others. */
  async #ask(): Promise<void> {
    this.#asking = true
    while (this.#waiting.length > 0) {
      const { epoch } = this.#link
      const lowest = this.#waiting.reduce((n, w) => Math.min(n, w.sequence), Number.POSITIVE_INFINITY)
      try {
        const answer = await this.#call('waitDurable', [lowest], true)
        if (this.#link.epoch === epoch) this.#note(answer)
      } catch (error) {
        // Whoever waits for a higher number is told the same by the next answer, if it is so.
        this.#waiting = this.#waiting.filter(w => {
          if (w.sequence === lowest) w.reject(error)
          return w.sequence !== lowest
        })
      }
    }
    this.#asking = false
  }

  #note({ position, durable }: JournalState): void {
    // Answers may overtake each other.
    this.#state = { position: Math.max(this.#state.position, position), durable: Math.max(this.#state.durable, durable) }
    const done = this.#waiting.filter(w => w.sequence <= this.#state.durable)
    if (done.length === 0) return
    this.#waiting = this.#waiting.filter(w => w.sequence > this.#state.durable)
    for (const { resolve } of done) resolve()
  }

  async *read(options?: Parameters<Journal['read']>[0]): AsyncGenerator<Batch> { yield* this.#link.items('journal', 'read', [options]) as AsyncGenerator<Batch> }

  get(sequence: number): Promise<JournalRow | null> { return this.#call('get', [sequence], false) }

  onLost(handler: (first: number) => void | Promise<void>): () => void {
    this.#lost.add(handler)
    return () => { this.#lost.delete(handler) }
  }

  async close(): Promise<void> { this.#unsubscribe() }

  #call<K extends Exclude<keyof JournalPort, 'read'>>(method: K, args: Parameters<JournalPort[K]>, bound: boolean): Promise<Answer<K>> {
    return this.#link.call('journal', method, args, { kind: method === 'append' ? 'once' : 'read', bound }) as Promise<Answer<K>>
  }
}

function changed(): SlipwayError {
  return new SlipwayError('unreachable', 'The process that has the journal was started anew; whether this was recorded is not certain.', { remedy: 'Repeat the request, with its idempotency key: what was recorded is then answered, not done again.' })
}
