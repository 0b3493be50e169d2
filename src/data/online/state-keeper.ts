import type { Log } from '../../core/log.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { StateBackend, StateBackendKind, StateBlock, StateHead, StateUpdate } from '../../core/ports/state-backend.ts'
import type { EventState } from './event-state.ts'
import type { OwnerFile } from './owner-file.ts'
import type { BlockCapture } from './row-blocks.ts'
import { decodeRows } from './row-codec.ts'
import { eventsHeader, parseHeader, staticHeader, type EventsHeader, type StaticHeader } from './state-header.ts'
import type { StaticState } from './static-state.ts'
import { Turns } from './turns.ts'

/** What is kept, as of a position: `fill` puts the rows of a state back. */
export interface Kept {
  position: number
  states: Map<string, EventsHeader | StaticHeader>
  fill(key: string, state: EventState): Promise<void>
}

/** What is to be kept, as of a position; by state key. */
export interface Keeping { position: number; events: ReadonlyMap<string, EventState>; statics: ReadonlyMap<string, StaticState> }

/** Of what is kept: how far, how much as of the last save (null: not known), and why the last save failed (null: it did not). */
export interface KeeperStatus { backend: StateBackendKind; position: number; bytes: number | null; fault: string | null }

/** Online state where it is kept, and which of it has changed since. One thing at a time. */
export class StateKeeper {
  readonly #backend: StateBackend
  readonly #owner: OwnerFile
  readonly #log: Log
  /** What is there as far as is known. */
  #head: StateHead | null = null
  /** States whose rows are there, as of the last save. */
  readonly #held = new Map<string, EventState>()
  /** By state key and block: bytes. */
  readonly #sizes = new Map<string, Map<number, number>>()
  #turn: Promise<unknown> = Promise.resolve()
  #fault: string | null = null
  #bytes: number | null = null

  constructor(backend: StateBackend, owner: OwnerFile, log: Log) {
    this.#backend = backend
    this.#owner = owner
    this.#log = log
  }

  get backend(): StateBackendKind { return this.#backend.kind }

  /** The position that is kept; 0 when nothing is. */
  get position(): number { return this.#head?.position ?? 0 }

  /**
   * Reads with `use` what is kept, when it is of this journal, which is durable up to `position`; otherwise, and when it cannot be read, it is forgotten and the
   * answer is null. @throws SlipwayError `unreachable`. Where that (or another owner) `may` be, the answer is null, nothing is forgotten, and the next save takes all.
   */
  read<T>(position: number, use: (kept: Kept) => Promise<T>, { may = false } = {}): Promise<T | null> {
    return this.#inTurn(async () => {
      this.#held.clear()
      this.#sizes.clear()
      try {
        const head = await this.#backend.head()
        if (may && head !== null && !this.#owner.knows(head.owner)) return null
        this.#head = head
        const result = head === null ? null : await this.#read(head, position, use)
        await this.#measure()
        return result
      } catch (error) {
        this.#held.clear()
        if (error instanceof SlipwayError && error.code === 'corrupt') return this.#forget(error.message)
        if (!may) throw error
        this.#log.warn('Online state as it is kept cannot be read now; it is made from the journal.', { backend: this.#backend.kind, reason: (error as Error).message })
        return null
      }
    })
  }

  /**
   * Saves what `capture` gives (null: nothing), as of its position, once `durable` says that the journal has it on disk.
   * @throws SlipwayError `conflict` when another home has written there; `unreachable`, `storage_full`, and what `durable` throws. Nothing is lost then: the next save takes all.
   */
  save(capture: () => Keeping | null, durable: (position: number) => Promise<boolean>): Promise<boolean> {
    return this.#inTurn(async () => {
      try {
        await this.#look()
        const keeping = capture()
        const saved = keeping !== null && await this.#write(keeping, durable)
        if (saved && this.#fault !== null) this.#log.info('Online state is saved again.', { backend: this.#backend.kind })
        if (saved) {
          this.#fault = null
          await this.#measure()
        }
        return saved
      } catch (error) {
        this.#fault = error instanceof Error ? error.message : String(error)
        throw error
      }
    })
  }

