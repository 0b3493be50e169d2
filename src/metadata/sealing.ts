import type { Config } from '../core/config.ts'
import type { Log } from '../core/log.ts'
import type { ClosedSegment, Database, SegmentedJournal } from '../store/index.ts'
import type { Metadata } from './metadata.ts'
import { segmentId, type SegmentBody } from './segment-body.ts'

/** How long after opening old segments are sealed, ms. */
const FIRST_SEAL_MS = 2_000

export interface SealingParts {
  journal: SegmentedJournal
  database: Database
  change: Metadata['change']
  config: Config['journal']
  log: Log
}

/** Turns full segments into their final form, one after another, in the background and on demand. */
export class Sealing {
  readonly #parts: SealingParts
  readonly #savers = new Set<(position: number) => Promise<void>>()
  readonly #timer: NodeJS.Timeout
  readonly #first: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #turn: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(parts: SealingParts) {
    this.#parts = parts
    this.#unsubscribe = parts.journal.onClosed(() => { this.#sealInBackground() })
    // The journal closes full and old segments by itself; the timer is for what a failure (a full disk) left behind.
    this.#timer = setInterval(() => { if (parts.journal.closed().length > 0) this.#sealInBackground() }, parts.config.segmentSeconds * 1_000)
    this.#timer.unref()
    // What a stop left behind, once those who open after this one have said what they save.
    this.#first = setTimeout(() => { if (parts.journal.closed().length > 0) this.#sealInBackground() }, FIRST_SEAL_MS)
    this.#first.unref()
  }

  onSeal(save: (position: number) => Promise<void>): () => void {
    this.#savers.add(save)
    return () => { this.#savers.delete(save) }
  }

  /** Seals every closed segment; with `force` the open one is closed first. Serialised. Returns how many were sealed. */
  seal(force = false): Promise<number> {
    const run = this.#turn.then(async () => {
      if (force) await this.#parts.journal.rotate()
      const segments = this.#parts.journal.closed()
      for (const segment of segments) await this.#sealOne(segment)
      return segments.length
    })
    this.#turn = run.catch(() => undefined)
    return run
  }

  /** No more sealing by itself; resolves when what runs is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    clearTimeout(this.#first)
    this.#unsubscribe()
    await this.#turn
  }

  #sealInBackground(): void {
    if (this.#stopped) return
    this.seal().catch((error: unknown) => { this.#parts.log.warn('A segment could not be sealed; it is tried again.', { error }) })
  }

  /** Each step may be the last before a crash: sealing again gives the same files, and the entry is written once. */
  async #sealOne({ first, last, rows }: ClosedSegment): Promise<void> {
    const { journal, database, change } = this.#parts
    // Derived state up to here is saved while the raw rows, which are cheaper to read again, are still there.
    for (const save of this.#savers) await save(last)
    const { root, manifest } = await journal.seal(first)
    const id = segmentId(first)
    const stored = await database.get<SegmentBody>('segment', id)
    if (stored?.body.root !== root || stored.body.manifest !== manifest) {
      await change({ actor: { kind: 'system', name: 'slipway' }, action: 'segment.sealed', subject: `segment/${id}`, details: { first, last, rows, root, manifest } },
        tx => tx.put<SegmentBody>('segment', id, { first, last, rows, root, manifest }))
    }
    journal.dropRaw(first)
  }
}
