import type { Database, StagedEntry } from '../../store/index.ts'
import type { LogFile, Probe } from './log-file.ts'

/** Entries that get their place in one step: one sync of the log covers them all. */
const BATCH = 1_000
/** How many of the newest entries are found by id without a look into the log. */
const REMEMBERED = 10_000

interface Waiter { committed: boolean; resolve(index: number): void; reject(error: unknown): void }

/**
 * The one that gives staged entries their number and their place in the tree, in the order of their commit, exactly once.
 * Changes that come while it writes are taken together in its next step.
 */
export class Sequencer {
  readonly #database: Database
  readonly #log: LogFile
  readonly #probe: Probe
  readonly #onPlaced: (entries: readonly StagedEntry[], first: number) => void
  readonly #waiting = new Map<string, Waiter>()
  /** In the ledger, and perhaps still staged: a failed unstaging must not place them again. */
  readonly #placed = new Set<string>()
  /** Id → number of the newest entries. */
  readonly #recent = new Map<string, number>()
  /** Entries that other processes staged and ask for. */
  readonly #asked = new Map<string, Promise<number | null>>()
  #again = false
  #running: Promise<void> | null = null

  constructor(database: Database, log: LogFile, probe: Probe, onPlaced: (entries: readonly StagedEntry[], first: number) => void) {
    this.#database = database
    this.#log = log
    this.#probe = probe
    this.#onPlaced = onPlaced
  }

  /** Stages through `commit` and returns the entry's number once it is durable in the ledger. */
  async settle<T>(id: string, commit: () => Promise<T>): Promise<{ result: T; index: number }> {
    const waiter: Waiter = { committed: false, resolve: () => undefined, reject: () => undefined }
    const settled = new Promise<number>((resolve, reject) => { Object.assign(waiter, { resolve, reject }) })
    // Registered before the commit: a step that runs right then may place the entry at once.
    this.#waiting.set(id, waiter)
    let result: T
    try { result = await commit() } catch (error) {
      this.#waiting.delete(id)
      throw error
    }
    waiter.committed = true
    this.flush().catch(() => undefined)
    return { result, index: await settled }
  }

  /** The number of an entry that another process has staged, once it is durable in the ledger; null when neither the staged entries nor the newest ones have it. */
  settleStaged(id: string): Promise<number | null> {
    const known = this.#recent.get(id)
    if (known !== undefined) return Promise.resolve(known)
    let asked = this.#asked.get(id)
    if (asked === undefined) {
      asked = this.flush().then(() => this.#recent.get(id) ?? null).finally(() => { this.#asked.delete(id) })
      this.#asked.set(id, asked)
    }
    return asked
  }

  /** Places all that is staged by now. Rejects when it could not; what is staged stays so, and the next call tries again. */
  flush(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run()
    return this.#running
  }

  /** Resolves when no step is under way. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running.catch(() => undefined)
  }

  async #run(): Promise<void> {
    let failure: unknown
    let failed = false
    while (this.#again) {
      this.#again = false
      failed = false
      try {
        for (let entries = await this.#database.staged(BATCH); entries.length > 0; entries = await this.#database.staged(BATCH)) await this.#place(entries)
      } catch (error) {
        failed = true
        failure = error
        for (const [id, waiter] of this.#waiting) if (waiter.committed) {
          this.#waiting.delete(id)
          waiter.reject(error)
        }
      }
    }
    // In the same turn as the last look at #again, so that no call to flush falls between.
    this.#running = null
    if (failed) throw failure
  }

  async #place(staged: StagedEntry[]): Promise<void> {
    const entries = staged.filter(entry => !this.#placed.has(entry.id))
    if (entries.length > 0) {
      const first = this.#log.size
      await this.#log.append(entries)
      for (const { id } of entries) this.#placed.add(id)
      this.#onPlaced(entries, first)
      entries.forEach(({ id }, i) => {
        this.#recent.set(id, first + i)
        if (this.#recent.size > REMEMBERED) this.#recent.delete(this.#recent.keys().next().value as string)
        this.#waiting.get(id)?.resolve(first + i)
        this.#waiting.delete(id)
      })
    }
    await this.#probe('unstage')
    await this.#database.unstage(staged.map(entry => entry.id))
    for (const { id } of staged) this.#placed.delete(id)
  }
}