  /** Bytes of the rows of a state where they are kept. */
  bytesOf(key: string): number {
    let sum = 0
    for (const bytes of this.#sizes.get(key)?.values() ?? []) sum += bytes
    return sum
  }

  status(): KeeperStatus { return { backend: this.#backend.kind, position: this.position, bytes: this.#bytes, fault: this.#fault } }

  async close(): Promise<void> { await this.#inTurn(() => this.#backend.close()) }

  async #read<T>(head: StateHead, position: number, use: (kept: Kept) => Promise<T>): Promise<T | null> {
    if (!this.#owner.knows(head.owner)) return this.#forget('It was written by a copy of this home, or its journal was replaced.')
    if (head.position > position) return this.#forget('It is ahead of the journal, which is shorter than it was.')
    return use(await this.#kept(head))
  }

  async #kept(head: StateHead): Promise<Kept> {
    const list = new Map((await this.#backend.list()).map(s => [s.key, s]))
    return {
      position: head.position, states: new Map([...list].map(([key, s]) => [key, parseHeader(s.header)])),
      fill: async (key, state) => {
        const sizes = new Map<number, number>()
        const turns = new Turns()
        for await (const blocks of this.#backend.blocks(key)) for (const { number, bytes } of blocks) {
          state.restore(number, decodeRows(bytes))
          sizes.set(number, bytes.byteLength)
          await turns.give()
        }
        if (sizes.size !== list.get(key)?.blocks) throw new SlipwayError('corrupt', `Of a kept state there are ${sizes.size} blocks in place of ${list.get(key)?.blocks}.`)
        this.#held.set(key, state)
        this.#sizes.set(key, sizes)
      },
    }
  }

  /** What is there now, against what is believed. */
  async #look(): Promise<void> {
    const head = await this.#backend.head()
    const same = head?.owner === this.#head?.owner && head?.position === this.#head?.position
    if (same) return
    if (head !== null && !this.#owner.knows(head.owner)) {
      throw new SlipwayError('conflict', `Another process has written the online state that this home keeps in ${this.#backend.kind}.`, { remedy: 'A copy of this home uses the same database: give one of them another with features.stateUrl. This process goes on from memory and journal.' })
    }
    // The server lost its last writes, or one of ours was done although its answer was lost.
    this.#held.clear()
    this.#head = head
  }

  async #write({ position, events, statics }: Keeping, durable: (position: number) => Promise<boolean>): Promise<boolean> {
    const captured: { key: string; state: EventState; capture: BlockCapture }[] = []
    const states: StateUpdate[] = []
    for (const [key, state] of statics) states.push({ key, header: staticHeader(state), replaceAll: true, removes: [], blocks: sliced(null, new Map()) })
    for (const [key, state] of events) {
      const replaceAll = this.#held.get(key) !== state
      const capture = state.blocks.capture(replaceAll)
      captured.push({ key, state, capture })
      const sizes = replaceAll ? new Map<number, number>() : this.#sizes.get(key) ?? new Map<number, number>()
      for (const gone of capture.removes) sizes.delete(gone)
      this.#sizes.set(key, sizes)
      states.push({ key, header: eventsHeader(state), replaceAll, removes: capture.removes, blocks: sliced(capture, sizes) })
    }
    let done = false
    try {
      if (!await durable(position)) return false
      this.#owner.claim(this.#head?.owner ?? null)
      const head = { position, owner: this.#owner.name }
      await this.#backend.write({ expected: this.#head, head, states })
      this.#head = head
      return done = true
    } finally {
      this.#held.clear()
      for (const { key, state, capture } of captured) {
        if (done) this.#held.set(key, state)
        else capture.giveUp()
      }
    }
  }

  async #measure(): Promise<void> { this.#bytes = await this.#backend.size().catch(() => null) }

  async #forget(reason: string): Promise<null> {
    this.#log.warn('Online state as it is kept cannot be used, and is made anew from the journal.', { backend: this.#backend.kind, reason })
    await this.#backend.clear()
    this.#held.clear()
    this.#sizes.clear()
    this.#head = null
    return null
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** The blocks of a capture; in between others have their turn. */
async function* sliced(capture: BlockCapture | null, sizes: Map<number, number>): AsyncIterable<StateBlock> {
  if (capture === null) return
  const turns = new Turns()
  for (const block of capture.take()) {
    sizes.set(block.number, block.bytes.byteLength)
    yield block
    await turns.give()
  }
}
