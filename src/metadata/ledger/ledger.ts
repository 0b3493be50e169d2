import type { Config } from '../../core/config.ts'
import { SlipwayError } from '../../core/errors.ts'
import { leafHash } from '../../core/merkle.ts'
import type { Database, HomePaths, StagedEntry } from '../../store/index.ts'
import type { LedgerEntry, LedgerReader } from '../metadata.ts'
import { LogFile, type Probe } from './log-file.ts'
import { ledgerPaths, type LedgerPaths } from './paths.ts'
import { parseLine } from './record.ts'
import { recoverLedger } from './recovery.ts'
import { Sequencer } from './sequencer.ts'
import { openSigner } from './signer.ts'

/** The ledger of an open home: its one writer, and its readers. */
export interface Ledger extends LedgerReader {
  readonly paths: LedgerPaths
  settle<T>(id: string, commit: () => Promise<T>): Promise<{ result: T; index: number }>
  /** The number of an entry that another process has staged, once it is durable. @throws SlipwayError `not_found` when nobody has. */
  settleStaged(id: string): Promise<number>
  /** Places what is staged. */
  flush(): Promise<void>
  /** Entries about a document (its changes, or it as their subject) in order. */
  trail(kind: string, id: string): Promise<LedgerEntry[]>
  close(): Promise<void>
}

export interface LedgerOptions { home: HomePaths; database: Database; config: Config['ledger']; probe?: Probe }

/**
 * Opens the ledger under HOME/ledger, recovers it and places what was left staged.
 * @throws SlipwayError `corrupt` when its files contradict each other.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, probe = () => undefined } = options
  const bare = ledgerPaths(options.home)
  const signer = await openSigner(bare, options.config.origin)
  const paths = ledgerPaths(options.home, options.config.checkpoints, signer.verifier)
  const { state, placed } = await recoverLedger(paths, signer, await database.staged())
  if (placed.length > 0) await database.unstage(placed)
  const log = await LogFile.open(paths, signer, state, probe)
  const names = new NameIndex(log)
  const sequencer = new Sequencer(database, log, probe, (entries, first) => { names.add(entries, first) })
  try { await sequencer.flush() } catch (error) {
    await log.close()
    throw error
  }

  const get = async (index: number): Promise<LedgerEntry | null> => (Number.isInteger(index) && index >= 0 && index < log.size ? parseLine(await log.line(index)) : null)
  return {
    paths,
    get size() { return log.size },
    get,
    async list({ after, limit = 100, action, subject, reverse = false } = {}) {
      const wanted: LedgerEntry[] = []
      const candidates = subject === undefined ? undefined : await names.about(subject)
      const count = candidates?.length ?? log.size
      for (let i = 0; i < count && wanted.length < limit; i++) {
        const place = reverse ? count - 1 - i : i
        const index = candidates?.[place] ?? place
        if (after !== undefined && (reverse ? index >= after : index <= after)) continue
        const entry = await get(index)
        if (entry !== null && (action === undefined || entry.action === action) && (subject === undefined || entry.subject === subject)) wanted.push(entry)
      }
      return wanted
    },
    checkpoint: async () => log.checkpoint,
    async prove(index, size = log.size) {
      if (!Number.isInteger(index) || index < 0 || index >= log.size) throw new SlipwayError('not_found', `There is no ledger entry ${index}; it has ${log.size}.`)
      if (!Number.isInteger(size) || size <= index || size > log.size) throw new SlipwayError('invalid_request', `Entry ${index} can be proved in trees of ${index + 1} to ${log.size} entries, not ${size}.`)
      return { leaf: Buffer.from(leafHash(await log.line(index))).toString('hex'), size, root: log.tree.root(size), path: log.tree.path(index, size) }
    },
    async trail(kind, id) {
      const entries = await Promise.all((await names.about(`${kind}/${id}`)).map(get))
      return entries.filter(entry => entry !== null)
    },
    settle: (id, commit) => sequencer.settle(id, commit),
    async settleStaged(id) {
      const placed = await sequencer.settleStaged(id)
      if (placed !== null) return placed
      // Asked again after a restart: it may have been placed long ago.
      for (let index = log.size - 1; index >= 0; index--) if (parseLine(await log.line(index)).id === id) return index
      throw new SlipwayError('not_found', `There is no ledger entry ${id}.`)
    },
    flush: () => sequencer.flush(),
    async close() {
      await sequencer.idle()
      await log.close()
    },
  }
}

/** Lines of the log that are read together. */
const LINES_READ = 1_000

/** Which entries are about `kind/id`. Built when it is first asked for; kept up from then on. */
class NameIndex {
  readonly #log: LogFile
  readonly #indexes = new Map<string, number[]>()
  /** Entries below this are in the index. */
  #covered = 0
  #reading: Promise<void> | null = null

  constructor(log: LogFile) { this.#log = log }

  async about(name: string): Promise<readonly number[]> {
    while (this.#covered < this.#log.size) await (this.#reading ??= this.#catchUp().finally(() => { this.#reading = null }))
    return this.#indexes.get(name) ?? []
  }

  /** Once for all who ask meanwhile. */
  async #catchUp(): Promise<void> {
    const first = this.#covered
    const lines = await this.#log.lines(first, Math.min(this.#log.size, first + LINES_READ))
    // What was placed meanwhile may be in the index already.
    lines.forEach((line, i) => { if (first + i === this.#covered) this.#take(parseLine(line)) })
  }

  add(entries: readonly StagedEntry[], first: number): void {
    if (this.#covered === first) for (const entry of entries) this.#take(entry.record as unknown as LedgerEntry)
  }

  #take(entry: Pick<LedgerEntry, 'subject' | 'documents'>): void {
    const index = this.#covered++
    for (const name of new Set([entry.subject, ...entry.documents.map(d => `${d.kind}/${d.id}`)])) {
      const list = this.#indexes.get(name)
      if (list === undefined) this.#indexes.set(name, [index])
      else list.push(index)
    }
  }
}
